"""The picture of the raffle that window, page and chat are shown: kept in memory, never ahead of the database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from companion.kernel.instant import Clock
from companion.objects.keyboard_raffle import epochs, reads
from companion.objects.keyboard_raffle.settings import read
from companion.objects.keyboard_raffle.tables import RaffleEpochRow
from companion.ports.raffle import RaffleSettings, RaffleView, Roll
from companion.ports.transaction import Transaction
from companion.runtime.transactions import session_of


class Picture:
    """`view` is as of the last commit that was followed. `on_change` is called after each that made another of it."""

    def __init__(self, *, clock: Clock, on_change: Callable[[], None]) -> None:
        self._clock = clock
        self._on_change = on_change
        self.view = _of(None, RaffleSettings(), (), None)

    def refresh_after(self, tx: Transaction) -> None:
        """Read everything as `tx` has left it up to here, and show that once it is committed."""
        session = session_of(tx)
        session.flush()
        row = epochs.running(session) or epochs.newest(session)
        view = _of(row, read(session, self._clock.now()), reads.recent(session), reads.record(session))
        tx.after_commit(lambda: self._took(view))

    def add_after(self, tx: Transaction, row: RaffleEpochRow, roll: Roll | None) -> None:
        """The same for one more entry of the epoch `row`, without reading everything again; `roll` if it is one."""
        epoch = reads.epoch_view(row)

        def add() -> None:
            view = replace(self.view, epoch=epoch)
            if roll is not None and roll not in view.recent:  # the newest one again is nothing new
                record = roll if roll.new_record else view.record
                view = replace(view, recent=(roll, *view.recent)[: reads.RECENT], record=record)
            self._took(view)

        tx.after_commit(add)

    def _took(self, view: RaffleView) -> None:
        if view != self.view:
            self.view = view
            self._on_change()


def _of(
    row: RaffleEpochRow | None, settings: RaffleSettings, recent: tuple[Roll, ...], record: Roll | None
) -> RaffleView:
    return RaffleView(
        epoch=None if row is None else reads.epoch_view(row),
        settings=settings,
        recent=recent,
        record=record,
        wins_per_hundred=100 / settings.range,
    )
