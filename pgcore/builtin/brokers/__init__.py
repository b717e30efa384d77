"""Brokers that come with pgcore."""
