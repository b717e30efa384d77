"""Sockets: what the socket broker is made of."""
