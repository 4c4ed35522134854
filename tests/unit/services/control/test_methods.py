from __future__ import annotations

import asyncio
import dataclasses
import json
import threading
from collections import UserDict
from collections.abc import ItemsView
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from companion.application.messages import Message
from companion.application.sign_in_states import (
    ConfirmAccount,
    Failed,
    Finished,
    Idle,
    SignInState,
    Starting,
    WaitingForBrowser,
    WaitingForCode,
)
from companion.kernel.redacted import Redacted
from companion.kernel.result import Ok, Result
from companion.ports.stream import StreamStarted, ViewerHistory, ViewerPoint
from companion.ports.tokens import Account
from companion.services.control.codec import to_json
from companion.services.control.methods import control_methods
from companion.services.control.rpc import Dispatcher, Method, NoParams
from tests.unit.services.control.asking import LOGGER, ask
from tests.unit.services.control.desk import AT, SECRET, Desk

ACCOUNT = Account("1", "fern_example", "Fern", None)


async def raw(text: str | bytes) -> Any:  # noqa: ANN401  (JSON)
    answer = await Dispatcher(control_methods(Desk().ports()), LOGGER).answer(text)
    return None if answer is None else json.loads(answer)


async def test_the_stream_can_be_read_and_told() -> None:
    desk = Desk()

    state = await ask(desk, "stream_lifecycle.get_stream_state")
    assert state["is_live"] is True
    assert state["started_at"].endswith("Z")
    assert await ask(desk, "stream_lifecycle.get_is_live") is True
    assert await ask(desk, "stream_lifecycle.ping") == "pong"
    assert (await ask(desk, "stream_lifecycle.reconcile"))["outcome"] == "noop"
    assert await ask(desk, "stream_lifecycle.on_stream_online") is None
    await ask(
        desk,
        "stream_lifecycle.on_stream_online",
        {"stream": {"stream_id": "9", "started_at": "2026-01-01T01:00:00+01:00"}},
    )
    await ask(desk, "stream_lifecycle.on_stream_offline", {"at": "2026-01-01T00:00:00Z"})
    assert desk.lifecycle.asked == [None, StreamStarted("9", AT, AT), AT]


async def test_the_history_takes_names_or_positions() -> None:
    desk = Desk()

    by_name = await ask(desk, "stream_lifecycle.get_viewer_history", {"since": "2026-01-01T00:00:00Z", "limit": 5})
    by_place = await ask(desk, "stream_lifecycle.get_viewer_history", ["2026-01-01T00:00:00Z", None, 5])

    expected = {
        "points": [{"session_id": "session", "at": "2026-01-01T00:00:00.000000Z", "viewer_count": 12}],
        "total": 1,
    }
    assert by_name == by_place == expected
    assert desk.lifecycle.asked == [(datetime(2026, 1, 1, tzinfo=UTC), None, 5, 0)] * 2


async def test_the_history_is_thinned_for_a_chart() -> None:
    desk = Desk()
    span = {"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}
    answer = await ask(desk, "stream_lifecycle.get_viewer_series", span)
    bucket = {"start": "2026-01-01T00:00:00.000000Z", "minimum": 1, "maximum": 3, "average": 2.0, "samples": 2}
    assert answer == {"buckets": [bucket]}
    await ask(desk, "stream_lifecycle.get_viewer_series", {**span, "buckets": 1000})
    end = AT + timedelta(days=1)
    assert desk.lifecycle.asked == [(AT, end, 240), (AT, end, 1000)]
    for buckets in (0, 1001, "9", True):
        refused = await ask(desk, "stream_lifecycle.get_viewer_series", {**span, "buckets": buckets})
        assert refused["code"] == -32602
    assert (await ask(desk, "stream_lifecycle.get_viewer_series", {"since": span["since"]}))["code"] == -32602
    crossed = await ask(desk, "stream_lifecycle.get_viewer_series", {"since": span["until"], "until": span["since"]})
    assert crossed["data"]["error"] == "BadRange"


class Noting(UserDict[str, int]):
    """Remembers on which thread it was put into words."""

    thread: int | None = None

    def items(self) -> ItemsView[str, int]:
        self.thread = threading.get_ident()
        return super().items()


@pytest.mark.parametrize("large", [True, False])
async def test_a_large_answer_does_not_hold_up_the_loop(large: bool) -> None:
    value = Noting(a=1)

    async def give(_: BaseModel) -> Result[object, object]:
        return Ok(value)

    dispatcher = Dispatcher({"it": Method(NoParams, give, lambda _: large)}, LOGGER)
    answer = await dispatcher.answer('{"jsonrpc": "2.0", "id": 1, "method": "it"}')
    await asyncio.get_running_loop().shutdown_default_executor()
    assert json.loads(answer or "")["result"] == {"a": 1}
    assert (value.thread != threading.get_ident()) is large


@pytest.mark.parametrize(("points", "large"), [(1000, False), (1001, True)])
def test_a_long_history_counts_as_large(points: int, large: bool) -> None:
    method = control_methods(Desk().ports())["stream_lifecycle.get_viewer_history"]
    assert method.large(ViewerHistory((ViewerPoint("session", AT, 1),) * points, points)) is large


async def test_a_methods_own_error_keeps_its_type_and_fields() -> None:
    desk = Desk()

    assert await ask(desk, "stream_lifecycle.record_viewer_count", {"count": -1}) == {
        "code": -32000,
        "message": "A viewer count is a whole number from 0 up, not -1.",
        "data": {"error": "InvalidCount", "value": -1},
    }
    desk.lifecycle.live = False
    assert (await ask(desk, "stream_lifecycle.record_viewer_count", {"count": 3}))["data"] == {"error": "NotLive"}
    desk.application.refuse("The keyring is locked.")
    refused = await ask(desk, "sign_in.sign_out", {"provider": "twitch"})
    assert refused["message"] == "The keyring is locked. That is what it means. That is what to press."
    assert (refused["code"], refused["data"]["error"]) == (-32000, "Message")


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("stream_lifecycle.record_viewer_count", {}),
        ("stream_lifecycle.record_viewer_count", {"count": "3"}),
        ("stream_lifecycle.record_viewer_count", {"count": True}),
        ("stream_lifecycle.record_viewer_count", {"count": 3, "more": 1}),
        ("stream_lifecycle.record_viewer_count", [1, 2]),
        ("stream_lifecycle.record_viewer_count", 3),
        ("stream_lifecycle.get_viewer_history", {"since": "2026-01-01T00:00:00"}),
        ("stream_lifecycle.get_viewer_history", {"since": "yesterday"}),
        ("stream_lifecycle.get_viewer_history", {"since": "0001-01-01T00:00:00+14:00"}),
        ("stream_lifecycle.on_stream_offline", {"at": "9999-12-31T23:59:59Z"}),
        ("stream_lifecycle.on_stream_online", {"stream": {"stream_id": "1", "started_at": "9999-12-31T23:59:59Z"}}),
        ("stream_lifecycle.get_viewer_history", {"limit": 2**63}),
        ("stream_lifecycle.get_viewer_history", {"offset": 2**63}),
        ("sign_in.start", {"provider": "elsewhere"}),
        ("sign_in.start", None),
        ("stream_lifecycle.ping", {"x": 1}),
    ],
)
async def test_wrong_parameters_are_named(method: str, params: object) -> None:
    assert (await ask(Desk(), method, params))["code"] == -32602


@pytest.mark.parametrize(
    "name", ["", "twitch_token.get_valid_token", "playback.refresh", "__class__", "stream_lifecycle", "rpc.methods "]
)
async def test_what_is_not_on_the_list_cannot_be_called(name: str) -> None:
    assert (await ask(Desk(), name))["code"] == -32601


async def test_logins_show_their_state_and_no_secret() -> None:
    desk = Desk()
    answers = [await ask(desk, name) for name in ("twitch_token.status", "spotify_token.status", "playback.get_state")]

    assert answers[0]["provider"] == "twitch"
    assert answers[1]["phase"] == "authorized"
    assert answers[2]["picture"]["kind"] == "track"
    assert SECRET not in json.dumps(answers)


async def test_overlay_addresses_and_renewal() -> None:
    desk = Desk()
    urls = {"overlays": {"live": "http://127.0.0.1:17800/overlay/live?token=t"}}

    assert await ask(desk, "overlay.urls") == urls
    assert await ask(desk, "overlay.renew_tokens") == urls
    assert desk.application.asked == [("renew_overlay_tokens",)]


async def test_the_window_the_lamps_and_the_end() -> None:
    desk = Desk()

    assert await ask(desk, "window.show") == {"shown": True}
    assert (await ask(desk, "connections.list"))["connections"][0]["name"] == "twitch"
    assert await ask(desk, "system.quit") == {"stopping": True}
    assert await ask(desk, "system.quit", {"keep_session": True}) == {"stopping": True}
    assert desk.application.asked == [("request_quit",), ("request_quit", "keep")]


async def test_features_are_listed_and_switched() -> None:
    desk = Desk()

    listed = (await ask(desk, "twitch_features.list"))["features"]
    assert listed[0] == {"name": "redemptions", "on": True, "granted": True, "missing": False}
    assert (await ask(desk, "twitch_features.switch", {"name": "bits", "on": True}))["features"] == listed
    assert desk.application.asked == [("switch_feature", "bits", "True")]
    desk.application.refuse("That could not be stored.")
    assert (
        "That could not be stored."
        in (await ask(desk, "twitch_features.switch", {"name": "bits", "on": False}))["message"]
    )


async def test_what_happened_and_what_needs_a_look() -> None:
    desk = Desk()

    assert await ask(desk, "feed.list") == {"entries": []}
    assert await ask(desk, "notices.list") == {"notices": []}


SIGN_INS: list[tuple[SignInState, dict[str, object]]] = [
    (Idle(), {"state": "idle"}),
    (Starting(), {"state": "starting"}),
    (
        WaitingForCode("ABCD", Redacted("https://www.twitch.tv/activate?device-code=ABCD"), AT),
        {
            "state": "waiting_for_code",
            "code": "ABCD",
            "address": "https://www.twitch.tv/activate?device-code=ABCD",
            "expires_at": "2026-01-01T00:00:00.000000Z",
            "trouble": None,
        },
    ),
    (
        WaitingForBrowser(Redacted("https://accounts.spotify.com/authorize?x"), AT),
        {
            "state": "waiting_for_browser",
            "address": "https://accounts.spotify.com/authorize?x",
            "expires_at": "2026-01-01T00:00:00.000000Z",
        },
    ),
    (
        ConfirmAccount(ACCOUNT, ACCOUNT),
        {"state": "confirm_account", "known": to_json(ACCOUNT), "offered": to_json(ACCOUNT)},
    ),
    (Finished(ACCOUNT, True), {"state": "finished", "account": to_json(ACCOUNT), "session_only": True}),
    (Failed(Message("No."), "premium"), {"state": "failed", "message": "No.", "mend": "premium"}),
]


@pytest.mark.parametrize(("state", "shown"), SIGN_INS)
async def test_a_sign_in_can_be_followed_from_a_terminal(state: SignInState, shown: dict[str, object]) -> None:
    desk = Desk()
    snapshot = desk.application.snapshot()
    desk.application.show(dataclasses.replace(snapshot, sign_in={**snapshot.sign_in, "twitch": state}))

    assert await ask(desk, "sign_in.status", {"provider": "twitch"}) == {"provider": "twitch", **shown}


async def test_a_sign_in_can_be_begun_and_ended_from_a_terminal() -> None:
    desk = Desk()
    for name in ("start", "confirm_account", "cancel", "sign_out"):
        await ask(desk, f"sign_in.{name}", {"provider": "spotify"})

    assert desk.application.asked == [
        ("start_sign_in", "spotify"),
        ("confirm_account", "spotify"),
        ("cancel_sign_in", "spotify"),
        ("sign_out", "spotify"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", -32700),
        (b"\xff", -32700),
        ("[" * 100_000, -32700),
        ("[]", -32600),
        ("1", -32600),
        ("null", -32600),
        ('{"id": 1, "method": "x"}', -32600),
        ('{"jsonrpc": "1.0", "id": 1, "method": "x"}', -32600),
        ('{"jsonrpc": "2.0", "id": {}, "method": "x"}', -32600),
        ('{"jsonrpc": "2.0", "id": true, "method": "x"}', -32600),
        ('{"jsonrpc": "2.0", "id": 1, "method": 4}', -32600),
        ('{"jsonrpc": "2.0", "id": 1}', -32600),
    ],
)
async def test_what_is_no_request_is_refused(text: str | bytes, code: int) -> None:
    assert (await raw(text))["error"]["code"] == code


async def test_a_batch_is_answered_one_by_one_and_notifications_are_not() -> None:
    ping = {"jsonrpc": "2.0", "method": "stream_lifecycle.ping"}

    assert await raw(json.dumps(ping)) is None
    assert await raw(json.dumps([ping, ping])) is None
    answers = await raw(json.dumps([{**ping, "id": 1}, ping, 5, {**ping, "id": "b", "method": "no"}]))
    assert [answer.get("id") for answer in answers] == [1, None, "b"]
    assert [answer.get("error", {}).get("code") for answer in answers] == [None, -32600, -32601]
    assert (await raw(json.dumps([{**ping, "id": 1}] * 51)))["error"]["code"] == -32600


@pytest.mark.expected_logs("control method failed: broken")
async def test_a_bug_in_a_method_is_an_internal_error() -> None:
    async def broken(_: object) -> Result[object, object]:
        raise LookupError(SECRET)

    answer = await Dispatcher({"broken": Method(NoParams, broken)}, LOGGER).answer(
        '{"jsonrpc":"2.0","id":1,"method":"broken"}'
    )

    assert answer is not None
    assert json.loads(answer)["error"]["code"] == -32603
    assert SECRET not in answer


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_no_input_breaks_the_dispatcher(text: str | bytes) -> None:
    answer = asyncio.run(Dispatcher({}, LOGGER).answer(text))

    assert answer is None or "error" in json.loads(answer)


@pytest.mark.expected_logs("control method failed: odd")
async def test_an_answer_without_a_form_is_a_bug_not_a_leak() -> None:
    async def odd(_: object) -> Result[object, object]:
        return Ok(object())

    answer = await Dispatcher({"odd": Method(NoParams, odd)}, LOGGER).answer('{"jsonrpc":"2.0","id":1,"method":"odd"}')

    assert answer is not None
    assert json.loads(answer)["error"]["code"] == -32603


def test_secrets_become_their_mask_however_deep() -> None:
    wrapped = {"a": [ConfirmAccount(ACCOUNT, ACCOUNT), Redacted(SECRET)], "b": WaitingForBrowser(Redacted(SECRET), AT)}

    assert SECRET not in json.dumps(to_json(wrapped))
