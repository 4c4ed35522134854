"""Faults as HTTP sees them, and the count of every request that arrives."""

from __future__ import annotations

import asyncio
import json
from functools import partial

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from companion.kernel.instant import Clock
from companion.simulator.answers import helix_error, id_error, spotify_error
from companion.simulator.counters import Counters
from companion.simulator.faults import Fault, FaultBox

_PORTAL = """<!DOCTYPE html><html lang="en"><head><title>Guest network</title></head>
<body><h1>Guest network</h1><p>Please accept the terms of use to go online.</p></body></html>"""


def fault_middleware(faults: FaultBox, counters: Counters, clock: Clock) -> Middleware:
    """Counts each provider request, then lets the armed faults have it."""

    @web.middleware
    async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
        await _count(request, counters)
        late = 0.0
        run = handler
        for fault in faults.take_http(request.path, request.method):
            if fault.name == "slow":
                if fault.when == "after":
                    late += fault.seconds
                else:
                    await asyncio.sleep(fault.seconds)
            else:
                run = partial(_apply, fault, handler, clock)
        response = await run(request)
        if late:
            await asyncio.sleep(late)
        return response

    return middleware


async def _apply(fault: Fault, handler: Handler, clock: Clock, request: web.Request) -> web.StreamResponse:
    if fault.when == "after" and fault.name not in ("answer_lost", "malformed"):
        # The effect happens; only the answer is another one.
        await handler(request)
    match fault.name:
        case "unauthorized_burst":
            return _unauthorized(request.path)
        case "rate_limited":
            return _rate_limited(fault, request.path, clock)
        case "server_error" | "token_endpoint_down":
            return _server_error(request.path, fault.status or 503)
        case "proxy_html":
            return web.Response(text=_PORTAL, content_type="text/html", status=fault.status or 200)
        case "request_lost":
            return _abort(request)
        case "answer_lost":
            await handler(request)
            return _abort(request)
        case _:
            return _malformed(await handler(request), fault.kind or "broken_json")


def _unauthorized(path: str) -> web.Response:
    if path.startswith("/spotify"):
        return spotify_error(401, "The access token expired")
    if path.startswith("/twitch/oauth2"):
        return id_error(401, "invalid access token")
    return helix_error(401, "Invalid OAuth token")


def _rate_limited(fault: Fault, path: str, clock: Clock) -> web.Response:
    wait = max(0, round(fault.seconds))
    if path.startswith("/spotify"):
        quota = fault.kind == "quota"
        return spotify_error(
            429,
            "Quota exceeded" if quota else "API rate limit exceeded",
            reason="QUOTA_EXCEEDED" if quota else None,
            headers=None if fault.bare else {"Retry-After": str(wait)},
        )
    if fault.bare:
        return helix_error(429, "Too Many Requests")
    headers = {
        "Ratelimit-Limit": "800",
        "Ratelimit-Remaining": str(fault.remaining),
        "Ratelimit-Reset": str(int(clock.now().timestamp()) + wait),
    }
    return helix_error(429, "Too Many Requests", headers)


def _server_error(path: str, status: int) -> web.Response:
    if path.startswith("/spotify"):
        return spotify_error(status, "Service unavailable")
    if path.startswith("/twitch/oauth2"):
        return id_error(status, "service unavailable")
    return helix_error(status, "")


def _abort(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


def _malformed(response: web.StreamResponse, kind: str) -> web.StreamResponse:
    if not isinstance(response, web.Response) or not isinstance(response.body, bytes):
        return response
    text = response.body.decode()
    if kind != "broken_json" and response.content_type == "application/json":
        text = json.dumps(_spoil(json.loads(text), kind))
    else:
        text = text[: len(text) * 2 // 3] or '{"data":'
    return web.Response(text=text, status=response.status, content_type=response.content_type)


def _spoil(value: object, kind: str) -> object:
    if isinstance(value, dict):
        keys = list(value)[: len(value) // 2] if kind == "missing_fields" and len(value) > 1 else list(value)
        return {key: _spoil(value[key], kind) for key in keys}
    if isinstance(value, list):
        return [_spoil(item, kind) for item in value]
    if kind == "wrong_types":
        return 7 if isinstance(value, str) else {"was": "something else"}
    return value


async def _count(request: web.Request, counters: Counters) -> None:
    path = request.path
    if path.startswith("/twitch/helix/"):
        counters.add(f"helix.{request.method} {path.removeprefix('/twitch/helix')}")
    elif path.startswith("/spotify/v1/"):
        counters.add(f"spotify.{request.method} {path.removeprefix('/spotify/v1')}")
    elif path.startswith("/twitch/oauth2/"):
        name = path.removeprefix("/twitch/oauth2/")
        counters.add(f"twitch.{await _grant(request) if name == 'token' else name}")
    elif path == "/spotify/accounts/api/token":
        counters.add(f"spotify.{await _grant(request)}")
    elif path == "/spotify/accounts/authorize" and request.method == "GET":
        counters.add("spotify.authorize")


async def _grant(request: web.Request) -> str:
    kinds = {"refresh_token": "refresh", "authorization_code": "code"}
    grant = str((await request.post()).get("grant_type", ""))
    return kinds.get(grant, "device_poll" if "device_code" in grant else "other_grant")
