"""The error bodies of the two providers, and small helpers for answering."""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TypeAlias

from aiohttp import web

Json: TypeAlias = dict[str, object]


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    """A JSON answer in UTF-8."""
    return web.json_response(
        body, status=status, headers=headers, dumps=lambda value: json.dumps(value, ensure_ascii=False)
    )


def id_error(status: int, message: str, *, named: bool = False) -> web.Response:
    """An error of id.twitch.tv: `message`, not RFC 6749's `error`; some of them (`named`) carry the phrase too."""
    body: Json = {"status": status, "message": message}
    if named:
        body = {"error": HTTPStatus(status).phrase, **body}
    return answer(body, status)


def helix_error(status: int, message: str, headers: dict[str, str] | None = None) -> web.Response:
    """An error of Helix."""
    return answer({"error": HTTPStatus(status).phrase, "status": status, "message": message}, status, headers)


def accounts_error(error: str, description: str, status: int = 400) -> web.Response:
    """An error of Spotify's token endpoint."""
    return answer({"error": error, "error_description": description}, status)


def spotify_error(
    status: int, message: str, *, reason: str | None = None, headers: dict[str, str] | None = None
) -> web.Response:
    """An error of Spotify's Web API; player errors carry a `reason`."""
    error: Json = {"status": status, "message": message}
    if reason is not None:
        error["reason"] = reason
    return answer({"error": error}, status, headers)


def text_of(form: Mapping[str, object], key: str) -> str:
    """A form field as text; empty when absent or when it is a file."""
    value = form.get(key)
    return value if isinstance(value, str) else ""


def origin(request: web.Request) -> str:
    """The address this request came in on, without a trailing slash."""
    return f"http://{request.host}"
