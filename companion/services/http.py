"""One HTTP request and its answer, with httpx's exceptions turned into results in this one place."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeAlias, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from companion.kernel.instant import Instant, as_utc
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import MalformedAnswer, NetworkDown

Model = TypeVar("Model", bound=BaseModel)
Pairs: TypeAlias = Sequence[tuple[str, str]]
_LARGEST_BODY = 4 * 1024 * 1024
_log = logging.getLogger("companion.http")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer. Header names are lower case. The body may hold secrets: it is never logged."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_json(self) -> bool:
        """Whether the body claims to be JSON (a captive portal's page does not)."""
        return "json" in self.headers.get("content-type", "")

    def date(self) -> Instant | None:
        """The server's own clock, from the `Date` header."""
        try:
            return as_utc(parsedate_to_datetime(self.headers["date"]))
        except (KeyError, ValueError, TypeError, OverflowError):
            return None

    def retry_after(self) -> float | None:
        """`Retry-After` in seconds (both providers send numbers, not dates), None when absent or odd."""
        try:
            value = float(self.headers["retry-after"])
        except (KeyError, ValueError):
            return None
        return value if 0 <= value < 7 * 86_400 else None


class HttpCaller:
    """Sends requests over one shared client, each under a time limit (seconds) for the whole exchange."""

    def __init__(self, *, client: httpx.AsyncClient, time_limit: float = 10.0) -> None:
        self._client = client
        self._time_limit = time_limit

    @classmethod
    def over_network(cls, *, time_limit: float = 10.0) -> HttpCaller:
        """A caller with a client of its own. Redirects are not followed; end it with `close`."""
        # No proxy for this machine: an environment that sets one means the internet.
        straight = {"all://127.0.0.1": None, "all://localhost": None}
        try:
            client = httpx.AsyncClient(timeout=time_limit, follow_redirects=False, mounts=straight)
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            # The address may hold a password, so the kind of trouble must do.
            _log.warning("the proxy set up on this computer cannot be used (%s), going without", type(error).__name__)
            client = httpx.AsyncClient(timeout=time_limit, follow_redirects=False, trust_env=False)
        return cls(client=client, time_limit=time_limit)

    async def close(self) -> None:
        """Close the connections that are kept open."""
        await self._client.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Pairs = (),
        form: Mapping[str, str] | None = None,
        json: object | None = None,
    ) -> Result[HttpAnswer, NetworkDown]:
        """One request, never repeated. Redirects are not followed. The error text names no address part."""
        if self._client.is_closed:
            return Err(NetworkDown("Companion is stopping"))
        try:
            async with asyncio.timeout(self._time_limit):
                async with self._client.stream(
                    method, url, headers=headers, params=list(params) or None, data=form, json=json
                ) as answer:
                    body = bytearray()
                    async for chunk in answer.aiter_bytes():
                        body += chunk
                        if len(body) > _LARGEST_BODY:
                            return Err(NetworkDown("the answer was larger than 4 MiB"))
                    lowered = {name.lower(): value for name, value in answer.headers.items()}
                    return Ok(HttpAnswer(answer.status_code, lowered, bytes(body)))
        except TimeoutError:
            return Err(NetworkDown(f"no answer within {self._time_limit:g} s"))
        except httpx.TimeoutException:
            return Err(NetworkDown("the connection timed out"))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError) as error:
            return Err(NetworkDown(type(error).__name__))


def parse(
    model: type[Model], answer: HttpAnswer, *, where: str, logger: logging.Logger
) -> Result[Model, MalformedAnswer]:
    """Read the body as `model`. On failure the fields and reasons are logged, never the values."""
    try:
        return Ok(model.model_validate_json(answer.body))
    except ValidationError as error:
        details = error.errors(include_input=False, include_url=False, include_context=False)
        fields = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'body'}: {item['type']}" for item in details[:5])
        logger.warning("%s: answer %d not understood (%s)", where, answer.status, fields)
        return Err(MalformedAnswer(f"{where}: {fields}"))
