"""Where a `spotify.link` address leads: one redirect, read and never walked further."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import NetworkDown, ProviderUnavailable, RateLimited, SpotifyError
from companion.services.http import HttpAnswer, HttpCaller
from companion.services.spotify.errors import error_of

SHORT_LINK_URL = "https://spotify.link"
"""The address of Spotify's short links."""
_PATH = re.compile(r"/[0-9A-Za-z_-]{1,64}/?\Z")
_HOSTS = frozenset({"open.spotify.com", "play.spotify.com", "www.spotify.com", "spotify.com"})


async def follow(http: HttpCaller, base: str, url: str, *, now: Instant) -> Result[str | None, SpotifyError]:
    """Ask `base` for the path of `url`; the answered address if it is one of Spotify's own, else None.

    No token goes along, and nothing is fetched from where it leads.
    """
    path = urlsplit(url).path
    if _PATH.match(path) is None:
        return Ok(None)
    match await http.send("GET", f"{base.rstrip('/')}{path}"):
        case Err(NetworkDown() as error):
            return Err(error)
        case Ok(answer):
            return _led(answer, now=now)


def _led(answer: HttpAnswer, *, now: Instant) -> Result[str | None, SpotifyError]:
    if 300 <= answer.status < 400:
        target = answer.headers.get("location", "")
        return Ok(target if is_spotify(target) else None)
    if answer.status == 429 or answer.status >= 500:
        error = error_of(answer, now=now)
        return Err(error if isinstance(error, RateLimited) else ProviderUnavailable(answer.status, "spotify.link"))
    return Ok(None)


def is_spotify(url: str) -> bool:
    """Whether an address lies on a host of Spotify's."""
    try:
        parts = urlsplit(url)
        return (
            parts.scheme == "https"
            and parts.hostname in _HOSTS
            and parts.port in {None, 443}
            and "@" not in parts.netloc
        )
    except ValueError:
        return False
