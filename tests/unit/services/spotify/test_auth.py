"""The authorize address and PKCE."""

from __future__ import annotations

import logging
import re
from urllib.parse import parse_qs, urlsplit

import httpx

from companion.kernel.result import expect_ok
from companion.services.http import HttpCaller
from companion.services.spotify.auth import SpotifyAuth, challenge_of
from tests.fakes.clock import FakeClock


def test_the_example_of_rfc_7636() -> None:
    assert challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


async def test_the_authorize_address(clock: FakeClock) -> None:
    asked: list[int] = []

    def random_text(count: int) -> str:
        asked.append(count)
        return f"random-{len(asked)}"

    async with httpx.AsyncClient() as client:
        auth = SpotifyAuth(
            http=HttpCaller(client=client),
            accounts_url="https://accounts.example/",
            api_url="https://api.example/v1",
            clock=clock,
            logger=logging.getLogger("companion.test"),
            random_text=random_text,
            time_limit=900,
        )
        attempt = expect_ok(await auth.begin(client_id="abc", scopes=frozenset({"b", "a"})))
    await attempt.cancel()
    parts = urlsplit(attempt.authorize_url)
    assert (parts.scheme, parts.netloc, parts.path) == ("https", "accounts.example", "/authorize")
    query = {name: values for name, values in parse_qs(parts.query).items() if name != "redirect_uri"}
    assert query == {
        "client_id": ["abc"],
        "response_type": ["code"],
        "scope": ["a b"],
        "state": ["random-2"],
        "code_challenge_method": ["S256"],
        "code_challenge": [challenge_of("random-1")],
    }
    redirect = parse_qs(parts.query)["redirect_uri"][0]
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/callback", redirect)
    assert "random-1" not in attempt.authorize_url
    assert min(asked) >= 32
    assert (attempt.expires_at - clock.now()).total_seconds() == 300  # never longer
