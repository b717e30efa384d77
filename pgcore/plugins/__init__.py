"""Plugins: found, loaded in isolation and described; the catalog is made of what they contribute."""
