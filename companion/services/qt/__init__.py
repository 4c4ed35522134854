"""Adapters that need Qt."""
