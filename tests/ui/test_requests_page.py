"""The Requests page: order, removal, approval, blocking, history, rules and rewards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from PySide6.QtCore import QMimeData, QModelIndex, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu

from companion.ports.failures import NoActiveDevice
from companion.ports.rewards import RewardSettings
from companion.ports.song_queue import BadSettings, CannotWithdraw
from companion.ports.song_rules import MOST_QUEUED, Block, QueueSettings, SourceRules
from companion.ui.dialogs import Question
from companion.ui.pages.requests import RequestsPage
from companion.ui.widgets.form import Form
from companion.ui.widgets.queue_settings_form import QueueSettingsForm
from companion.ui.widgets.rewards_card import PausesForm, RewardForm
from tests.fakes.application import make_snapshot
from tests.fakes.show import (
    ANN,
    EMPTY_QUEUE,
    SONGS,
    TROUBLED_REWARDS,
    make_queue,
    make_rewards,
    request,
)  # fmt: skip
from tests.ui.conftest import Desk, settle
from tests.ui.found import found


@pytest.fixture
def page(desk: Desk) -> RequestsPage:
    desk.show(make_snapshot(), "requests")
    desk.window.activateWindow()
    settle()
    return desk.window.requests


def test_the_queue_shows_order_viewer_source_wait_and_state(page: RequestsPage) -> None:
    rows = [row.spoken() for row in page.queue.list.rows.rows]
    assert len(rows) == 5
    assert rows[0].startswith("1, ") and "In Spotify" in rows[0] and "in about 2 min" in rows[0]
    assert rows[1].startswith("2, ") and "Nine Windows" in rows[1] and "Ann" in rows[1] and "with points" in rows[1]
    assert "in chat" in rows[2] and "6 min ago" in rows[2] and "Waiting" in rows[2]
    assert "Asks for your yes" in rows[4]


def test_what_plays_names_its_requester(desk: Desk, page: RequestsPage) -> None:
    assert page.now.title.whole() == "Lantern Season"
    assert "שרה_הקטנה" in page.now.requester.text()
    assert [label.whole() for label in page.now.next if label.isVisible()] == [
        "\u2068Tin Parade\u2069 – \u2068Marrow & Pine\u2069"
    ]
    desk.show(make_snapshot(queue=EMPTY_QUEUE), "requests")
    assert page.now.title.whole() == "Nothing plays" and not page.skip.isEnabled()
    assert "Viewers ask with the reward" in page.queue.empty.text() and page.queue.empty.isVisible()


def test_why_nothing_is_handed_over_is_said(desk: Desk, page: RequestsPage) -> None:
    assert not page.queue.reason.isVisible()
    desk.show(make_snapshot(queue=make_queue(problem=NoActiveDevice())), "requests")
    assert "Press play in Spotify" in page.queue.reason.text()
    desk.show(make_snapshot(queue=make_queue(paused_reason="You are not live.")), "requests")
    assert page.queue.reason.text() == "You are not live."


@pytest.mark.parametrize(
    "key,step,expected",
    [
        ("redemption-2", Qt.Key.Key_Up, ("reorder", "redemption-2", "2")),
        ("redemption-2", Qt.Key.Key_Down, ("reorder", "redemption-2", "4")),
        ("redemption-1", Qt.Key.Key_Up, None),
        ("redemption-3", Qt.Key.Key_Down, None),
        ("redemption-9", Qt.Key.Key_Down, None),
    ],
)
def test_alt_and_an_arrow_move_a_waiting_request(
    desk: Desk, page: RequestsPage, key: str, step: Qt.Key, expected: tuple[str, ...] | None
) -> None:
    page.queue.list.choose(key)
    QTest.keyClick(page.queue.list, step, Qt.KeyboardModifier.AltModifier)
    settle()
    assert desk.app.requests() == ([expected] if expected is not None else [])


@pytest.mark.parametrize("row,position", [(1, 2), (4, 4), (2, 2), (-1, 4), (0, 2)])
def test_a_request_can_be_dragged(desk: Desk, page: RequestsPage, row: int, position: int) -> None:
    model = page.queue.list.rows
    data = model.mimeData([model.index(2)]) if row in {1, 0} else model.mimeData([model.index(1)])
    moved = "redemption-2" if row in {1, 0} else "redemption-1"
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, row, 0, QModelIndex())
    settle()
    assert desk.app.requests() == [("reorder", moved, str(position))]
    assert not model.dropMimeData(QMimeData(), Qt.DropAction.MoveAction, 0, 0, QModelIndex())


def test_only_waiting_requests_can_be_dragged(page: RequestsPage) -> None:
    model = page.queue.list.rows
    draggable = [bool(model.flags(model.index(row)) & Qt.ItemFlag.ItemIsDragEnabled) for row in range(5)]
    assert draggable == [False, True, True, True, False]


def test_delete_asks_once_and_names_what_is_lost(desk: Desk, page: RequestsPage) -> None:
    page.queue.list.choose("redemption-1")
    QTest.keyClick(page.queue.list, Qt.Key.Key_Delete)
    asked = found(page, Question)
    assert "go back to \u2068Ann\u2069" in asked.text and desk.app.requests() == []
    asked.confirm.click()
    settle()
    assert desk.app.requests() == [("remove", "redemption-1", "the streamer")]


def test_an_undecided_request_promises_no_more_than_can_be_kept(desk: Desk, page: RequestsPage) -> None:
    unclear = request(6, ANN, state="undecided", position=None)
    desk.show(make_snapshot(queue=make_queue(requests=(unclear,))), "requests")
    page.queue.list.choose(unclear.id)
    page.queue.remove.click()
    assert "go back to \u2068Ann\u2069; if that cannot be done" in found(page, Question).text


def test_a_request_out_of_chat_costs_nothing(page: RequestsPage) -> None:
    page.queue.list.choose("redemption-2")
    page.queue.remove.click()
    assert "no points are lost" in found(page, Question).text


def test_what_spotify_has_cannot_be_removed(desk: Desk, page: RequestsPage) -> None:
    page.queue.list.choose("redemption-9")
    assert not page.queue.remove.isEnabled() and not page.queue.up.isEnabled()
    QTest.keyClick(page.queue.list, Qt.Key.Key_Delete)
    assert page.findChild(Question) is None
    desk.app.objects.refuse(CannotWithdraw("redemption-1"))
    page.queue.list.choose("redemption-1")
    page.queue.remove.click()
    found(page, Question).confirm.click()
    settle()
    assert page.answer.message is not None and "Spotify's queue already" in page.answer.message.title


def test_removing_what_the_dashboard_fulfilled_promises_no_points(desk: Desk, page: RequestsPage) -> None:
    desk.show(make_snapshot(queue=make_queue(requests=(request(1, ANN, points_spent=True),))), "requests")
    page.queue.list.choose("redemption-1")
    page.queue.remove.click()
    asked = found(page, Question)
    assert "\u2068Ann\u2069 gets no points back" in asked.text and "go back" not in asked.text


def test_enter_lets_in_and_refusing_asks(desk: Desk, page: RequestsPage) -> None:
    page.queue.list.choose("redemption-4")
    assert page.queue.approve.isVisible() and not page.queue.remove.isVisible()
    QTest.keyClick(page.queue.list, Qt.Key.Key_Return)
    settle()
    page.queue.refuse.click()
    found(page, Question).confirm.click()
    settle()
    assert desk.app.requests() == [("approve", "redemption-4", "True"), ("approve", "redemption-4", "False")]


def test_skipping(desk: Desk, page: RequestsPage) -> None:
    page.skip.click()
    settle()
    assert desk.app.requests() == [("skip",)]


def test_the_menu_blocks_song_artist_and_viewer(desk: Desk, page: RequestsPage) -> None:
    page.queue.list.choose("redemption-1")
    page.queue.block.click()
    menu = found(page.queue.list, QMenu)
    for action in menu.actions():
        action.trigger()
    settle()
    assert desk.app.objects.queue.blocked == [
        Block("track", SONGS[1].id, "Nine Windows"),
        Block("artist", "the paper boats", "The Paper Boats"),
        Block("viewer", ANN.user_id, "Ann"),
    ]
    assert page.answer.message is not None and "Undo it under Blocked" in page.answer.message.title
    menu.close()


def test_the_row_menu_offers_what_the_state_allows(desk: Desk, page: RequestsPage) -> None:
    page.queue.list.choose("redemption-3")
    assert page.queue.list.menu_of is not None
    entries = {entry.label: entry for entry in page.queue.list.menu_of("redemption-3")}
    assert entries["Play next"].enabled and entries["Remove…"].enabled
    entries["Play next"].action()
    settle()
    assert desk.app.requests() == [("reorder", "redemption-3", "2")]
    page.queue.list.choose("redemption-9")
    assert not any(entry.enabled for entry in page.queue.list.menu_of("redemption-9")[:4])


def test_letters_find_a_request(page: RequestsPage) -> None:
    page.queue.list.choose("redemption-9")
    page.queue.list.keyboardSearch("sal")
    assert page.queue.list.current_key() == "redemption-2"
    page.queue.list.keyboardSearch("t on")
    assert page.queue.list.current_key() == "redemption-2"


def test_the_selection_stays_on_its_request_when_the_queue_moves(desk: Desk, page: RequestsPage) -> None:
    page.queue.list.choose("redemption-2")
    desk.show(make_snapshot(queue=make_queue(requests=(request(2, ANN, position=1), request(1, ANN, position=2)))))
    assert page.queue.list.current_key() == "redemption-2"
    desk.show(make_snapshot(queue=make_queue(requests=(request(1, ANN),))))
    assert page.queue.list.current_key() == "redemption-1"


# ---- history and blocks ----------------------------------------------------------------------------------------------


def test_history_is_turned_page_by_page(desk: Desk, page: RequestsPage) -> None:
    page.tabs.choices.press(1)
    settle()
    history = page.history
    assert history.place.text() == "1–25 of 57" and not history.newer.isEnabled()
    assert "Skipped" in history.songs.list.rows.rows[1].spoken()
    history.older.click()
    settle()
    history.older.click()
    settle()
    assert history.place.text() == "51–57 of 57" and not history.older.isEnabled()
    assert len(history.tracks.list.rows.rows) == 5 and len(history.requesters.list.rows.rows) == 4
    desk.app.objects.queue.played.clear()
    page.reload()
    settle()
    assert history.offset == 0 and history.songs.empty.isVisible()


def test_viewers_are_blocked_by_name_and_allowed_again(desk: Desk, page: RequestsPage) -> None:
    page.tabs.choices.press(2)
    settle()
    assert page.blocks.empty.isVisible()
    page.blocks.name.setText("@ann")
    QTest.keyClick(page.blocks.name, Qt.Key.Key_Return)
    settle()
    assert [row.title for row in page.blocks.list.rows.rows] == ["\u2068Ann\u2069"]
    page.blocks.list.choose("viewer:201")
    QTest.keyClick(page.blocks.list, Qt.Key.Key_Delete)
    settle()
    assert desk.app.objects.queue.blocked == []
    page.blocks.name.setText("stranger")
    page.blocks.add.click()
    settle()
    assert page.answer.message is not None and "stranger" in page.answer.message.title


# ---- rules and rewards -----------------------------------------------------------------------------------------------


def test_rules_are_saved_for_each_source_and_role(desk: Desk, page: RequestsPage) -> None:
    page.rules.click()
    form = found(page, Form)
    assert isinstance(form, QueueSettingsForm)
    form.hand_over.setCurrentIndex(1)
    form.approval.setChecked(True)
    limits = form.limits
    assert limits.cap.maximum() == MOST_QUEUED
    limits.cap.setValue(12)
    limits.at_once.setValue(1)
    limits.source.setCurrentIndex(1)
    limits.role.setCurrentIndex(2)
    assert (limits.at_once.value(), limits.cap.value(), limits.again.value()) == (3, 50, 30)
    limits.at_once.setValue(0)
    limits.cooldown.setValue(5)
    limits.again.setValue(0)
    limits.live_only.setChecked(False)
    form.save.click()
    settle()
    saved = desk.app.objects.queue.settings
    assert (saved.hand_over, saved.needs_approval) == ("late", True)
    assert saved.rules["reward"]["everyone"] == SourceRules(most_at_once=1, queue_cap=12)
    assert saved.rules["command"]["vip"] == SourceRules(
        most_at_once=None, cooldown=timedelta(minutes=5), duplicate_window=timedelta(0), live_only=False
    )
    assert saved.rules["command"]["everyone"] == saved.rules["reward"]["vip"] == SourceRules()
    assert page.findChild(Form) is None


def test_the_shown_limits_can_be_used_for_everybody(desk: Desk, page: RequestsPage) -> None:
    page.rules.click()
    form = found(page, Form)
    assert isinstance(form, QueueSettingsForm)
    limits = form.limits
    assert (limits.for_all.text(), limits.for_all.isEnabled()) == ("Same for all", False)
    limits.role.setCurrentIndex(1)
    limits.longest.setValue(4)
    limits.role.setCurrentIndex(3)
    limits.cap.setValue(20)
    assert (limits.for_all.text(), limits.for_all.isEnabled()) == ("Use for all", True)
    limits.for_all.click()
    assert (limits.for_all.text(), limits.for_all.isEnabled()) == ("Same for all", False)
    limits.source.setCurrentIndex(1)
    assert (limits.cap.value(), limits.longest.value()) == (20, 10)
    limits.explicit.setChecked(False)
    assert limits.for_all.isEnabled()
    form.save.click()
    settle()
    rules = desk.app.objects.queue.settings.rules
    own = rules["command"].pop("moderator")  # type: ignore[attr-defined]  # a dict, as the form made it
    assert own == SourceRules(queue_cap=20, explicit_allowed=False)
    assert {each for roles in rules.values() for each in roles.values()} == {SourceRules(queue_cap=20)}


def test_what_a_form_of_minutes_cannot_show_is_kept_to_the_second(desk: Desk, page: RequestsPage) -> None:
    odd = SourceRules(
        cooldown=timedelta(seconds=90), longest=timedelta(hours=5), duplicate_window=timedelta(seconds=20)
    )
    rules = {"reward": {"everyone": odd, "vip": replace(odd, queue_cap=9)}}
    before = QueueSettings(rules=rules, refund_after=timedelta(seconds=100)).complete()  # type: ignore[arg-type]  # str
    desk.app.objects.queue.settings = before
    page.rules.click()
    form = found(page, Form)
    assert isinstance(form, QueueSettingsForm)
    limits = form.limits
    assert (limits.cooldown.value(), limits.longest.value(), limits.again.value()) == (2, 180, 1)
    limits.at_once.setValue(5)
    for role in (1, 2, 0):
        limits.role.setCurrentIndex(role)
    form.save.click()
    settle()
    changed = {**before.rules["reward"], "everyone": replace(odd, most_at_once=5)}
    assert desk.app.objects.queue.settings == replace(before, rules={**before.rules, "reward": changed})


def test_refused_rules_keep_the_form_open(desk: Desk, page: RequestsPage) -> None:
    desk.app.objects.refuse(BadSettings("that cannot be"))
    page.rules.click()
    form = found(page, Form)
    form.save.click()
    settle()
    assert form.isVisible() and form.problem.message is not None
    assert form.problem.message.meaning == "That cannot be." and form.save.isEnabled()
    form.cancel.click()
    settle()
    assert page.findChild(Form) is None


def test_a_reward_is_changed(desk: Desk, page: RequestsPage) -> None:
    page.rewards.rows["song_request"].edit.click()
    form = found(page, Form)
    assert isinstance(form, RewardForm)
    form.cost.setValue(750)
    form.switched_on.setChecked(False)
    form.save.click()
    settle()
    ((use, spec, on),) = desk.app.objects.rewards.saved
    assert (use, spec.cost, spec.title, spec.input_required, on) == ("song_request", 750, "Request a song", True, False)


def test_when_rewards_pause_is_a_setting(desk: Desk, page: RequestsPage) -> None:
    page.rewards.pauses.click()
    form = found(page, Form)
    assert isinstance(form, PausesForm)
    assert form.offline.isChecked() and form.unable.isChecked()
    form.offline.setChecked(False)
    form.save.click()
    settle()
    assert desk.app.objects.rewards.settings == RewardSettings(pause_offline=False)


def test_rewards_tell_their_trouble_and_are_made(desk: Desk, page: RequestsPage) -> None:
    assert page.rewards.rows["song_request"].state.text() == "Open"
    assert page.rewards.rows["raffle"].state.text() == "Switched off"
    assert not page.rewards.rows["raffle"].make.isVisible()
    desk.show(make_snapshot(rewards=TROUBLED_REWARDS), "requests")
    row = page.rewards.rows["song_request"]
    assert row.trouble.text() == "Another reward has this title already." and row.make.isVisible()
    assert page.rewards.rows["raffle"].state.text() == "Paused"
    row.make.click()
    settle()
    assert desk.app.requests() == [("synchronise",)]


def test_without_channel_points_chat_is_offered(desk: Desk, page: RequestsPage) -> None:
    desk.show(make_snapshot(rewards=make_rewards(available=False)), "requests")
    assert "Viewers can use chat" in page.rewards.reason.text()
    assert not page.rewards.rows["raffle"].isVisible() and not page.rewards.pauses.isVisible()
