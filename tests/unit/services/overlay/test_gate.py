from __future__ import annotations

from collections.abc import Mapping

import pytest
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from companion.services.overlay.feed import Resume
from companion.services.overlay.gate import Admitted, Gate, Rule
from companion.services.overlay.page_files import load_page_files
from tests.unit.services.overlay.desk import RESOURCES, FakeAccess

UPGRADE = {"Upgrade": "WebSocket", "Connection": "Upgrade"}
FROM_PAGE = UPGRADE | {"Origin": "http://127.0.0.1:17800"}


def make_gate(*, full: bool = False) -> Gate:
    return Gate(
        files=load_page_files(RESOURCES),
        tokens=FakeAccess(),
        rules={
            "/overlay/ws": Rule("overlay", "own", local_only=False),
            "/control": Rule("control", "none", local_only=True),
        },
        hosts=frozenset({"127.0.0.1:17800", "studio-pc:17800"}),
        origins=frozenset({"http://127.0.0.1:17800", "http://studio-pc:17800"}),
        image_origins=("http://127.0.0.1:9000",),
        is_full=lambda: full,
    )


def ask(gate: Gate, path: str, *, local: bool = True, headers: Mapping[str, str] | None = None) -> Response | Admitted:
    given = Headers({"Host": "127.0.0.1:17800"} | dict(headers or {}))
    return gate.check(Request(path, given), from_this_machine=local)


def status(answer: Response | Admitted) -> int:
    return answer.status_code if isinstance(answer, Response) else 101


def test_control_stays_on_this_computer_even_with_the_token() -> None:
    gate = make_gate()
    path = "/control?token=control-token-1"

    assert ask(gate, path, headers=UPGRADE) == Admitted("/control", "control", None)
    assert status(ask(gate, path, local=False, headers=UPGRADE | {"Host": "studio-pc:17800"})) == 403


def test_pages_may_be_called_from_another_computer_by_an_allowed_name() -> None:
    gate = make_gate()
    page = "/overlay/live?token=overlay-token-1"
    feed = "/overlay/ws?token=overlay-token-1&epoch=run&last_seq=7"

    assert status(ask(gate, page, local=False, headers={"Host": "studio-pc:17800"})) == 200
    assert status(ask(gate, page, local=False, headers={"Host": "other-pc:17800"})) == 403
    assert ask(
        gate, feed, local=False, headers=UPGRADE | {"Host": "studio-pc:17800", "Origin": "http://studio-pc:17800"}
    ) == Admitted("/overlay/ws", "overlay", Resume("run", 7))


def test_a_local_file_hears_that_companion_runs_only_with_the_token() -> None:
    gate = make_gate()

    heard = ask(gate, "/overlay/here?token=overlay-token-1", headers={"Origin": "null"})
    refused = ask(gate, "/overlay/here?token=wrong", headers={"Origin": "null"})

    assert isinstance(heard, Response)
    assert isinstance(refused, Response)
    assert (heard.status_code, heard.headers["Cross-Origin-Resource-Policy"]) == (200, "cross-origin")
    assert (refused.status_code, refused.headers["Cross-Origin-Resource-Policy"]) == (401, "same-origin")


def test_further_sources_of_pictures_stand_in_the_policy() -> None:
    answer = ask(make_gate(), "/overlay/live?token=overlay-token-1")

    assert isinstance(answer, Response)
    assert "img-src https://i.scdn.co http://127.0.0.1:9000;" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "path", ["http://[::1", "*", "", "/overlay/ws/", "/OVERLAY/ws?token=overlay-token-1", "/overlay/live/?token=x"]
)
def test_odd_targets_get_an_answer_not_an_exception(path: str) -> None:
    assert status(ask(make_gate(), path, headers=FROM_PAGE)) in {400, 404}


def test_a_token_is_looked_at_before_the_room() -> None:
    gate = make_gate(full=True)

    assert status(ask(gate, "/overlay/ws?token=wrong", headers=FROM_PAGE)) == 401
    assert status(ask(gate, "/overlay/ws?token=overlay-token-1", headers=FROM_PAGE)) == 503


def test_too_many_parameters_are_no_token() -> None:
    query = "&".join(f"a{number}=1" for number in range(40))

    assert status(ask(make_gate(), f"/overlay/live?token=overlay-token-1&{query}")) == 401


def test_a_huge_last_number_is_a_new_page() -> None:
    answer = ask(
        make_gate(),
        f"/overlay/ws?token=overlay-token-1&epoch=run&last_seq={'9' * 5000}",
        headers=FROM_PAGE,
    )

    assert isinstance(answer, Admitted)
    assert answer.resume is None
