"""Twitch: signing in, Helix, and EventSub over its WebSocket."""
