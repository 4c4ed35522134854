"""Spotify: sign-in with PKCE, tokens, the player calls in use."""
