"""The login with Twitch."""
