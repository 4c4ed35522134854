"""Companion: a desktop tray application for people who stream on Twitch and play music from Spotify."""

__version__ = "0.1.0"
