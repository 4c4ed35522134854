"""Every way in which a request can fail is a result; answers are read as they are, or not at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import MalformedAnswer, NetworkDown
from companion.services.http import HttpAnswer, HttpCaller, parse

URL = "https://api.example/things"
SECRET = "planted-secret-value-0001"
LIMIT = 4 * 1024 * 1024


class Person(BaseModel):
    name: str
    token: Redacted | None = None
    age: int = 0

    model_config = {"arbitrary_types_allowed": True}


async def sent(
    handler: Callable[[httpx.Request], httpx.Response], *, url: str = URL, time_limit: float = 10.0
) -> Result[HttpAnswer, NetworkDown]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(handler)) as client:
        return await HttpCaller(client=client, time_limit=time_limit).send("GET", url)


def answer(body: bytes = b"", **headers: str) -> HttpAnswer:
    return HttpAnswer(200, {name.replace("_", "-"): value for name, value in headers.items()}, body)


async def test_what_is_sent() -> None:
    seen: list[httpx.Request] = []

    def serve(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, headers={"X-Rate": "7", "Content-Type": "application/json"}, content=b"{}")

    async with httpx.AsyncClient(transport=httpx.MockTransport(serve)) as client:
        caller = HttpCaller(client=client)
        pairs = (("id", "1"), ("id", "2 3"))
        got = await caller.send("GET", URL, headers={"Authorization": f"Bearer {SECRET}"}, params=pairs)
        await caller.send("POST", URL, form={"a": "b c"})
        await caller.send("PUT", URL, json={"a": None})
    assert got == Ok(HttpAnswer(201, {"x-rate": "7", "content-type": "application/json", "content-length": "2"}, b"{}"))
    assert str(seen[0].url) == f"{URL}?id=1&id=2+3"
    assert seen[0].headers["authorization"] == f"Bearer {SECRET}"
    assert (seen[1].method, seen[1].content) == ("POST", b"a=b+c")
    assert (seen[2].method, seen[2].content) == ("PUT", b'{"a":null}')


EXCEPTIONS: list[Exception] = [
    httpx.ConnectError("x"),
    httpx.ReadError("x"),
    httpx.WriteError("x"),
    httpx.CloseError("x"),
    httpx.ConnectTimeout("x"),
    httpx.ReadTimeout("x"),
    httpx.WriteTimeout("x"),
    httpx.PoolTimeout("x"),
    httpx.ProxyError("x"),
    httpx.UnsupportedProtocol("x"),
    httpx.LocalProtocolError("x"),
    httpx.RemoteProtocolError("x"),
    httpx.DecodingError("x"),
    httpx.TooManyRedirects("x"),
    httpx.InvalidURL("x"),
    OSError("x"),
    ConnectionResetError("x"),
    UnicodeEncodeError("ascii", "x", 0, 1, "x"),
]


def leaves(kind: type[Exception]) -> set[type[Exception]]:
    below = kind.__subclasses__()
    return {kind} if not below else set().union(*(leaves(each) for each in below))


def test_every_exception_of_httpx_is_in_this_list() -> None:
    known = {type(each) for each in EXCEPTIONS} | {httpx.HTTPStatusError}  # raised by `raise_for_status` only
    assert leaves(httpx.HTTPError) <= known


@pytest.mark.parametrize("error", EXCEPTIONS, ids=lambda error: type(error).__name__)
async def test_every_exception_becomes_a_result(error: Exception) -> None:
    def serve(_: httpx.Request) -> httpx.Response:
        raise error

    got = await sent(serve, url=f"{URL}?code={SECRET}")
    assert isinstance(got, Err) and got.error.detail
    assert SECRET not in got.error.detail and "api.example" not in got.error.detail


@pytest.mark.parametrize("error", EXCEPTIONS[:3] + EXCEPTIONS[5:6], ids=lambda error: type(error).__name__)
async def test_so_does_one_in_the_middle_of_the_body(error: Exception) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"half"
        raise error

    assert isinstance(await sent(lambda _: httpx.Response(200, content=body())), Err)


NO_ADDRESSES = ["", "nonsense", "http://", "http://[::1", "ftp://api.example", "http://a\x00b", "http://" + "ä" * 80]


@pytest.mark.parametrize("url", NO_ADDRESSES)
async def test_an_address_that_is_none_is_a_result_too(url: str) -> None:
    async with httpx.AsyncClient() as client:
        assert isinstance(await HttpCaller(client=client).send("GET", url), Err)


async def test_a_header_that_cannot_be_sent_is_a_result() -> None:
    caller = HttpCaller.over_network()
    for value in ("ключ", "two\r\nlines"):
        assert isinstance(await caller.send("GET", "http://127.0.0.1:9/", headers={"Client-Id": value}), Err)
    await caller.close()


async def test_after_the_close_nothing_is_sent_and_nothing_raises() -> None:
    caller = HttpCaller.over_network()
    await caller.close()
    await caller.close()
    assert await caller.send("GET", URL) == Err(NetworkDown("Companion is stopping"))


async def test_the_limit_holds_for_the_whole_exchange() -> None:
    """A server that drips a byte now and then outwits a limit that counts from the last one."""
    hung = asyncio.Event()

    async def drip() -> AsyncIterator[bytes]:
        yield b"."
        hung.set()
        await asyncio.Event().wait()

    got = await sent(lambda _: httpx.Response(200, content=drip()), time_limit=0.01)
    assert hung.is_set()
    assert got == Err(NetworkDown("no answer within 0.01 s"))


async def test_cancelling_is_not_swallowed() -> None:
    started = asyncio.Event()

    async def hang() -> AsyncIterator[bytes]:
        started.set()
        await asyncio.Event().wait()
        yield b""

    task = asyncio.create_task(sent(lambda _: httpx.Response(200, content=hang())))
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


@pytest.mark.parametrize("size, fits", [(LIMIT, True), (LIMIT + 1, False)])
async def test_four_mebibytes_are_the_most(size: int, fits: bool) -> None:
    served = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal served
        for start in range(0, 8 * LIMIT, 65536):
            piece = b"x" * min(65536, size - start)
            if not piece:
                return
            served += len(piece)
            yield piece

    got = await sent(lambda _: httpx.Response(200, content=body()))
    assert isinstance(got, Ok) is fits
    assert served <= LIMIT + 65536


async def test_a_redirect_is_an_answer() -> None:
    asked: list[str] = []

    def serve(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    got = await sent(serve)
    assert isinstance(got, Ok) and got.value.status == 302
    assert asked == [URL]


async def test_this_machine_is_asked_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nothing listens there
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    caller = HttpCaller.over_network()
    got = await caller.send("GET", f"http://127.0.0.1:{port}/")
    await caller.close()
    server.close()
    await server.wait_closed()
    assert isinstance(got, Ok) and got.value.status == 204


# ---- what an answer says


@pytest.mark.parametrize(
    "kind, is_json",
    [
        ("application/json", True),
        ("application/json; charset=utf-8", True),
        ("application/problem+json", True),
        ("text/html", False),
        ("", False),
    ],
)
def test_whether_it_claims_to_be_json(kind: str, is_json: bool) -> None:
    assert answer(content_type=kind).is_json is is_json
    assert not answer().is_json


@given(st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001 - given a zone below
def test_a_date_is_read_in_any_zone(naive: datetime, minutes: int) -> None:
    moment = naive.replace(microsecond=0, tzinfo=UTC)
    local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    assert answer(date=format_datetime(local)).date() == moment


def test_the_usual_date() -> None:
    assert answer(date="Thu, 01 Jan 2026 00:00:00 GMT").date() == datetime(2026, 1, 1, tzinfo=UTC)
    assert answer().date() is None


@given(
    st.one_of(
        st.text(),
        st.from_regex(r"\w{0,3},? ?\d{0,30} (Jan|Feb|x) \d{0,30} \d{0,9}:\d{0,9}(:\d{0,9})? ?([+-]\d{0,30}|GMT)?"),
    )
)
def test_an_odd_date_is_none(text: str) -> None:
    found = answer(date=text).date()
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "Thu, 01 Jan 99999999999999999999 00:00:00 GMT",
        "Thu, 01 Jan 2026 00:00:00 +99999999999999999999",
        "Thu, 31 Feb 2026 00:00:00 GMT",
        "Thu, 01 Jan 2026 00:00:00 -0000",  # says that no zone is known
    ],
)
def test_dates_beyond_the_calendar_are_none(text: str) -> None:
    assert answer(date=text).date() is None


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("0", 0.0),
        ("17", 17.0),
        ("0.5", 0.5),
        (" 3 ", 3.0),
        ("-1", None),
        ("604800", None),
        ("604799", 604799.0),
        ("nan", None),
        ("inf", None),
        ("", None),
        ("Thu, 01 Jan 2026 00:00:00 GMT", None),
    ],
)
def test_retry_after(text: str, wanted: float | None) -> None:
    assert answer(retry_after=text).retry_after() == wanted


@given(st.text())
def test_an_odd_retry_after_is_none(text: str) -> None:
    found = answer(retry_after=text).retry_after()
    assert found is None or 0 <= found < 604800


# ---- reading a body


def read(body: bytes, caplog: pytest.LogCaptureFixture) -> Result[Person, MalformedAnswer]:
    with caplog.at_level(logging.WARNING, "companion.test"):
        return parse(Person, answer(body), where="people", logger=logging.getLogger("companion.test"))


def test_a_good_body(caplog: pytest.LogCaptureFixture) -> None:
    assert read(b'{"name": "Fern", "more": 1}', caplog) == Ok(Person(name="Fern"))
    assert not caplog.records


@pytest.mark.expected_logs("answer 200 not understood")
@pytest.mark.parametrize(
    "body, named",
    [
        (b"<!DOCTYPE html><p>Welcome to the hotel " + SECRET.encode(), "body: json_invalid"),
        (b"", "body: json_invalid"),
        (b"\xff\xfe", "body: json_invalid"),
        (b'{"name": "\\ud800"}', "json_invalid"),
        (b"[" * 100_000, "json_invalid"),
        (b"[]", "body: model_type"),
        (b'{"name": ["' + SECRET.encode() + b'"]}', "name: string_type"),
        (b'{"name": "x", "age": "' + SECRET.encode() + b'"}', "age: int_parsing"),
        (b'{"age": null}', "name: missing; age: int_type"),
    ],
)
def test_a_bad_body_is_told_without_its_values(body: bytes, named: str, caplog: pytest.LogCaptureFixture) -> None:
    got = read(body, caplog)
    assert isinstance(got, Err) and named in got.error.where
    assert got.error.where.startswith("people: ")
    assert SECRET not in got.error.where + caplog.text


@pytest.mark.expected_logs("not understood")
@given(body=st.one_of(st.binary(), st.text().map(str.encode)))
def test_no_body_raises(body: bytes) -> None:
    logger = logging.getLogger("companion.test.quiet")
    logger.disabled = True
    assert isinstance(parse(Person, answer(body), where="people", logger=logger), Ok | Err)


@pytest.mark.expected_logs("proxy set up")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://user:planted@127.0.0.1:1080"),  # no SOCKS library is installed
        ("ALL_PROXY", "socks://127.0.0.1:1080/"),  # what GNOME's settings write
        ("HTTPS_PROXY", "http://[::1"),
        ("NO_PROXY", "fe80::/10,localhost"),
    ],
)
async def test_a_proxy_that_cannot_be_used_does_not_keep_companion_from_starting(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv(name, value)
    await HttpCaller.over_network().close()
    assert "proxy" in caplog.text
    assert "planted" not in caplog.text
