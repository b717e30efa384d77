"""Checks that plugins' classes keep their contracts."""
