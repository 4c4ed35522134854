"""accounts.spotify.com: the authorize page (PKCE only) and the token endpoint.

Source: developer.spotify.com/documentation/web-api/tutorials/code-pkce-flow, /concepts/redirect_uri; descriptions of
refusals from github.com/spotify/web-api#267, #676, #1202 and spotify/web-api-examples#126.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from aiohttp import web

from companion.simulator.answers import accounts_error, answer, text_of
from companion.simulator.counters import Counters
from companion.simulator.pages import consent_page, message_page
from companion.simulator.people import SPOTIFY_PEOPLE
from companion.simulator.spotify_grants import SpotifyGrants, client_known
from companion.simulator.world import World

_PATH: Final = "/spotify/accounts/authorize"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9_.~-]{43,128}")
_LOOPBACK: Final = ("127.0.0.1", "::1")
_SCOPES: Final = frozenset(
    (
        "user-read-currently-playing",
        "user-read-playback-state",
        "user-modify-playback-state",
        "user-read-private",
        "user-read-email",
        "user-library-read",
        "user-library-modify",
        "user-top-read",
        "user-read-recently-played",
        "streaming",
        "user-read-playback-position",
        "app-remote-control",
        "playlist-read-private",
        "playlist-read-collaborative",
        "playlist-modify-private",
        "playlist-modify-public",
        "user-follow-read",
        "user-follow-modify",
        "ugc-image-upload",
    )
)


@dataclass(frozen=True, slots=True)
class _Ask:
    """What the authorize page was opened with."""

    client_id: str
    redirect_uri: str
    state: str
    scopes: list[str]
    challenge: str

    def back(self, **values: str) -> web.Response:
        """To the application, with `state` as it came."""
        if self.state:
            values["state"] = self.state
        parts = urlsplit(self.redirect_uri)
        query = "&".join(part for part in (parts.query, urlencode(values)) if part)
        return web.Response(status=302, headers={"Location": urlunsplit(parts._replace(query=query))})


class SpotifyAccounts:
    """The routes below `/spotify/accounts`."""

    def __init__(self, *, world: World, grants: SpotifyGrants, counters: Counters, auto_approve: bool) -> None:
        self._world = world
        self._grants = grants
        self._counters = counters
        self._auto_approve = auto_approve

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get(_PATH, self._authorize),
            web.post(_PATH, self._decide),
            web.post("/spotify/accounts/api/token", self._token),
        ]

    async def _authorize(self, request: web.Request) -> web.Response:
        ask = self._read(request.query)
        if isinstance(ask, web.Response):
            return ask
        if self._auto_approve:
            return self._agree(ask, self._world.state.spotify.signed_in)
        return consent_page(dict(request.query), ask.scopes, self._world.state.spotify.signed_in)

    async def _decide(self, request: web.Request) -> web.Response:
        form = await request.post()
        ask = self._read(form)
        if isinstance(ask, web.Response):
            return ask
        if text_of(form, "decision") != "agree":
            return ask.back(error="access_denied")
        account = text_of(form, "account")
        return self._agree(ask, account if account in SPOTIFY_PEOPLE else self._world.state.spotify.signed_in)

    def _agree(self, ask: _Ask, user_id: str) -> web.Response:
        code = self._grants.authorize(
            client_id=ask.client_id,
            user_id=user_id,
            scopes=ask.scopes,
            redirect_uri=ask.redirect_uri,
            code_challenge=ask.challenge,
        )
        return ask.back(code=code)

    def _read(self, query: Mapping[str, object]) -> _Ask | web.Response:
        client_id, redirect_uri = text_of(query, "client_id"), text_of(query, "redirect_uri")
        if not client_known(client_id):
            return _refused("INVALID_CLIENT: Invalid client")
        problem = redirect_problem(redirect_uri, self._world.state.spotify.redirect_uris)
        if problem is not None:
            return _refused(problem)
        scopes = text_of(query, "scope").split()
        ask = _Ask(client_id, redirect_uri, text_of(query, "state"), scopes, text_of(query, "code_challenge"))
        if text_of(query, "response_type") != "code":
            return ask.back(error="unsupported_response_type")
        if text_of(query, "code_challenge_method") != "S256":
            return ask.back(error="invalid_request", error_description="code_challenge_method must be S256")
        if _CHALLENGE.fullmatch(ask.challenge) is None:
            return ask.back(error="invalid_request", error_description="code_challenge must be a SHA256 hash")
        if not set(scopes) <= _SCOPES:
            return ask.back(error="invalid_scope")
        return ask

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        client_id = text_of(form, "client_id")
        if not client_id:
            return accounts_error("invalid_request", "client_id must be supplied")
        if not client_known(client_id):
            return accounts_error("invalid_client", "Invalid client")
        match text_of(form, "grant_type"):
            case "authorization_code":
                return self._exchange(client_id, form)
            case "refresh_token":
                return self._refresh(client_id, text_of(form, "refresh_token"))
            case _:
                return accounts_error("unsupported_grant_type", "grant_type parameter is missing or unknown")

    def _exchange(self, client_id: str, form: Mapping[str, object]) -> web.Response:
        verifier = text_of(form, "code_verifier")
        for key in ("code", "redirect_uri"):
            if not text_of(form, key):
                return accounts_error("invalid_request", f"{key} must be supplied")
        if _VERIFIER.fullmatch(verifier) is None:
            return accounts_error("invalid_request", "code_verifier must be supplied")
        grant = self._grants.exchange(
            client_id=client_id,
            code=text_of(form, "code"),
            redirect_uri=text_of(form, "redirect_uri"),
            verifier=verifier,
        )
        return accounts_error("invalid_grant", grant) if isinstance(grant, str) else answer(grant.spotify_json())

    def _refresh(self, client_id: str, refresh_token: str) -> web.Response:
        if not refresh_token:
            return accounts_error("invalid_request", "refresh_token must be supplied")
        grant = self._grants.refresh(client_id, refresh_token)
        if isinstance(grant, str):
            return accounts_error("invalid_grant", grant)
        self._counters.add("spotify.refresh_ok")
        return answer(grant.spotify_json())


def redirect_problem(uri: str, registered: list[str]) -> str | None:
    """Why a redirect URI is refused; `None` when it may be used. Only the port of a loopback address may vary."""
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "INVALID_CLIENT: Invalid redirect URI"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "INVALID_CLIENT: Insecure redirect URI"
    allowed = any(uri == entry or (host in _LOOPBACK and _portless(parts) == entry) for entry in registered)
    return None if allowed else "INVALID_CLIENT: Invalid redirect URI"


def _portless(parts: SplitResult) -> str:
    if "@" in parts.netloc:
        return ""  # only the port may vary
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    return urlunsplit(parts._replace(netloc=host))


def _refused(text: str) -> web.Response:
    return message_page("spotify", "This sign-in cannot go on", text, 400)
