"""Rules of the song queue that hold whoever asks, and by whichever way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from companion.ports.song_rules import QueueSettings, RequestSource


def everywhere(
    settings: QueueSettings,
    *only: RequestSource,
    **limits: Any,  # noqa: ANN401 - as the fields are
) -> QueueSettings:
    """`settings` with these limits for each role, of the sources named or of all."""
    rules = {
        source: {role: replace(each, **limits) if not only or source in only else each for role, each in roles.items()}
        for source, roles in settings.complete().rules.items()
    }
    return replace(settings, rules=rules)
