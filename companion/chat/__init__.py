"""Parsing and answering chat commands."""
