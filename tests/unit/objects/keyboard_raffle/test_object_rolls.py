"""Rolls: drawn once, records, what is taken back, leaderboards, the whole of it recomputed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from companion.kernel.result import Err, Ok, expect_ok
from companion.objects.keyboard_raffle import draws
from companion.objects.keyboard_raffle.backup import forget_secret_seeds
from companion.objects.keyboard_raffle.tables import RaffleEntryRow, RaffleEpochRow
from companion.ports.raffle import IdempotencyConflict, LeaderboardRow, NotAdmitted, RaffleSettings
from companion.ports.viewers import Viewer
from companion.runtime.transactions import StorageFailure
from companion.storage.engine import copy_database, open_engine
from tests.unit.objects.keyboard_raffle.stage import ANN, BEN, Stage

ZOE = Viewer("10", "zoe", "Zoë 🌊")


def losses(stage: Stage, *, count: int = 40) -> list[tuple[int, str]]:
    """Distances and ids of redemptions in the running epoch, in the order of their ids; none of them wins."""
    found = [(draws.draw_both(stage.seeds[-1], f"r-{n}", 10_000).distance, f"r-{n}") for n in range(count)]
    return [pair for pair in found if pair[0]]


async def test_a_roll_is_what_the_seed_makes_it_and_stays_that(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    wish = stage.wish()
    rolled = stage.rolled(wish)

    drawn = draws.draw_both(stage.seeds[0], "r-1", 10_000)
    assert (rolled.winning, rolled.roll, rolled.distance) == (drawn.winning, drawn.roll, drawn.distance)
    assert (rolled.entry, rolled.session_id, rolled.epoch) == (1, "session-1", 1)
    assert stage.roll(wish) == Ok(rolled)
    await stage.restart()
    assert stage.roll(wish) == Ok(rolled)
    assert stage.roll(replace(wish, viewer=BEN)) == Err(IdempotencyConflict("r-1"))
    assert stage.roll(replace(wish, viewer=replace(ANN, display_name="ANN"))) == Ok(rolled)
    assert stage.epoch.entries == 1


async def test_a_roll_that_died_with_its_transaction_is_drawn_the_same_again(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    wish = stage.wish()
    with pytest.raises(LookupError):
        stage.roll_and_fail(wish)
    assert stage.raffle.view().recent == ()
    await stage.restart()

    drawn = stage.rolled(wish)
    assert (drawn.roll, drawn.winning, drawn.entry) == stage.lost


async def test_only_a_strictly_closer_loss_is_a_record(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    best: int | None = None
    for distance, redemption_id in losses(stage):
        rolled = stage.rolled(stage.wish(redemption_id))
        assert rolled.new_record == (best is None or distance < best)
        best = distance if best is None else min(best, distance)
    record = stage.raffle.view().record
    assert record is not None
    assert record.distance == best
    stage.take_back(record.redemption_id)
    second = stage.raffle.view().record
    assert second is not None
    assert second.distance == sorted(distance for distance, _ in losses(stage))[1]


async def test_a_tie_is_no_record(stage: Stage) -> None:
    expect_ok(await stage.raffle.set_settings(RaffleSettings(range=3)))
    await stage.online()
    await stage.open()
    rolls = [stage.rolled(stage.wish(f"r-{n}")) for n in range(60)]

    ones = [roll for roll in rolls if roll.distance == 1]
    assert len(ones) > 10
    assert [roll.new_record for roll in ones] == [True] + [False] * (len(ones) - 1)
    assert any(roll.won for roll in rolls)
    assert not any(roll.won and roll.new_record for roll in rolls)


async def test_what_was_taken_back_is_never_drawn_again(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    stage.rolled(stage.wish())
    stage.take_back("r-1")
    stage.take_back("r-1")
    stage.take_back("unknown")

    assert stage.roll(stage.wish()) == Err(NotAdmitted("taken_back"))
    assert stage.epoch.entries == 2
    assert stage.raffle.view().recent == ()
    assert expect_ok(await stage.raffle.get_viewer("2")) is None


@pytest.mark.expected_logs("before the raffle ever had an epoch")
async def test_a_refund_is_an_entry_and_decides(stage: Stage) -> None:
    stage.refuse(stage.wish("r-0"))  # no epoch yet: nothing to note it in
    await stage.online()
    await stage.open()
    stage.refuse(stage.wish())
    stage.refuse(stage.wish())
    assert stage.roll(stage.wish()) == Err(NotAdmitted("refused"))
    stage.rolled(stage.wish("r-2"))
    stage.refuse(stage.wish("r-2"))
    await stage.end()

    (verdict,) = expect_ok(await stage.raffle.verify()).epochs
    assert (verdict.entries, verdict.rolls, verdict.refunds, verdict.problems) == (2, 1, 1, ())


async def test_leaderboards_and_their_ties(stage: Stage) -> None:
    expect_ok(await stage.raffle.set_settings(RaffleSettings(range=2)))
    await stage.online()
    await stage.open()
    rolls = [stage.rolled(stage.wish(f"r-{n}", viewer)) for n in range(4) for viewer in [(ANN, BEN, ZOE)[n % 3]]]
    more = stage.rolled(stage.wish("r-9", replace(ANN, display_name="Ann Ew")))
    mine = [*(roll for roll in rolls if roll.viewer == ANN), more]
    wins = sum(roll.won for roll in mine)

    assert expect_ok(await stage.raffle.get_viewer("2")) == LeaderboardRow(
        replace(ANN, display_name="Ann Ew"), 3, wins, 1 if wins < 3 else None
    )
    by_rolls = expect_ok(await stage.raffle.get_leaderboard("rolls"))
    assert [row.viewer.user_id for row in by_rolls] == ["2", "10", "3"]
    by_wins = expect_ok(await stage.raffle.get_leaderboard("wins"))
    assert [(-row.wins, row.viewer.user_id) for row in by_wins] == sorted(
        (-row.wins, row.viewer.user_id) for row in by_wins
    )
    closest = expect_ok(await stage.raffle.get_leaderboard("closest"))
    assert [(row.closest is None, row.viewer.user_id) for row in closest] == sorted(
        (row.closest is None, row.viewer.user_id) for row in closest
    )
    assert len(expect_ok(await stage.raffle.get_leaderboard("closest", limit=1))) == 1


async def test_by_the_closest_loss_the_smallest_distance_comes_first(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    distances: dict[str, int] = {}
    for number in range(12):
        viewer = Viewer(str(number % 6 + 1), f"viewer{number % 6}", f"Viewer {number % 6}")
        rolled = stage.rolled(stage.wish(f"r-{number}", viewer))
        assert not rolled.won
        distances[viewer.user_id] = min(rolled.distance, distances.get(viewer.user_id, 10_000))
    expected = sorted(distances, key=lambda user_id: distances[user_id])
    assert expected not in (sorted(distances), sorted(distances, reverse=True))  # or ids alone would do

    closest = expect_ok(await stage.raffle.get_leaderboard("closest"))
    assert [row.viewer.user_id for row in closest] == expected
    assert [row.closest for row in closest] == sorted(distances.values())


async def test_as_many_wins_go_by_viewer_id_whatever_else_was_rolled(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    for number, viewer in enumerate((BEN, BEN, BEN, ZOE, ANN, ANN)):
        assert not stage.rolled(stage.wish(f"r-{number}", viewer)).won
    ranks = expect_ok(await stage.raffle.get_leaderboard("wins"))
    assert [(row.viewer.user_id, row.wins, row.rolls) for row in ranks] == [("10", 0, 1), ("2", 0, 2), ("3", 0, 3)]


async def test_everybody_stands_there_under_the_newest_name(stage: Stage) -> None:
    """Also who has a new name and has not rolled since."""
    await stage.online()
    await stage.open()
    stage.rolled(stage.wish("r-1", ANN))
    stage.names[ANN.user_id] = renamed = replace(ANN, login="annabel", display_name="Annabel")
    (row,) = expect_ok(await stage.raffle.get_leaderboard())
    assert row.viewer == renamed
    mine = expect_ok(await stage.raffle.get_viewer(ANN.user_id))
    assert mine is not None and mine.viewer == renamed


async def test_more_entries_than_are_read_at_once_are_verified(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    with stage.rig.transactions.begin() as tx:
        for number in range(600):
            expect_ok(stage.raffle.record_roll_in(tx, stage.wish(f"r-{number}")))
    running = expect_ok(await stage.raffle.verify(1))
    assert running.sound
    assert "not revealed yet" in running.not_proven[0]
    assert expect_ok(await stage.raffle.verify()).epochs == ()
    await stage.end()

    stage.take_back("r-7")
    verified = expect_ok(await stage.raffle.verify())
    assert verified.sound
    assert (verified.epochs[0].entries, verified.epochs[0].revealed) == (601, True)
    assert "1 entries (points given back) were added after the seed was revealed" in verified.not_proven[0]


@pytest.mark.expected_logs("storage failed")
async def test_the_database_refuses_numbers_that_do_not_follow(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    stage.rolled(stage.wish())
    changes: list[dict[str, object]] = [
        {"distance": 1},
        {"won": True},
        {"roll": 10_001},
        {"winning": 0},
        {"kind": "void"},
    ]
    for stored in changes:
        with pytest.raises(StorageFailure) as refused, stage.rig.transactions.begin() as tx:
            tx.session.execute(update(RaffleEntryRow).values(**stored))
        assert isinstance(refused.value.__cause__, IntegrityError)


async def test_a_backup_of_a_running_epoch_holds_no_seed(stage: Stage, tmp_path: Path) -> None:
    await stage.online("A")
    await stage.open()
    stage.rolled(stage.wish())
    await stage.end("A")
    await stage.online("B")
    await stage.open()
    stage.rolled(stage.wish("r-2"))
    copy = tmp_path / "copy.db"
    copy_database(stage.path, copy, cleanse=forget_secret_seeds)

    content = copy.read_bytes()
    revealed, secret = (seed.hex().encode() for seed in stage.seeds)
    assert revealed in content
    assert secret not in content
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("copy.db.", "companion.db.c"))]
    engine = open_engine(copy)
    with Session(engine) as session:
        assert session.scalars(select(RaffleEpochRow.seed).order_by(RaffleEpochRow.number)).all() == [
            revealed.decode(),
            None,
        ]
    engine.dispose()


@pytest.mark.expected_logs("was lost with a restored backup")
async def test_an_epoch_restored_without_its_seed_is_closed_and_said_so(stage: Stage) -> None:
    await stage.online()
    await stage.open()
    stage.rolled(stage.wish())
    with stage.rig.transactions.begin() as tx:
        forget_secret_seeds(tx.session)
    await stage.restart()

    assert stage.voice.said[1] == "Raffle 1 is over, 1 entry. Its seed was lost, so its rolls cannot be checked."
    assert (stage.epoch.number, stage.epoch.state) == (2, "opening")
    verified = expect_ok(await stage.raffle.verify())
    assert not verified.sound
    assert "the seed is lost" in verified.epochs[0].problems[0]
    await stage.restart()
    assert len([text for text in stage.voice.said if "lost" in text]) == 1
