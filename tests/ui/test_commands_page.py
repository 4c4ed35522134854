"""The Commands page: the catalogue, its form with a live preview, values and counters."""

from __future__ import annotations

from datetime import timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from companion.application.features import FeatureView
from companion.ports.chat_commands import NameTaken, ValueShared
from companion.ports.raids import RaidSettings
from companion.ui.dialogs import Question
from companion.ui.pages.commands import CommandsPage
from companion.ui.widgets.command_form import CommandForm, ValueForm
from companion.ui.widgets.raids_card import RaidForm
from tests.fakes.application import make_snapshot
from tests.ui.conftest import Desk, settle
from tests.ui.found import found


@pytest.fixture
def page(desk: Desk) -> CommandsPage:
    desk.show(make_snapshot(), "commands")
    return desk.window.commands


def names(page: CommandsPage) -> list[str]:
    return [row.key for row in page.list.list.rows.rows]


@pytest.mark.parametrize(
    "sought,found",
    [("", 6), ("!soc", 1), ("WHEN", 1), ("drink", 1), ("moderators", 1), ("zzz", 0)],
)
def test_the_filter_looks_at_names_aliases_and_texts(page: CommandsPage, sought: str, found: int) -> None:
    page.filter.setText(sought)
    assert len(names(page)) == found
    assert page.list.empty.isVisible() == (found == 0)


def test_a_new_command_shows_its_reply_while_it_is_typed(desk: Desk, page: CommandsPage) -> None:
    page.new.click()
    form = found(page, CommandForm)
    assert not form.save.isEnabled() and not form.value_of.isVisible()
    form.name.setText("!Hug")
    form.template.setText("{user} hugs {target}")
    assert form.shown.text() == "“Ann hugs Bo”" and form.save.isEnabled()
    form.template.setText("{user} hugs {everybody}")
    assert "everybody" in form.shown.text() and not form.save.isEnabled()
    form.template.setText("hugs")
    form.aliases.setText("!cuddle, squeeze")
    form.own_cooldown.setValue(9)
    form.save.click()
    settle()
    (saved,) = desk.app.objects.commands.saved
    assert (saved.name, saved.kind, saved.aliases, saved.value_of) == ("hug", "static", ("cuddle", "squeeze"), None)
    assert saved.viewer_cooldown == timedelta(seconds=9)
    assert desk.app.requests() == [("create", "hug")]


def test_a_counter_keeps_its_own_count_unless_it_shares_one(desk: Desk, page: CommandsPage) -> None:
    page.new.click()
    form = found(page, CommandForm)
    form.kind.setCurrentIndex(2)
    assert form.value_of.isVisible()
    form.name.setText("falls")
    form.template.setText("{count} falls")
    assert form.command().value_of == "falls"
    form.value_of.setText("deaths")
    assert form.command().value_of == "deaths"


def test_a_built_in_one_keeps_what_it_does(desk: Desk, page: CommandsPage) -> None:
    page.list.list.choose("song")
    QTest.keyClick(page.list.list, Qt.Key.Key_Return)
    form = found(page, CommandForm)
    form.role.setCurrentIndex(1)
    form.save.click()
    settle()
    (saved,) = desk.app.objects.commands.saved
    assert (saved.name, saved.kind, saved.computed, saved.role, saved.builtin) == (
        "song", "computed", "song", "subscriber", True,
    )  # fmt: skip


def test_a_taken_name_is_said_in_the_form(desk: Desk, page: CommandsPage) -> None:
    desk.app.objects.refuse(NameTaken("song"))
    page.list.list.choose("lurk")
    page.edit.click()
    form = found(page, CommandForm)
    form.save.click()
    settle()
    assert form.isVisible() and form.problem.message is not None and "!song already" in form.problem.message.title


def test_switching(desk: Desk, page: CommandsPage) -> None:
    page.list.list.choose("socials")
    assert page.switch.text() == "Switch on"
    page.switch.click()
    settle()
    assert desk.app.objects.commands.saved[0].enabled


@pytest.mark.parametrize(
    "name,words",
    [("hydrate", "What it counted or showed is deleted with it."), ("lurk", "stays deleted after updates")],
)
def test_deleting_asks_and_names_what_is_lost(desk: Desk, page: CommandsPage, name: str, words: str) -> None:
    page.list.list.choose(name)
    QTest.keyClick(page.list.list, Qt.Key.Key_Delete)
    asked = found(page, Question)
    assert words in asked.text
    asked.confirm.click()
    settle()
    assert desk.app.requests() == [("delete", name)]


def test_a_shared_value_is_not_lost(desk: Desk, page: CommandsPage) -> None:
    desk.app.objects.refuse(ValueShared("hydrate", ("sip",)))
    page.list.list.choose("hydrate")
    page.delete.click()
    asked = found(page, Question)
    asked.confirm.click()
    settle()
    assert page.answer.message is not None and "!sip" in page.answer.message.title


@pytest.mark.parametrize("value,text", [("hydrate", "43"), ("schedule", "Sunday")])
def test_values_and_counters_are_set(desk: Desk, page: CommandsPage, value: str, text: str) -> None:
    page.values.list.choose(value)
    QTest.keyClick(page.values.list, Qt.Key.Key_Return)
    form = found(page, ValueForm)
    form.count.setValue(43)
    form.value.setText("Sunday")
    form.save.click()
    settle()
    assert desk.app.requests() == [("set_value", value, text)]


def test_the_selection_goes_with_what_is_left(desk: Desk, page: CommandsPage) -> None:
    page.list.list.choose("skip")
    desk.show(make_snapshot(commands=()))
    assert page.current() is None and not page.edit.isVisible()
    desk.show(make_snapshot())
    page.list.list.choose("skip")
    assert page.list.list.menu_of is not None
    assert [entry.label for entry in page.list.list.menu_of("skip")] == ["Change…", "Switch off", "Delete…"]


# Raids


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (RaidSettings(), "Every raid is thanked in chat and gets Twitch's shout-out."),
        (RaidSettings(5, shout_out=False), "A raid of 5 viewers or more is thanked in chat."),
    ],
)
def test_what_a_raid_gets_is_said_in_a_sentence(desk: Desk, settings: RaidSettings, said: str) -> None:
    desk.app.objects.raids.settings = settings
    desk.show(make_snapshot(), "commands")
    card = desk.window.commands.raids
    assert card.rule.text() == said
    assert ("Shout-outs under Accounts" in card.hint.text()) == settings.shout_out


def test_with_the_permission_there_is_no_hint(desk: Desk) -> None:
    allowed = (FeatureView("shoutouts", on=True, granted=True, missing=False),)
    desk.show(make_snapshot(features=allowed), "commands")
    assert not desk.window.commands.raids.hint.isVisible()


def test_raids_are_changed_in_a_form(desk: Desk) -> None:
    desk.show(make_snapshot(), "commands")
    desk.window.commands.raids.change.click()
    form = found(desk.window.commands, RaidForm)
    form.minimum.setValue(12)
    form.shout_out.setChecked(False)
    form.save.click()
    settle()
    assert desk.app.requests() == [("set_raids", "12", "False")]
