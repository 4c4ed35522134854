"""The Achievements page: definitions, the past, unlocks, and a viewer's card."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from companion.ports.achievements import BadDefinition, Definition
from companion.ui.dialogs import Question
from companion.ui.feature_words import code_points, emoji
from companion.ui.pages.achievements import AchievementsPage
from companion.ui.widgets.definition_form import DefinitionForm, fresh_id
from tests.fakes.application import make_snapshot
from tests.ui.conftest import Desk, settle
from tests.ui.found import found


@pytest.fixture
def page(desk: Desk) -> AchievementsPage:
    desk.show(make_snapshot(), "achievements")
    return desk.window.achievements


def test_each_definition_says_what_unlocks_it(page: AchievementsPage) -> None:
    rows = [row.spoken() for row in page.definitions.list.rows.rows]
    assert rows[0].startswith("🎵, Opening Track") and "Request played" in rows[0]
    assert "First request of the stream" in rows[1]
    assert "Off" in rows[3] and "Streams attended × 50" in rows[3]


def test_a_new_one_gets_an_id_of_its_own(desk: Desk, page: AchievementsPage) -> None:
    page.new.click()
    form = found(page, DefinitionForm)
    assert not form.save.isEnabled()
    form.name.setText("First Request")
    form.text.setText("You asked")
    form.icon.setText("🎺")
    form.trigger.setCurrentIndex(form.trigger.findData("raid"))
    form.threshold.setValue(0)
    form.save.click()
    settle()
    assert desk.app.objects.achievements.saved == [
        Definition("first_request_2", "First Request", "You asked", "1f3ba", "raid", None, "cumulative")
    ]


def test_changing_keeps_what_is_not_asked(desk: Desk, page: AchievementsPage) -> None:
    page.definitions.list.choose("first_request")
    QTest.keyClick(page.definitions.list, Qt.Key.Key_Return)
    form = found(page, DefinitionForm)
    form.threshold.setValue(2)
    form.save.click()
    settle()
    (saved,) = desk.app.objects.achievements.saved
    assert (saved.id, saved.threshold, saved.builtin, saved.icon) == ("first_request", 2, True, "1f3b5")


def test_the_form_says_who_would_unlock_it_and_what_is_wrong(desk: Desk, page: AchievementsPage) -> None:
    page.definitions.list.choose("night_owl")
    page.edit.click()
    form = found(page, DefinitionForm)
    form.preview.click()
    settle()
    assert form.previewed.text().startswith("2 viewers would unlock it")
    desk.app.objects.refuse(BadDefinition("the threshold is too large"))
    form.preview.click()
    settle()
    assert form.problem.message is not None and "threshold" in form.problem.message.meaning


def test_switching_off_and_on(desk: Desk, page: AchievementsPage) -> None:
    page.definitions.list.choose("night_owl")
    assert page.switch.text() == "Switch on"
    page.switch.click()
    page.definitions.list.choose("first_request")
    page.switch.click()
    settle()
    assert [(each.id, each.enabled) for each in desk.app.objects.achievements.saved] == [
        ("night_owl", True), ("first_request", False),
    ]  # fmt: skip


def test_the_past_is_applied_after_asking(desk: Desk, page: AchievementsPage) -> None:
    page.definitions.list.choose("night_owl")
    page.give.click()
    asked = found(page, Question)
    assert "Ann" in asked.text and "not told in chat" in asked.text
    asked.confirm.click()
    settle()
    assert ("apply", "night_owl") in desk.app.requests()
    assert page.answer.message is not None and page.answer.message.title == "2 viewers unlocked it."


def test_nobody_in_the_past_is_said_without_asking(desk: Desk, page: AchievementsPage) -> None:
    desk.app.objects.achievements.would = ()
    page.definitions.list.choose("night_owl")
    page.give.click()
    settle()
    assert page.findChild(Question) is None
    assert page.answer.message is not None and page.answer.message.title.startswith("Nobody would unlock")


def test_only_the_streamers_own_are_deleted(desk: Desk, page: AchievementsPage) -> None:
    page.definitions.list.choose("first_request")
    assert not page.delete.isEnabled()
    QTest.keyClick(page.definitions.list, Qt.Key.Key_Delete)
    assert page.findChild(Question) is None
    page.definitions.list.choose("night_owl")
    QTest.keyClick(page.definitions.list, Qt.Key.Key_Delete)
    asked = found(page, Question)
    asked.confirm.click()
    settle()
    assert ("delete_achievement", "night_owl") in desk.app.requests()


def test_recent_unlocks_and_the_leaderboard_are_read_when_the_page_opens(page: AchievementsPage) -> None:
    rows = [row.spoken() for row in page.recent.list.rows.rows]
    assert "8 min ago" in rows[0] and "told in chat" in rows[0] and "perhaps told in chat" in rows[1]
    assert [row.right for row in page.board.list.rows.rows] == ["9", "8", "7", "6"]


def test_they_are_read_again_while_somebody_looks(desk: Desk, page: AchievementsPage) -> None:
    desk.app.objects.achievements.ranks.clear()
    for _ in range(15):
        page.tick(desk.app.snapshot())
    settle()
    assert page.board.empty.isVisible()


def test_a_viewer_is_looked_up(page: AchievementsPage) -> None:
    page.viewer.name.setText("@Ann")
    QTest.keyClick(page.viewer.name, Qt.Key.Key_Return)
    settle()
    assert page.viewer.summary.text() == "\u2068Ann\u2069: 1 achievement, 2 requests played in a row (at most 6)"
    assert "Unlocked" in page.viewer.list.rows.rows[0].spoken()
    assert "12 of 50" in page.viewer.list.rows.rows[1].spoken()
    page.viewer.name.setText("stranger")
    page.viewer.look.click()
    settle()
    assert page.answer.message is not None and "stranger" in page.answer.message.title


def test_icons_are_emoji_by_code_point() -> None:
    assert emoji("1f468-200d-1f3a4") == "👨‍🎤" and code_points("👨‍🎤") == "1f468-200d-1f3a4"
    assert emoji("nonsense") == "" and emoji("ffffffffff") == ""


def test_ids_speak_of_the_name() -> None:
    assert fresh_id("Night Owl!", frozenset()) == "night_owl"
    assert fresh_id("ערב", frozenset()) == "achievement"
    assert fresh_id("a", frozenset({"a", "a_2"})) == "a_3"


@pytest.mark.parametrize(
    ("row", "key", "position"), [(0, Qt.Key.Key_Down, 2), (2, Qt.Key.Key_Up, 2), (0, Qt.Key.Key_Up, None)]
)
def test_alt_with_an_arrow_moves_one(
    desk: Desk, page: AchievementsPage, row: int, key: Qt.Key, position: int | None
) -> None:
    definition = desk.app.snapshot().achievements[row]
    page.definitions.list.choose(definition.id)
    QTest.keyClick(page.definitions.list, key, Qt.KeyboardModifier.AltModifier)
    settle()
    expected = [] if position is None else [("move_achievement", definition.id, str(position))]
    assert desk.app.requests() == expected


def test_buttons_move_one_and_end_at_both_ends(desk: Desk, page: AchievementsPage) -> None:
    known = desk.app.snapshot().achievements
    assert not page.up.isEnabled() and not page.down.isEnabled()
    page.definitions.list.choose(known[0].id)
    assert not page.up.isEnabled()
    page.down.click()
    page.definitions.list.choose(known[-1].id)
    assert not page.down.isEnabled()
    page.up.click()
    settle()
    assert desk.app.requests() == [
        ("move_achievement", known[0].id, "2"),
        ("move_achievement", known[-1].id, str(len(known) - 1)),
    ]
