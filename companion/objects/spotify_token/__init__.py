"""The login with Spotify."""
