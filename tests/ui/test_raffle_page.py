"""The Raffle page: the epoch, the odds, the boards, and the proof."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from companion.ports.failures import StorageFailed
from companion.ports.raffle import RaffleSettings
from companion.ui.pages.raffle import RafflePage
from companion.ui.widgets.raffle_epoch import RaffleForm, odds
from tests.fakes.application import make_snapshot
from tests.fakes.show import EMPTY_RAFFLE, VERIFICATION, make_raffle
from tests.ui.conftest import Desk, settle
from tests.ui.found import found


@pytest.fixture
def page(desk: Desk) -> RafflePage:
    desk.show(make_snapshot(), "raffle")
    return desk.window.raffle


def test_the_commitment_can_be_copied(page: RafflePage) -> None:
    assert page.epoch.title.text() == "Raffle 3 · 20 entries"
    page.epoch.copy.click()
    assert QGuiApplication.clipboard().text() == "9f2c4e" * 10 + "abcd"


def test_no_epoch_says_when_one_opens(desk: Desk, page: RafflePage) -> None:
    desk.show(make_snapshot(raffle=EMPTY_RAFFLE), "raffle")
    assert "One opens when you go live" in page.epoch.state.text()
    assert not page.epoch.copy.isEnabled() and not page.epoch.record.isVisible()
    assert page.rolls.empty.isVisible()


def test_rolls_say_how_far_off_and_what_it_means(page: RafflePage) -> None:
    rows = [row.spoken() for row in page.rolls.list.rows.rows]
    assert "412 away" in rows[0] and "rolled 5,412, drawn 5,000" in rows[0] and "#19 · 00000001" in rows[0]
    assert "Won" in rows[1] and "Record" in rows[2]
    assert "17 away" in page.epoch.record.text()


@pytest.mark.parametrize(
    "per_hundred,words", [(0.01, "About one win in 10,000 rolls"), (50, "About 50 wins in 100"), (0, "")]
)
def test_the_odds_are_said_in_rolls(per_hundred: float, words: str) -> None:
    assert words in odds(per_hundred) and (words or not odds(per_hundred))


def test_the_leaderboard_is_sorted_anew(desk: Desk, page: RafflePage) -> None:
    settle()
    page.sorts.press(1)
    settle()
    assert desk.app.requests()[-1] == ("leaderboard", "closest")
    assert [row.right for row in page.board.list.rows.rows] == ["3 away", "88 away", "17 away", "–"]


def test_a_new_roll_brings_the_leaderboard_up_to_date(desk: Desk, page: RafflePage) -> None:
    settle()
    before = len(desk.app.requests())
    desk.show(make_snapshot())
    assert len(desk.app.requests()) == before
    desk.show(make_snapshot(raffle=make_raffle(recent=make_raffle().recent[1:])))
    assert len(desk.app.requests()) == before + 1


def test_verifying_says_what_was_found_and_what_is_not_proven(page: RafflePage) -> None:
    page.verify.click()
    settle()
    assert page.proof.result.text().startswith("Sound: 52 rolls in 2 raffles")
    assert "1 raffle is not revealed yet" in page.proof.not_proven.text()
    assert "no redemption was withheld" in page.proof.not_proven.text()
    assert [row.state for row in page.proof.list.rows.rows] == ["Sound", "Sound", "Not revealed"]


def test_a_tampered_epoch_is_named(desk: Desk, page: RafflePage) -> None:
    broken = replace(VERIFICATION.epochs[0], problems=("Entry 7 is missing.",))
    desk.app.objects.raffle.verification = replace(VERIFICATION, epochs=(broken, *VERIFICATION.epochs[1:]), sound=False)
    page.verify.click()
    settle()
    assert page.proof.result.text().startswith("Not sound: 1 problem")
    assert "Entry 7 is missing." in page.proof.list.rows.rows[0].tooltip


def test_nothing_to_verify_is_said(desk: Desk, page: RafflePage) -> None:
    desk.app.objects.raffle.verification = replace(VERIFICATION, epochs=())
    page.verify.click()
    settle()
    assert "nothing to verify yet" in page.proof.result.text()


def test_a_failed_verification_says_why(desk: Desk, page: RafflePage) -> None:
    desk.app.objects.refuse(StorageFailed("gone"))
    page.verify.click()
    settle()
    assert page.answer.message is not None and not page.proof.result.isVisible()


def test_the_proof_of_a_revealed_epoch_is_saved(desk: Desk, page: RafflePage, tmp_path: Path) -> None:
    page.verify.click()
    settle()
    page.proof.list.choose("3")
    assert not page.proof.save.isEnabled()
    page.proof.list.choose("2")
    page.proof.save.click()
    dialog = found(page, QFileDialog)
    assert dialog.selectedFiles()[0].endswith("raffle-epoch-2.html")
    target = tmp_path / "proof.html"
    dialog.fileSelected.emit(str(target))
    dialog.reject()
    settle()
    assert target.read_text(encoding="utf-8") == desk.app.objects.raffle.page
    assert page.answer.message is not None and str(target) in page.answer.message.title
    page.proof.write(str(tmp_path / "no" / "folder.html"), "x")
    assert page.answer.message.title == "The proof page could not be saved."


def test_settings_state_the_odds_and_are_saved(desk: Desk, page: RafflePage) -> None:
    page.epoch.settings.click()
    form = found(page, RaffleForm)
    assert "one win in 10,000" in form.odds.text()
    form.range.setValue(200)
    assert "About one win in 200 rolls" in form.odds.text() and "closes the running raffle" in form.odds.text()
    form.prize.setText("a wave")
    form.by_hand.setChecked(True)
    assert form.live_only.isChecked()
    form.live_only.setChecked(False)
    form.save.click()
    settle()
    saved = RaffleSettings(200, "a wave", win_stays_open=True, live_only=False)
    assert desk.app.objects.raffle.shown.settings == saved
