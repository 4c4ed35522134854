"""id.twitch.tv: the device code grant with its page, refreshing, validating, revoking.

Source: dev.twitch.tv/docs/authentication (getting-tokens-oauth, refresh-tokens, validate-tokens, revoke-tokens);
bodies of refusals from threads of twitchdev/issues (#895, #953, #971).
"""

from __future__ import annotations

from aiohttp import web

from companion.simulator.answers import answer, id_error, origin, text_of
from companion.simulator.counters import Counters
from companion.simulator.faults import FaultBox
from companion.simulator.pages import activate_page, enter_code_page, message_page
from companion.simulator.people import TWITCH_PEOPLE
from companion.simulator.twitch_grants import DEVICE_CODE_SECONDS, POLL_SECONDS, TwitchGrants, client_type
from companion.simulator.world import World

_DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code"


class TwitchOAuth:
    """The routes below `/twitch/oauth2` and the page at `/twitch/activate`."""

    def __init__(
        self, *, world: World, grants: TwitchGrants, faults: FaultBox, counters: Counters, auto_approve: bool
    ) -> None:
        self._world = world
        self._grants = grants
        self._faults = faults
        self._counters = counters
        self._auto_approve = auto_approve

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/twitch/oauth2/device", self._device),
            web.post("/twitch/oauth2/token", self._token),
            web.get("/twitch/oauth2/validate", self._validate),
            web.post("/twitch/oauth2/revoke", self._revoke),
            web.get("/twitch/activate", self._activate),
            web.post("/twitch/activate", self._decide),
        ]

    async def _device(self, request: web.Request) -> web.Response:
        form = await request.post()
        client_id = text_of(form, "client_id")
        if not client_id:
            return id_error(400, "missing client id")
        if client_type(client_id) == "unknown":
            return id_error(400, "invalid client")
        # Only the plural key counts; a wrong key is no error but gives a token without scopes.
        code = self._grants.start_device_code(client_id, text_of(form, "scopes").split())
        if self._auto_approve:
            self._grants.decide(code.device_code, approve=True)
        return answer(
            {
                "device_code": code.device_code,
                "expires_in": DEVICE_CODE_SECONDS,
                "interval": POLL_SECONDS,
                "user_code": code.user_code,
                "verification_uri": f"{origin(request)}/twitch/activate?public=true&device-code={code.user_code}",
            }
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        client_id = text_of(form, "client_id")
        if not client_id:
            return id_error(400, "missing client id")
        if client_type(client_id) == "unknown":
            return id_error(400, "invalid client")
        match text_of(form, "grant_type"):
            case "refresh_token":
                return self._refresh(client_id, text_of(form, "refresh_token"), text_of(form, "client_secret"))
            case grant if grant == _DEVICE_GRANT:
                return self._poll(client_id, text_of(form, "device_code"))
            case "authorization_code" | "client_credentials":
                return id_error(400, "missing client secret")
            case "":
                return id_error(400, "missing grant type")
            case _:
                return id_error(400, "invalid grant type")

    def _refresh(self, client_id: str, refresh_token: str, client_secret: str) -> web.Response:
        if client_type(client_id) == "confidential" and not client_secret:
            return id_error(400, "missing client secret")
        if not refresh_token:
            return id_error(400, "missing refresh token")
        grant = self._grants.refresh(client_id, refresh_token)
        if grant is None:
            return id_error(400, "Invalid refresh token", named=True)
        self._counters.add("twitch.refresh_ok")
        return answer(grant.twitch_json())

    def _poll(self, client_id: str, device_code: str) -> web.Response:
        if not device_code:
            return id_error(400, "missing device_code")
        entry = self._world.state.twitch.device_codes.get(device_code)
        now = self._world.now()
        if entry is None or entry.client_id != client_id or entry.expires_at <= now:
            return id_error(400, "invalid device code")
        # Slightly early is the jitter of a client that does keep the interval.
        if entry.polled_at is not None and (now - entry.polled_at).total_seconds() < POLL_SECONDS - 0.5:
            self._counters.add("twitch.device_poll_too_fast")
        entry.polled_at = now
        if entry.state == "approved":
            return answer(self._grants.exchange(entry).twitch_json())
        if entry.state != "pending" or self._faults.take("invalid_device_code") is not None:
            return id_error(400, "invalid device code")
        return id_error(400, "authorization_pending")

    async def _validate(self, request: web.Request) -> web.Response:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not token:
            return id_error(401, "missing authorization token")
        grant = self._grants.access(token) if scheme.lower() in ("oauth", "bearer") else None
        if grant is None:
            return id_error(401, "invalid access token")
        return answer(
            {
                "client_id": grant.client_id,
                "login": TWITCH_PEOPLE[grant.user_id].login,
                "scopes": list(grant.scopes) or None,
                "user_id": grant.user_id,
                "expires_in": int((grant.expires_at - self._world.now()).total_seconds()),
            }
        )

    async def _revoke(self, request: web.Request) -> web.Response:
        form = await request.post()
        client_id, token = text_of(form, "client_id"), text_of(form, "token")
        if not client_id:
            return id_error(400, "missing client id")
        if client_type(client_id) == "unknown":
            return id_error(404, "client does not exist")
        grant = self._grants.access(token)
        if grant is None or grant.client_id != client_id:
            return id_error(400, "Invalid token")
        self._grants.revoke(grant)
        return web.Response(status=200)

    async def _activate(self, request: web.Request) -> web.Response:
        code = request.query.get("device-code", "")
        if not code:
            return enter_code_page()
        entry = self._grants.find_code(code)
        if entry is None or entry.state != "pending" or entry.expires_at <= self._world.now():
            return message_page("twitch", "This code is not valid", "Check the code in the app, or start again there.")
        return activate_page(entry, self._account(request.query.get("account", "")))

    async def _decide(self, request: web.Request) -> web.Response:
        form = await request.post()
        approve = text_of(form, "decision") == "authorize"
        account = self._account(text_of(form, "account"))
        if not self._grants.decide(text_of(form, "code"), approve=approve, user_id=account):
            return message_page("twitch", "This code is not valid", "Check the code in the app, or start again there.")
        if approve:
            return message_page("twitch", "You are connected", "You can close this page and go back to the app.")
        return message_page("twitch", "Nothing was connected", "You can close this page.")

    def _account(self, wanted: str) -> str:
        return wanted if wanted in TWITCH_PEOPLE else self._world.state.twitch.signed_in
