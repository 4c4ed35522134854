"""The gate: decides about every request before anything is served or a socket is opened. No I/O.

Order: is it addressed to us (`Host`, against DNS rebinding), is the method known, then per path who may come in
(`Origin`, against other web pages, and the token).
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal, Protocol, TypeAlias
from urllib.parse import parse_qs, urlsplit

from websockets.datastructures import Headers, MultipleValuesError
from websockets.http11 import Request, Response

from companion.kernel.redacted import Redacted
from companion.services.overlay.answers import answer, content_security_policy
from companion.services.overlay.feed import Resume
from companion.services.overlay.page_files import HTML, PageFiles

FEED_PATH: Final = "/overlay/ws"
_PAGE_PREFIX: Final = "/overlay/"
_ASSET_PREFIX: Final = "/overlay/assets/"
KNOCK_PATH: Final = "/overlay/here"
"""Where a local file asks whether Companion runs; without the token it learns nothing."""
_LARGEST_SEQ: Final = 2**53

Access: TypeAlias = Literal["overlay", "control"]


class AccessTokens(Protocol):
    """Where the two tokens come from (`services.system.local_access`)."""

    @property
    def overlay_token(self) -> Redacted:
        """Opens pages and feed."""
        ...

    @property
    def control_token(self) -> Redacted:
        """Opens the control socket."""
        ...


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may open a WebSocket: which token, whether browsers may, and whether only this machine may."""

    access: Access
    origin: Literal["own", "none"]
    local_only: bool


@dataclass(frozen=True, slots=True)
class Admitted:
    """A WebSocket request that may go on."""

    path: str
    access: Access
    resume: Resume | None


class Gate:
    """Answers requests, or admits them to a WebSocket path of `rules`.

    `hosts`: the only values of `Host` (with port) that are ours; `origins`: what `Origin` may be on the feed.
    """

    def __init__(
        self,
        *,
        files: PageFiles,
        tokens: AccessTokens,
        rules: Mapping[str, Rule],
        hosts: frozenset[str],
        origins: frozenset[str],
        image_origins: Sequence[str],
        is_full: Callable[[], bool],
    ) -> None:
        self._files = files
        self._tokens = tokens
        self._rules = rules
        self._hosts = hosts
        self._origins = origins
        self._image_origins = tuple(image_origins)
        self._is_full = is_full

    def check(self, request: Request, *, from_this_machine: bool) -> Response | Admitted:
        """What becomes of one request."""
        host = _one(request.headers, "Host")
        if host is None or host.lower() not in self._hosts:
            return self._say(request, HTTPStatus.FORBIDDEN, "Companion answers only to its own address.")
        if request.method not in {"GET", "HEAD"}:
            return self._say(
                request, HTTPStatus.METHOD_NOT_ALLOWED, "Only GET and HEAD work here.", (("Allow", "GET, HEAD"),)
            )
        try:
            target = urlsplit(request.path)
        except ValueError:
            return self._say(request, HTTPStatus.BAD_REQUEST, "This address cannot be read.")
        rule = self._rules.get(target.path)
        if rule is not None:
            return self._admit(request, target.path, target.query, rule, from_this_machine=from_this_machine)
        return self._file(request, target.path, target.query)

    # ---- sockets

    def _admit(
        self, request: Request, path: str, query: str, rule: Rule, *, from_this_machine: bool
    ) -> Response | Admitted:
        if rule.local_only and not from_this_machine:
            return self._say(request, HTTPStatus.FORBIDDEN, "This works only on the computer that runs Companion.")
        if not self._origin_fits(request.headers, rule):
            return self._say(request, HTTPStatus.FORBIDDEN, "Other web pages may not connect here.")
        if not self._token_fits(query, rule.access):
            return self._unauthorized(request, rule.access)
        if (_one(request.headers, "Upgrade") or "").lower() != "websocket" or request.method != "GET":
            return self._say(
                request, HTTPStatus.UPGRADE_REQUIRED, "This address is for WebSocket.", (("Upgrade", "websocket"),)
            )
        if self._is_full():
            return self._say(
                request, HTTPStatus.SERVICE_UNAVAILABLE, "Too many pages are connected already. Close one of them."
            )
        return Admitted(path, rule.access, _resume(query))

    def _origin_fits(self, headers: Headers, rule: Rule) -> bool:
        if rule.origin == "none":
            return "Origin" not in headers
        return _one(headers, "Origin") in self._origins

    # ---- files

    def _file(self, request: Request, path: str, query: str) -> Response:
        if path.startswith(_ASSET_PREFIX):
            version, _, name = path.removeprefix(_ASSET_PREFIX).partition("/")
            asset = self._files.assets.get(name)
            if asset is None or version != self._files.version:
                return self._missing(request)
            return self._give(request, asset[0], asset[1])
        if path == KNOCK_PATH:
            return self._knock(request, query)
        page = self._files.pages.get(path.removeprefix(_PAGE_PREFIX)) if path.startswith(_PAGE_PREFIX) else None
        if page is None:
            return self._missing(request)
        if not self._token_fits(query, "overlay"):
            return self._unauthorized(request, "overlay")
        return self._give(request, page, HTML)

    def _knock(self, request: Request, query: str) -> Response:
        """A local file (`launcher.html`) knocks from another origin: only with the token may it hear the answer."""
        if not self._token_fits(query, "overlay"):
            return self._unauthorized(request, "overlay")
        head, policy = request.method == "HEAD", self._policy(request)
        return answer(HTTPStatus.OK, b"here\n", policy=policy, head=head, readable_by="cross-origin")

    def _missing(self, request: Request) -> Response:
        pages = ", ".join(f"/overlay/{name}" for name in self._files.pages)
        return self._say(request, HTTPStatus.NOT_FOUND, f"There is nothing at this address. The pages are: {pages}.")

    # ---- tokens

    def _token_fits(self, query: str, access: Access) -> bool:
        wanted = self._tokens.overlay_token if access == "overlay" else self._tokens.control_token
        given = _parameters(query).get("token", [""])
        # Always one comparison of the same kind, so that time tells nothing.
        same = hmac.compare_digest(given[0].encode(errors="replace"), wanted.reveal().encode())
        return same and len(given) == 1

    def _unauthorized(self, request: Request, access: Access) -> Response:
        text = (
            "This overlay address is no longer valid. Copy the new one from Companion, page Overlays."
            if access == "overlay"
            else "The control token is missing or no longer valid."
        )
        return self._say(request, HTTPStatus.UNAUTHORIZED, text, (("WWW-Authenticate", 'Token realm="Companion"'),))

    # ---- answers

    def _policy(self, request: Request) -> str:
        host = (_one(request.headers, "Host") or "").lower()
        return content_security_policy(
            host=host if host in self._hosts else min(self._hosts), image_origins=self._image_origins
        )

    def _say(self, request: Request, status: HTTPStatus, text: str, extra: Sequence[tuple[str, str]] = ()) -> Response:
        return answer(
            status,
            (text + "\n").encode(),
            policy=self._policy(request),
            head=request.method == "HEAD",
            extra=extra,
        )

    def _give(self, request: Request, body: bytes, content_type: str) -> Response:
        return answer(
            HTTPStatus.OK,
            body,
            policy=self._policy(request),
            content_type=content_type,
            head=request.method == "HEAD",
        )


def _one(headers: Headers, name: str) -> str | None:
    """The header's value; None when it is missing or stands more than once."""
    try:
        return headers.get(name)
    except MultipleValuesError:
        return None


def _parameters(query: str) -> dict[str, list[str]]:
    try:
        return parse_qs(query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        return {}


def _resume(query: str) -> Resume | None:
    """What a returning page says of itself; anything odd means it is new."""
    parameters = _parameters(query)
    epoch = parameters.get("epoch", [""])[0]
    number = parameters.get("last_seq", [""])[0]
    if not epoch or not number.isascii() or not number.isdigit() or int(number[:17]) > _LARGEST_SEQ:
        return None
    return Resume(epoch, int(number[:17]))
