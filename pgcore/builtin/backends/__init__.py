"""Backends that need no solver of their own."""
