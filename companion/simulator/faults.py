"""Faults on demand: which are armed, and which of them hits a request.

| fault | what happens |
|---|---|
| request_lost, answer_lost | the connection is cut before, or after, the effect |
| server_error, rate_limited, unauthorized_burst, proxy_html | that answer; `when: after`: after the effect |
| slow | `seconds` of waiting, before or after the effect |
| malformed | the effect happens, the answer is broken: broken_json, missing_fields or wrong_types (`kind`) |
| token_endpoint_down | 503 from the token endpoints |
| no_device | Spotify has no active device |
| invalid_device_code | the device code is refused early |
| chat_drop | 200, but the line is not shown (`kind`: the code) |
| notification_lost, _late, _doubled, _repeated | lost; `seconds` late; again under the same, or another, message id |
| keepalives_silent, orphans | EventSub goes quiet; lost sockets keep their subscriptions |
| socket_dropped, close, reconnect, revocation | done at once to the open EventSub sockets |
"""

from __future__ import annotations

from random import Random
from typing import Final, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from companion.simulator.counters import Counters

Provider: TypeAlias = Literal["twitch", "spotify"]
HttpFault: TypeAlias = Literal[
    "unauthorized_burst",
    "rate_limited",
    "server_error",
    "slow",
    "malformed",
    "proxy_html",
    "answer_lost",
    "request_lost",
    "token_endpoint_down",
]
StateFault: TypeAlias = Literal[
    "no_device",
    "invalid_device_code",
    "keepalives_silent",
    "orphans",
    "chat_drop",
    "notification_lost",
    "notification_doubled",
    "notification_repeated",
    "notification_late",
]
SocketFault: TypeAlias = Literal["socket_dropped", "close", "reconnect", "revocation"]

_API: Final[dict[Provider, tuple[str, ...]]] = {"twitch": ("/twitch/helix/",), "spotify": ("/spotify/v1/",)}
_TOKEN: Final[dict[Provider, tuple[str, ...]]] = {
    "twitch": ("/twitch/oauth2/token",),
    "spotify": ("/spotify/accounts/api/token",),
}
_ALL: Final[dict[Provider, tuple[str, ...]]] = {
    "twitch": ("/twitch/oauth2/", "/twitch/helix/", "/twitch/eventsub/"),
    "spotify": ("/spotify/accounts/api/", "/spotify/v1/"),
}
_ANSWERS: Final[dict[Provider, tuple[str, ...]]] = {
    "twitch": ("/twitch/oauth2/", "/twitch/helix/"),
    "spotify": ("/spotify/accounts/api/", "/spotify/v1/"),
}
_STATE: Final = frozenset(get_args(StateFault))
_LASTING: Final = frozenset({"no_device", "keepalives_silent", "orphans"})


class Fault(BaseModel):
    """One order. `times` None means until cleared; `seconds` is a delay, a wait or a Retry-After.

    `when`: `after` lets the request have its effect first. `method` narrows it to one HTTP method. `every` hits each
    nth of what is in scope, `chance` that part of it by a dice of `seed`; both last until cleared unless `times` is
    given. `bare` leaves out the headers that say how long to wait.
    """

    model_config = ConfigDict(extra="forbid")

    name: HttpFault | StateFault | SocketFault
    provider: Provider | None = None
    path: str | None = None
    times: int | None = Field(default=1, ge=1)
    seconds: float = Field(default=1.0, ge=0)
    status: int = Field(default=0, ge=0, le=599)
    code: int = Field(default=4000, ge=1000, le=4999)
    remaining: int = Field(default=0, ge=0)
    kind: str = ""
    subscription_type: str | None = None
    target: Literal["http", "socket"] = "http"
    old_dies_early: bool = False
    method: str | None = None
    when: Literal["before", "after"] = "before"
    bare: bool = False
    every: int | None = Field(default=None, ge=1)
    chance: float | None = Field(default=None, ge=0, le=1)
    seed: int = 1
    _met: int = PrivateAttr(default=0)
    _random: Random = PrivateAttr(default_factory=Random)

    def model_post_init(self, _context: object) -> None:
        self._random = Random(self.seed)
        lasting = self.name in _LASTING or self.every is not None or self.chance is not None
        if lasting and "times" not in self.model_fields_set:
            self.times = None

    @property
    def acts_at_once(self) -> bool:
        """True for what is done to the open EventSub sockets rather than to a later request."""
        return self.name in ("socket_dropped", "close", "reconnect", "revocation") or self.target == "socket"

    def falls(self) -> bool:
        """Whether the dice or the count lets it happen this time."""
        self._met += 1
        if self.every is not None and self._met % self.every:
            return False
        return self.chance is None or self._random.random() < self.chance

    def hits(self, path: str, method: str = "") -> bool:
        """Whether such a request is in this fault's scope."""
        if self.method is not None and method and self.method.upper() != method:
            return False
        if self.path is not None:
            return path.startswith(self.path)
        scopes = _ALL
        if self.name in ("unauthorized_burst", "rate_limited"):
            scopes = _API
        elif self.name == "token_endpoint_down":
            scopes = _TOKEN
        elif self.name in ("malformed", "answer_lost"):
            scopes = _ANSWERS
        providers = [self.provider] if self.provider is not None else list(scopes)
        return any(path.startswith(prefix) for provider in providers for prefix in scopes[provider])


class FaultBox:
    """The armed faults, oldest first."""

    def __init__(self, counters: Counters) -> None:
        self._counters = counters
        self._armed: list[Fault] = []

    def arm(self, fault: Fault) -> None:
        """From now on `fault` hits what is in its scope, until it has done so `times` times."""
        self._armed.append(fault)

    def clear(self) -> None:
        """Disarm everything."""
        self._armed.clear()

    def armed(self) -> tuple[Fault, ...]:
        """What is armed, oldest first."""
        return tuple(self._armed)

    def get(self, name: str) -> Fault | None:
        """The oldest armed fault of that name, not used up."""
        return next((fault for fault in self._armed if fault.name == name), None)

    def take_for(self, name: str, subscription_type: str) -> Fault | None:
        """The oldest armed fault of that name that is for this subscription type and falls, with one time used."""
        for fault in self._armed:
            if fault.name == name and fault.subscription_type in (None, subscription_type) and fault.falls():
                self._use(fault)
                return fault
        return None

    def take(self, name: str) -> Fault | None:
        """The oldest armed fault of that name, with one of its times used."""
        fault = self.get(name)
        if fault is None or not fault.falls():
            return None
        self._use(fault)
        return fault

    def take_http(self, path: str, method: str = "") -> list[Fault]:
        """What hits such a request: any delays first, then at most one other fault."""
        scoped = [fault for fault in self._armed if fault.name not in _STATE and fault.hits(path, method)]
        hitting = [fault for fault in scoped if fault.falls()]
        delays = [fault for fault in hitting if fault.name == "slow"]
        others = [fault for fault in hitting if fault.name != "slow"][:1]
        for fault in delays + others:
            self._use(fault)
        return delays + others

    def _use(self, fault: Fault) -> None:
        self._counters.add(f"fault.{fault.name}")
        if fault.times is not None:
            fault.times -= 1
            if fault.times == 0:
                self._armed = [other for other in self._armed if other is not fault]
