"""Alerts: one event each, known again by Twitch's message id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from companion.application.alerts import Alert, Alerts
from companion.objects.viewers.object import Viewers
from companion.ports.events import DomainEvent
from companion.ports.saga_params import RAID, RaidParams
from companion.ports.twitch import Cheered, Followed, Raided, Resubscribed, Subscribed, SubsGifted
from companion.ports.viewers import Viewer
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Rig
from tests.fakes.sagas import FakeStarter

ANN = Viewer("2", "ann", "Ann")


class Desk:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.viewers = Viewers(runtime=rig.runtime, streamer=lambda: "900100")
        self.sagas = FakeStarter()
        self.alerts = Alerts(viewers=self.viewers, sagas=self.sagas, bus=rig.bus)
        self.told: list[DomainEvent] = []
        rig.bus.listen(self.told.append)

    def take_in(self, alert: Alert) -> None:
        with self.rig.transactions.begin() as tx:
            self.alerts.take_in(tx, alert)


@pytest_asyncio.fixture
async def desk(tmp_path: Path, clock: FakeClock) -> AsyncIterator[Desk]:
    rig = Rig(tmp_path / "companion.db", clock)
    yield Desk(rig)
    await rig.close()


@pytest.mark.parametrize(
    ("alert", "kind", "fields"),
    [
        (Followed("m", START, ANN), "follow", {"viewer_id": "2", "viewer_name": "Ann"}),
        (Subscribed("m", START, ANN, 2, is_gift=False), "subscription", {"tier": 2, "months": 1}),
        (Resubscribed("m", START, ANN, 1, 15), "subscription", {"tier": 1, "months": 15}),
        (SubsGifted("m", START, ANN, 1, 5), "gift", {"viewer_id": "2", "count": 5}),
        (SubsGifted("m", START, None, 1, 5), "gift", {"viewer_id": None, "viewer_name": None}),
        (Cheered("m", START, ANN, 300), "cheer", {"viewer_id": "2", "bits": 300}),
        (Cheered("m", START, None, 300), "cheer", {"viewer_id": None, "bits": 300}),
        (Raided("m", START, ANN, 42), "raid", {"viewer_id": "2", "viewers": 42}),
    ],
)
async def test_one_event_however_often_it_is_told(
    desk: Desk, alert: Alert, kind: str, fields: dict[str, object]
) -> None:
    desk.take_in(alert)
    desk.take_in(alert)
    (event,) = desk.told
    assert (event.kind, event.at) == (kind, START)
    assert {name: getattr(event, name) for name in fields} == fields


async def test_a_gift_bomb_is_one_alert(desk: Desk) -> None:
    for number in range(5):
        receiver = Viewer(f"1{number}", f"v{number}", f"V{number}")
        desk.take_in(Subscribed(f"s{number}", START, receiver, 1, is_gift=True))
    desk.take_in(SubsGifted("g", START, ANN, 1, 5))
    assert [event.kind for event in desk.told] == ["gift"]
    assert desk.viewers.get("14") is not None


async def test_a_raid_starts_its_saga_once(desk: Desk) -> None:
    raid = Raided("m7", START, ANN, 42)
    desk.take_in(raid)
    desk.take_in(raid)
    assert desk.sagas.started == {"m7": (RAID, RaidParams(ANN, 42, START))}
