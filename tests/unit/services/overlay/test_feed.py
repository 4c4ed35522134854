from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule
from pydantic import BaseModel

from companion.services.overlay.feed import Feed, Resume

AT = datetime(2026, 1, 1, tzinfo=UTC)


class Value(BaseModel):
    value: int


def greeting(feed: Feed, resume: Resume | None = None) -> list[dict[str, object]]:
    return [json.loads(text) for text in feed.greet(resume, at=AT, assets="files")]


def test_a_new_page_gets_the_present_state_of_every_topic() -> None:
    feed = Feed(epoch="run")
    feed.publish_state("live", Value(value=1), AT)
    feed.publish_event("stream_online", Value(value=2), AT)
    feed.publish_state("live", Value(value=3), AT)

    welcome, snapshot = greeting(feed)

    assert welcome == {
        "type": "welcome",
        "protocol": 1,
        "epoch": "run",
        "seq": 3,
        "resumed": False,
        "server_time": "2026-01-01T00:00:00.000000Z",
        "assets": "files",
    }
    assert snapshot == {"type": "snapshot", "seq": 3, "states": {"live": {"value": 3}}}


def test_an_equal_value_is_not_told_again() -> None:
    feed = Feed(epoch="run")

    assert feed.publish_state("live", Value(value=1), AT) is not None
    assert feed.publish_state("live", Value(value=1), AT) is None
    assert feed.seq == 1


def test_a_returning_page_that_missed_too_much_to_take_at_once_starts_afresh() -> None:
    feed = Feed(epoch="run", catch_up=1000)
    for value in range(100):
        feed.publish_state("live", Value(value=value), AT)

    assert {message["type"] for message in greeting(feed, Resume("run", 95))[1:]} == {"state"}
    assert [message["type"] for message in greeting(feed, Resume("run", 10))] == ["welcome", "snapshot"]


def test_a_returning_page_gets_exactly_what_it_missed() -> None:
    feed = Feed(epoch="run")
    for value in range(5):
        feed.publish_event("stream_online", Value(value=value), AT)

    welcome, *missed = greeting(feed, Resume("run", 3))

    assert welcome["resumed"] is True
    assert [message["seq"] for message in missed] == [4, 5]


def test_a_page_that_missed_nothing_gets_nothing() -> None:
    feed = Feed(epoch="run")
    feed.publish_event("stream_online", Value(value=1), AT)

    assert [message["type"] for message in greeting(feed, Resume("run", 1))] == ["welcome"]


def test_another_run_more_than_the_buffer_or_a_number_from_the_future_means_a_snapshot() -> None:
    feed = Feed(epoch="run", buffer=3)
    for value in range(10):
        feed.publish_event("stream_online", Value(value=value), AT)

    for resume in (Resume("earlier", 9), Resume("run", 6), Resume("run", 11)):
        assert [message["type"] for message in greeting(feed, resume)] == ["welcome", "snapshot"]
    assert [message["type"] for message in greeting(feed, Resume("run", 7))][1:] == ["event"] * 3


class Page:
    """What a page does with the messages, as PROTOCOL.md tells it to."""

    def __init__(self) -> None:
        self.epoch: str | None = None
        self.seq = 0
        self.states: dict[str, object] = {}
        self.events: list[int] = []
        self.connected = False

    def take(self, text: str) -> None:
        message = json.loads(text)
        match message["type"]:
            case "welcome":
                if message["epoch"] != self.epoch:
                    self.seq = 0
                self.epoch = message["epoch"]
            case "snapshot":
                self.states, self.seq = dict(message["states"]), message["seq"]
            case "state":
                assert message["seq"] == self.seq + 1
                self.states[message["topic"]], self.seq = message["data"], message["seq"]
            case "event":
                assert message["seq"] == self.seq + 1
                self.events.append(message["data"]["value"])
                self.seq = message["seq"]


class AnyInterleaving(RuleBasedStateMachine):
    """Whatever is published, dropped and resumed, and however often Companion restarts: pages agree with it."""

    pages = Bundle("pages")

    @initialize()
    def begin(self) -> None:
        self.run = 0
        self.count = 0
        self.all: list[Page] = []
        self.told: list[int] = []
        self.restart()

    @rule()
    def restart(self) -> None:
        self.run += 1
        self.feed = Feed(epoch=f"run-{self.run}", buffer=4)
        self.truth: dict[str, object] = {}
        for page in self.all:
            page.connected = False

    @rule(target=pages)
    def open_page(self) -> Page:
        page = Page()
        self.all.append(page)
        self._connect(page)
        return page

    @rule(page=pages)
    def drop(self, page: Page) -> None:
        page.connected = False

    @rule(page=pages)
    def come_back(self, page: Page) -> None:
        if not page.connected:
            self._connect(page)

    @rule(topic=st.sampled_from(["live", "now_playing"]), value=st.integers(0, 2))
    def publish_state(self, topic: str, value: int) -> None:
        text = self.feed.publish_state(topic, Value(value=value), AT)
        assert (text is None) == (self.truth.get(topic) == {"value": value})
        self.truth[topic] = {"value": value}
        self._send(text)

    @rule()
    def publish_event(self) -> None:
        self.count += 1
        self._send(self.feed.publish_event("stream_online", Value(value=self.count), AT))

    @invariant()
    def connected_pages_know_the_truth(self) -> None:
        for page in self.all:
            if page.connected:
                assert page.states == self.truth
                assert page.seq == self.feed.seq
            assert page.events == sorted(set(page.events))

    def _connect(self, page: Page) -> None:
        resume = None if page.epoch is None else Resume(page.epoch, page.seq)
        for text in self.feed.greet(resume, at=AT, assets="files"):
            page.take(text)
        page.connected = True

    def _send(self, text: str | None) -> None:
        for page in self.all:
            if text is not None and page.connected:
                page.take(text)


AnyInterleaving.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAnyInterleaving = AnyInterleaving.TestCase
