"""HTTP answers: every one carries the same protective headers, whatever it says."""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from websockets.datastructures import Headers
from websockets.http11 import Response

TEXT: Final = "text/plain; charset=utf-8"
COVER_ORIGIN: Final = "https://i.scdn.co"
"""Where Spotify serves cover art from."""


def content_security_policy(*, host: str, image_origins: Sequence[str]) -> str:
    """What a page may load: its own scripts and styles, its own feed, and pictures from the named origins alone.

    OBS adds a person's custom CSS as a `<style>` element, which this refuses; `companion.js` takes it over.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"connect-src 'self' ws://{host}",
            "img-src " + " ".join((COVER_ORIGIN, *image_origins)),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


def answer(
    status: HTTPStatus,
    body: bytes,
    *,
    policy: str,
    content_type: str = TEXT,
    head: bool = False,
    readable_by: str = "same-origin",
    extra: Sequence[tuple[str, str]] = (),
) -> Response:
    """A complete answer; for HEAD the length is told and the body left out.

    `readable_by` is the Cross-Origin-Resource-Policy: which pages a browser may hand the answer to.
    """
    headers = Headers(
        [
            ("Content-Type", content_type),
            ("Content-Length", str(len(body))),
            ("Connection", "close"),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
            ("Referrer-Policy", "no-referrer"),
            ("Cross-Origin-Resource-Policy", readable_by),
            ("Content-Security-Policy", policy),
            *extra,
        ]
    )
    return Response(status.value, status.phrase, headers, b"" if head else body)
