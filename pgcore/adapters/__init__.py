"""Adapters: the environment behind other people's interfaces, one file for each."""
