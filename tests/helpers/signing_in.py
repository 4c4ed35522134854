"""Signing in over the control socket, for tests about something else. The simulator must approve by itself."""

from __future__ import annotations

import urllib.request

from tests.helpers.companion import CompanionProcess, Parsed
from tests.helpers.waiting import until


async def sign_in_to_both(companion: CompanionProcess) -> None:
    """Twitch takes the five seconds of its device code; Spotify's redirect is followed as a browser would."""
    for provider in ("twitch", "spotify"):
        await companion.ask("sign_in.start", provider=provider)
    spotify = await _status(companion, "spotify", "waiting_for_browser")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(spotify["address"], timeout=10) as page:
        assert b"Spotify said yes" in page.read()
    for provider in ("spotify", "twitch"):
        await _status(companion, provider, "finished")
        await companion.until_token(provider, phase="authorized")
    await companion.until_listening()


async def _status(companion: CompanionProcess, provider: str, state: str) -> Parsed:
    async def look() -> Parsed:
        status = await companion.ask("sign_in.status", provider=provider)
        assert status["state"] != "failed", status
        return status if status["state"] == state else None

    return await until(look, what=f"{provider} is {state}", hint=companion.child.told)
