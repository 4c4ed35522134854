"""Domain events as pages are told of them."""

from __future__ import annotations

import json
import logging
from typing import get_args

import pytest

from companion.ports.events import DomainEvent
from companion.services.overlay.event_forms import event_data
from companion.services.overlay.hub import OverlayHub
from companion.services.overlay.wire_events import EventName
from tests.fakes.clock import FakeClock
from tests.fakes.events import CHATTED, CHEERED, EVERY_EVENT, ROLLED, UNLOCKED, changed

SHOWN = [event for event in EVERY_EVENT if event is not CHATTED]


@pytest.mark.parametrize("event", SHOWN, ids=lambda event: event.kind)
def test_every_domain_event_has_its_form(event: DomainEvent) -> None:
    form = event_data(event)

    assert form is not None
    name, data = form
    assert (name, data.event_id) == (event.kind, event.event_id)


def test_the_examples_cover_every_event_and_every_name() -> None:
    assert {type(event) for event in EVERY_EVENT} == set(get_args(DomainEvent))
    assert {event.kind for event in SHOWN} == set(get_args(EventName))


def test_chat_messages_are_no_business_of_a_page() -> None:
    assert event_data(CHATTED) is None


def sent(event: DomainEvent) -> dict[str, object]:
    form = event_data(event)
    assert form is not None
    told: dict[str, object] = json.loads(form[1].model_dump_json())
    return told


def test_a_roll_carries_what_the_page_plays() -> None:
    assert sent(ROLLED) == {
        "event_id": "rolled",
        "viewer_name": "Marlow",
        "epoch": 3,
        "roll": 4_200,
        "winning": 6_400,
        "distance": 2_200,
        "won": False,
        "new_record": False,
        "entry": 17,
        "chain": "0f" * 32,
        "prize": "eternal bragging rights",
        "session_id": "s1",
    }


def test_an_unlock_carries_what_the_card_shows() -> None:
    told = sent(UNLOCKED)

    assert (told["viewer_name"], told["name"], told["description"], told["icon"]) == (
        "Marlow", "In the Hat", "Your first raffle roll", "1f3b2",
    )  # fmt: skip


def test_an_anonymous_cheer_has_no_name() -> None:
    assert sent(changed(CHEERED, viewer_id=None, viewer_name=None)) == {
        "event_id": "cheer", "viewer_name": None, "bits": 100,
    }  # fmt: skip


def test_no_event_tells_a_page_a_user_id() -> None:
    assert [event.kind for event in SHOWN if "101" in json.dumps(sent(event))] == []


def test_the_hub_publishes_what_has_a_form_and_nothing_else(clock: FakeClock) -> None:
    hub = OverlayHub(epoch="first", clock=clock, logger=logging.getLogger("companion.test"))

    for event in EVERY_EVENT:
        before = hub._feed.seq
        hub.publish_domain_event(event)
        assert hub._feed.seq - before == (event in SHOWN), event.kind
