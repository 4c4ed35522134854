from __future__ import annotations

from pathlib import Path

from companion.bootstrap.storage_trouble import StorageTrouble
from tests.fakes.clock import FakeClock
from tests.unit.bootstrap.rig import running


async def test_the_notice_goes_once_something_is_written_again(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        trouble, application = rig.graph.foundation.trouble, rig.graph.application
        application.set_started()
        trouble.failed("database or disk is full")
        assert [notice.title for notice in application.snapshot().notices] == ["The disk is full."]
        assert application.snapshot().tray == "needs_you"

        trouble.recovered()

        (notice,) = application.snapshot().notices
        assert "could not store anything from" in notice.title
        assert application.snapshot().tray == "off"


def test_a_recovery_without_a_failure_says_nothing(clock: FakeClock) -> None:
    caught_up: list[str] = []
    trouble = StorageTrouble(clock=clock, catch_up=lambda: caught_up.append("once"))
    trouble.recovered()
    assert caught_up == []
