"""Raids: when which channel was last shouted out."""
