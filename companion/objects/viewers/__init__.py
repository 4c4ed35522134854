"""Viewers: ids, newest names, roles as last seen in chat."""
