"""A Twitch and a Spotify that run on loopback and refuse what the real ones refuse."""
