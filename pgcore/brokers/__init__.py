"""Brokers around brokers: signed, traced, faulty."""
