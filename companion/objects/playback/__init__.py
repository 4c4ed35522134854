"""Playback: the last picture of what plays, and the plan by which Spotify is asked for it."""
