"""The numbers of the EventSub session, and what its close codes mean.

Source: dev.twitch.tv/docs/eventsub/handling-websocket-events and websocket-reference.
"""

from __future__ import annotations

from typing import Final

from companion.kernel.backoff import Backoff

BACKOFF: Final = Backoff(first=1.0, cap=50.0, jitter=0.2)
"""Between two attempts to connect: about 1 s to 60 s, jitter included."""
OPEN_LIMIT: Final = 15.0
"""Seconds from the wish to connect to the welcome."""
CLOSE_LIMIT: Final = 5.0
"""Seconds after which a socket told to close is taken for closed."""
DEAF_LIMIT: Final = 15.0
"""Seconds that a session may stand without a subscription; Twitch itself closes it with 4003 after 10."""
HANDOVER_LIMIT: Final = 30.0
"""Seconds that Twitch gives for a reconnect before it closes the old socket with 4004."""
HANDOVER_PAUSE: Final = 1.0
"""Seconds between two tries of the same reconnect address."""
STABLE_AFTER: Final = 60.0
"""Seconds of connection after which earlier failures no longer count."""
DOUBT_EVERY: Final = 60.0
"""Seconds between two gap reports for notifications that could not be read."""
KEEPALIVE_GRACE: Final = 1.2
"""Silence of this many keepalive spans means that the connection is lost."""
KEEPALIVE_DEFAULT: Final = 10.0
"""Seconds; what Twitch does when nobody asks for another span."""
MOST_SOCKETS: Final = 2
"""Twitch allows three per client id and user; one is left for another program of the same streamer."""
MOST_SUBSCRIPTIONS: Final = 300
"""Enabled subscriptions in one connection."""
INVALID_RECONNECT_URL: Final = 4007

_CLOSE_REASONS: Final = {
    4000: "Twitch had an internal error",
    4001: "Twitch says that something was sent to it",
    4002: "Twitch missed the answer to a ping",
    4003: "nothing was subscribed in time",
    4004: "the move to another server came too late",
    4005: "Twitch saw a network timeout",
    4006: "Twitch saw a network error",
    4007: "Twitch did not accept its own reconnect address",
}


def close_reason(code: int | None, detail: str) -> str:
    """In words why a socket ended: by Twitch's code, else what the network said."""
    if code is not None and code in _CLOSE_REASONS:
        return _CLOSE_REASONS[code]
    if detail:
        return detail
    return "the connection broke" if code is None else f"Twitch closed the connection (code {code})"
