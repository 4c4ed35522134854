"""Pictures come from known hosts, once, and a failure is no picture."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable

import httpx
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from companion.services.http import HttpCaller
from companion.services.images import KEPT, LARGEST, Images

COVER = "https://i.scdn.co/image/ab67616d0000b273"
FACE = "https://static-cdn.jtvnw.net/jtv_user_pictures/fern.png"
SIMULATOR = "http://127.0.0.1:17950"
PICTURE = b"\x89PNG not really"
logger = logging.getLogger("companion.images")


class Host:
    """Serves pictures; `asked` lists every address in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.serve: Callable[[httpx.Request], httpx.Response] = lambda _: httpx.Response(200, content=PICTURE)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        return self.serve(request)


@pytest.fixture
def host() -> Host:
    return Host()


@pytest_asyncio.fixture
async def images(host: Host) -> AsyncIterator[Images]:
    async with httpx.AsyncClient(transport=httpx.MockTransport(host)) as client:
        yield Images(http=HttpCaller(client=client), logger=logger, also_from=(SIMULATOR,))


@pytest.mark.parametrize("address", [COVER, FACE, f"{SIMULATOR}/covers/1.png", "https://I.SCDN.CO/image/1"])
async def test_known_hosts_are_asked_once(address: str, images: Images, host: Host) -> None:
    assert await images.load(address) == PICTURE
    assert await images.load(address) == PICTURE
    assert len(host.asked) == 1


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/image.png",
        "http://i.scdn.co/image/1",
        "https://i.scdn.co.elsewhere.example/1",
        "https://elsewhere.example/i.scdn.co",
        "https://elsewhere.example#@i.scdn.co/",
        "https://elsewhere.example?@i.scdn.co/",
        "https://i.scdn.co@elsewhere.example/1",
        "https://i.scdn.co\\@elsewhere.example/1",
        "http://127.0.0.1:17951/covers/1.png",
        "http://127.0.0.1:17950@elsewhere.example/",
        "https://127.0.0.1:17950/covers/1.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//i.scdn.co/1",
        "https://[::1",
        "https://i.scdn.co]/",
        "",
    ],
)
async def test_nobody_else_is(address: str, images: Images, host: Host) -> None:
    assert await images.load(address) is None
    assert host.asked == []


async def test_without_a_simulator_its_address_is_foreign(host: Host) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(host)) as client:
        assert await Images(http=HttpCaller(client=client), logger=logger).load(f"{SIMULATOR}/covers/1.png") is None
    assert host.asked == []


@given(address=st.one_of(st.text(), st.text().map("https://".__add__), st.text().map("https://i.scdn.co".__add__)))
async def test_no_address_raises(address: str) -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(Host())) as client:
        found = await Images(http=HttpCaller(client=client), logger=logger).load(address)
    assert found is None or address.lower().startswith("https://i.scdn.co")


@pytest.mark.parametrize("status", [204, 302, 304, 403, 404, 500])
async def test_anything_but_success_is_no_picture_and_is_asked_for_again(
    status: int, images: Images, host: Host
) -> None:
    headers = {"Location": "https://elsewhere.example/"} if status == 302 else {}
    host.serve = lambda _: httpx.Response(status, content=b"sorry", headers=headers)
    assert await images.load(COVER) is None
    host.serve = lambda _: httpx.Response(200, content=PICTURE)
    assert await images.load(COVER) == PICTURE
    assert host.asked == [COVER, COVER]


async def test_a_network_that_is_down_is_no_picture(images: Images, host: Host) -> None:
    def fail(_: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("x")

    host.serve = fail
    assert await images.load(COVER) is None


@pytest.mark.parametrize("size, fits", [(LARGEST, True), (LARGEST + 1, False), (3 * LARGEST, False)])
async def test_large_pictures_are_refused(size: int, fits: bool, images: Images, host: Host) -> None:
    host.serve = lambda _: httpx.Response(200, content=b"x" * size)
    found = await images.load(COVER)
    assert (found is not None) is fits


async def test_the_least_used_picture_goes_first(images: Images, host: Host) -> None:
    for number in range(KEPT):
        await images.load(f"{COVER}/{number}")
    await images.load(f"{COVER}/0")
    await images.load(f"{COVER}/new")
    host.asked.clear()
    assert await images.load(f"{COVER}/0") == PICTURE
    assert await images.load(f"{COVER}/new") == PICTURE
    assert host.asked == []
    assert await images.load(f"{COVER}/1") == PICTURE
    assert host.asked == [f"{COVER}/1"]
