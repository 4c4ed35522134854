"""The song queue: our own queue in front of Spotify's."""
