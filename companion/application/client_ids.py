"""What a client id looks like, checked as the person types."""

from __future__ import annotations

import re

from companion.application.messages import Message
from companion.ports.tokens import App, Provider, app_of

# Twitch shows 30 lower-case letters and digits, Spotify 32 hexadecimal digits (their developer consoles).
_FORMS: dict[App, re.Pattern[str]] = {
    "twitch": re.compile(r"[a-z0-9]{30}"),
    "spotify": re.compile(r"[0-9a-f]{32}"),
}
_WORDS: dict[App, str] = {
    "twitch": "Twitch's client IDs are 30 lower-case letters and digits",
    "spotify": "Spotify's client IDs are 32 characters, 0-9 and a-f",
}


def check_client_id(provider: Provider, text: str) -> Message | None:
    """Why `text` cannot be a client id, None when it can."""
    app = app_of(provider)
    value = text.strip()
    if not value:
        return Message("Paste the client ID here.", "", f"{_WORDS[app]}.", "info")
    if _FORMS[app].fullmatch(value):
        return None
    if len(value) > 40 or not value.isascii() or " " in value:
        return Message("This does not look like a client ID.", "", f"{_WORDS[app]}.", "warn")
    length = 30 if app == "twitch" else 32
    if len(value) != length:
        return Message(f"{len(value)} of {length} characters.", "", f"{_WORDS[app]}.", "warn")
    return Message("This has the right length, but other characters.", "", f"{_WORDS[app]}.", "warn")
