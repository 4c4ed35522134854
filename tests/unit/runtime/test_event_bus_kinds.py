"""A receiver hears of what it asked for, and what nobody asked for costs no delivery."""

from __future__ import annotations

from sqlalchemy import func, select

from companion.kernel.result import Ok, Result
from companion.ports.events import DomainEvent, StreamSessionEnded, StreamWentOnline
from companion.runtime.tables import OutboxDeliveryRow
from companion.runtime.transactions import session_of
from tests.fakes.clock import START
from tests.fakes.runtime import Rig, settle


async def test_a_receiver_gets_the_kinds_it_wants(rig: Rig) -> None:
    everything: list[str] = []
    wanted: list[str] = []

    async def take_all(event: DomainEvent) -> Result[None, str]:
        everything.append(event.event_id)
        return Ok(None)

    async def take_some(event: DomainEvent) -> Result[None, str]:
        wanted.append(event.event_id)
        return Ok(None)

    rig.bus.receive("all", take_all)
    rig.bus.receive("some", take_some, kinds=frozenset({"stream_online"}))
    rig.start()
    ended = StreamSessionEnded(
        event_id="ended", at=START, session_id="s", started_at=START, ended_at=START, peak_viewer_count=1
    )
    online = StreamWentOnline(
        event_id="online", at=START, session_id="s", stream_id="A", started_at=START, resumed=False
    )
    with rig.transactions.begin() as tx:
        rig.bus.add(tx, ended)
        rig.bus.add(tx, online)
    await settle()
    assert (everything, wanted) == (["ended", "online"], ["online"])
    with rig.transactions.begin() as tx:
        assert session_of(tx).scalar(select(func.count()).select_from(OutboxDeliveryRow)) == 3
