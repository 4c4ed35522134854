"""Ports: what the application needs of the outside and of its own parts, as protocols and plain values."""
