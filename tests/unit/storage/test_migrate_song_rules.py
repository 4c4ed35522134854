"""What was set for all song requests at once is set for each source and role after the update, and nothing is lost."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from companion.bootstrap.tables import METADATA
from companion.kernel.result import expect_ok
from companion.ports.song_rules import QueueSettings, SourceRules
from companion.runtime.stored_settings import read_settings
from companion.runtime.tables import SetAsideRow
from companion.storage.engine import open_engine
from companion.storage.prepare import prepare_database
from tests.fakes.clock import START, FakeClock

BEFORE: dict[str, Any] = {
    "hand_over": "late",
    "rules": {
        "reward": {
            "vip": {
                "enabled": True, "most_at_once": None, "cooldown": "PT30S", "longest": None, "explicit_allowed": False,
            }
        }
    },
    "duplicate_window": "PT1M30S",
    "queue_cap": 12,
    "live_only": False,
    "links_only": True,
    "needs_approval": True,
    "refund_after": "PT5M",
    "keep_points_of_unheard": True,
    "refund_skipped": True,
}  # fmt: skip
"""As the version before wrote it."""


class Home:
    """A data folder of the version before."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self._path = folder / "companion.db"
        self._backups = folder / "backups"
        self._clock = clock
        self.update()

    def update(self) -> None:
        expect_ok(prepare_database(self._path, backups=self._backups, metadata=METADATA, clock=self._clock))

    def as_before(self, **stored: str) -> None:
        """Revision 0008 changes no table: the one before has the same ones."""
        with closing(sqlite3.connect(self._path)) as connection, connection:
            connection.execute("UPDATE alembic_version SET version_num = '0007'")
            for name, content in stored.items():
                connection.execute("INSERT INTO object_settings VALUES (?, 1, ?)", (name, content))

    def stored(self) -> dict[str, str]:
        with closing(sqlite3.connect(self._path)) as connection:
            return dict(connection.execute("SELECT name, content FROM object_settings").fetchall())

    def settings(self) -> tuple[QueueSettings, int]:
        """As the queue reads them, and how much was set aside."""
        engine = open_engine(self._path)
        with Session(engine) as session:
            found = read_settings(session, "song_queue", QueueSettings, QueueSettings(), START)
            session.flush()
            aside = session.query(SetAsideRow).count()
        engine.dispose()
        return found, aside


@pytest.fixture
def home(tmp_path: Path, clock: FakeClock) -> Home:
    return Home(tmp_path, clock)


def test_everybody_keeps_exactly_what_was_set_for_all(home: Home) -> None:
    home.as_before(song_queue=json.dumps(BEFORE))
    home.update()
    settings, aside = home.settings()
    assert aside == 0
    kept = SourceRules(duplicate_window=timedelta(seconds=90), queue_cap=12, live_only=False)
    vips = replace(kept, most_at_once=None, cooldown=timedelta(seconds=30), longest=None, explicit_allowed=False)
    assert sorted(settings.rules) == ["command", "reward"]
    for source, roles in settings.rules.items():
        assert sorted(roles) == ["everyone", "moderator", "subscriber", "vip"]
        for role, rules in roles.items():
            assert rules == (vips if (source, role) == ("reward", "vip") else kept)
    assert settings.hand_over == "late" and settings.refund_after == timedelta(minutes=5)
    assert settings.links_only and settings.needs_approval
    assert settings.keep_points_of_unheard and settings.refund_skipped


def test_what_was_never_set_stays_at_the_defaults(home: Home) -> None:
    home.as_before()
    home.update()
    assert home.stored() == {}
    home.as_before(song_queue=json.dumps({"hand_over": "late"}))
    home.update()
    settings, aside = home.settings()
    assert (settings, aside) == (QueueSettings(hand_over="late").complete(), 0)


def test_other_settings_of_the_same_name_are_left_alone(home: Home) -> None:
    raffle = json.dumps({"range": 7, "live_only": False})
    home.as_before(keyboard_raffle=raffle, song_queue=json.dumps(BEFORE))
    home.update()
    assert home.stored()["keyboard_raffle"] == raffle


@pytest.mark.parametrize("content", ["{", "[]", '"x"', '{"rules": 5}', '{"rules": {"reward": {"vip": 3}}}'])
@pytest.mark.expected_logs("could not be read")
def test_what_nobody_can_read_is_left_for_the_queue_to_set_aside(home: Home, content: str) -> None:
    home.as_before(song_queue=content)
    home.update()
    assert home.stored()["song_queue"] == content
    assert home.settings() == (QueueSettings(), 1)
