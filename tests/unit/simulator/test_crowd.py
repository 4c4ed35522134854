"""Who is in the channel, also after the simulator's own restart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from companion.simulator.crowd import Crowd, Viewer
from companion.simulator.ledger import Ledger
from companion.simulator.state_file import StateFile
from companion.simulator.world import World
from tests.fakes.clock import FakeClock


@contextmanager
def crowd(folder: Path, clock: FakeClock) -> Iterator[Crowd]:
    """One run of the simulator, as far as people are concerned."""
    ledger = Ledger(folder, clock)
    yield Crowd(World(file=StateFile(folder), clock=clock, seed=1), ledger)
    ledger.close()


def test_the_streamer_stays_affiliate_after_speaking_and_after_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    with crowd(tmp_path, clock) as first:
        streamer = first.streamer()
        kept = first.broadcaster_type(streamer.id)
        assert kept in ("affiliate", "partner")
        first.see(Viewer(login=streamer.login, name="LanternHARBOR"))
        assert first.broadcaster_type(streamer.id) == kept
    with crowd(tmp_path, clock) as again:
        assert again.broadcaster_type(streamer.id) == kept


def test_a_viewer_has_no_channel_points_and_keeps_the_newest_name(tmp_path: Path, clock: FakeClock) -> None:
    with crowd(tmp_path, clock) as first:
        seen = first.see(Viewer(login="ann", name="Ann"))
    with crowd(tmp_path, clock) as again:
        assert again.known(seen.id).display_name == "Ann"
        assert again.broadcaster_type(seen.id) == ""
