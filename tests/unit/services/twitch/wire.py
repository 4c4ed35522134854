"""Helix on the wire: what Companion asked, and the answers that a test gives."""

from __future__ import annotations

import json

import httpx


class Server:
    """Answers in turn; an exception among the answers is a broken connection."""

    def __init__(self) -> None:
        self.asked: list[httpx.Request] = []
        self.answers: list[httpx.Response | Exception] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def will(self, *data: object, status: int = 200, **more: object) -> None:
        self.answers.append(httpx.Response(status, json={"data": data, **more}))

    def will_refuse(self, status: int, message: str) -> None:
        self.answers.append(httpx.Response(status, json={"error": "x", "status": status, "message": message}))

    def body(self) -> object:
        """Of the last request."""
        return json.loads(self.asked[-1].content)

    def query(self) -> dict[str, str]:
        """Of the last request."""
        return dict(self.asked[-1].url.params)
