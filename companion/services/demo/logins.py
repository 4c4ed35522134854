"""Ready logins at the simulator, so that the demo needs no accounts and no clicks."""

from __future__ import annotations

import logging
from datetime import timedelta

from pydantic import AliasChoices, BaseModel, Field

from companion.kernel.instant import Clock
from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import MalformedAnswer, NetworkDown
from companion.ports.tokens import Account, Provider, SignedIn, TokenGrant, app_of
from companion.services.http import HttpCaller, parse

CLIENT_IDS: dict[Provider, str] = {
    "twitch": "simcompaniondemo00000000000000",
    "spotify": "c0ffee00c0ffee00c0ffee00c0ffee00",
    "twitch_bot": "simcompaniondemo00000000000000",
}
_BOT = "900400"
"""The simulated account that speaks for the streamer."""
_log = logging.getLogger("companion.demo")


class _Grant(BaseModel):
    access_token: str
    refresh_token: str
    expires_in: int
    scope: list[str] | str

    def scopes(self) -> frozenset[str]:
        return frozenset(self.scope.split() if isinstance(self.scope, str) else self.scope)


class _Picture(BaseModel):
    url: str


class _Person(BaseModel):
    user_id: str = Field(validation_alias=AliasChoices("account_id", "id"))
    login: str = ""
    display_name: str
    broadcaster_type: str = ""
    profile_image_url: str | None = None
    images: list[_Picture] = []

    def account(self) -> Account:
        picture = self.profile_image_url or (self.images[0].url if self.images else None)
        return Account(self.user_id, self.login or self.display_name, self.display_name, picture, self.broadcaster_type)


class _People(BaseModel):
    data: list[_Person] = Field(min_length=1)


class DemoLogins:
    """Asks the simulator for a login of each provider."""

    def __init__(self, *, http: HttpCaller, base_url: str, clock: Clock) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self._clock = clock

    async def sign_in(
        self, provider: Provider, scopes: frozenset[str]
    ) -> Result[SignedIn, NetworkDown | MalformedAnswer]:
        """A finished sign-in."""
        client_id = CLIENT_IDS[provider]
        asked: dict[str, object] = {"client_id": client_id, "scopes": sorted(scopes)}
        if provider == "twitch_bot":
            asked["user_id"] = _BOT
        answer = await self._http.send("POST", f"{self._base}/sim/login/{app_of(provider)}", json=asked)
        if isinstance(answer, Err):
            return answer
        grant = parse(_Grant, answer.value, where="demo login", logger=_log)
        if isinstance(grant, Err):
            return grant
        token = Redacted(grant.value.access_token)
        account = await self._account(provider, client_id, token)
        if isinstance(account, Err):
            return account
        refresh = Redacted(grant.value.refresh_token)
        lifetime = timedelta(seconds=grant.value.expires_in)
        return Ok(
            SignedIn(
                TokenGrant(token, lifetime, refresh, grant.value.scopes()), account.value, client_id, self._clock.now()
            )
        )

    async def _account(
        self, provider: Provider, client_id: str, token: Redacted
    ) -> Result[Account, NetworkDown | MalformedAnswer]:
        path = "/spotify/v1/me" if provider == "spotify" else "/twitch/helix/users"
        headers = {"Authorization": f"Bearer {token.reveal()}", "Client-Id": client_id}
        answer = await self._http.send("GET", self._base + path, headers=headers)
        if isinstance(answer, Err):
            return answer
        if provider == "spotify":
            person = parse(_Person, answer.value, where="demo account", logger=_log)
            return person if isinstance(person, Err) else Ok(person.value.account())
        people = parse(_People, answer.value, where="demo account", logger=_log)
        return people if isinstance(people, Err) else Ok(people.value.data[0].account())
