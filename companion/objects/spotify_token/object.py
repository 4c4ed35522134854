"""`SpotifyToken`: refresh tokens that stay the same, and end six months after the person authorised.

The limit holds since 2026-07-20 for every app and refreshing does not extend it (developer.spotify.com, blog of
2026-06-18), so the person is warned in time.
"""

from __future__ import annotations

from datetime import timedelta

from companion.objects.token.object import TokenObject


class SpotifyToken(TokenObject):
    """The login with Spotify."""

    name = "spotify-token"
    provider = "spotify"
    rotates = False
    validates = False
    login_lives = timedelta(days=180)
    warn_after = timedelta(days=165)
