"""No text is cut off: small window, larger scales, longer languages, in every state."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from companion.application.messages import Message
from companion.application.sign_in_states import (
    ConfirmAccount,
    Failed,
    Finished,
    SignInState,
    WaitingForBrowser,
    WaitingForCode,
)
from companion.application.snapshots import AppSnapshot, Mend
from companion.kernel.redacted import Redacted
from companion.ports.chat_commands import Command
from companion.ports.hold import HoldState
from companion.ports.tokens import Provider
from companion.ports.vault import VaultLocked
from companion.ui.dialogs import ask, tell
from companion.ui.main_window import MainWindow
from companion.ui.quit_dialog import QuitDialog
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import Form
from companion.ui.widgets.list_card import ListCard
from tests.fakes.application import (
    NOW,
    TWITCH_ACCOUNT,
    lamp,
    make_overlays,
    make_picture,
    make_snapshot,
    make_status,
    make_track,
    offline_stream,
    playing,
    signed_out,
)
from tests.fakes.show import (
    ANN,
    EMPTY_QUEUE,
    EMPTY_RAFFLE,
    TROUBLED_REWARDS,
    make_definition,
    make_needs,
    make_queue,
    make_rewards,
    request,
)
from tests.ui.conftest import Desk, settle
from tests.ui.fit import Stretcher, beyond_edges, cut_texts
from tests.ui.found import found

PAGES = ("live", "requests", "raffle", "achievements", "commands", "needs-you", "accounts", "overlays")
LONG = "A sentence of some length that says what happened, what it means for the stream, and what can be done now."
NOBODY = {"twitch": signed_out("twitch"), "spotify": signed_out("spotify")}
STATES: dict[str, AppSnapshot] = {
    "live": make_snapshot(demo=True, needs_you=make_needs()),
    "offline": make_snapshot(demo=True, stream=offline_stream(resume_until=NOW + timedelta(minutes=3))),
    "fresh": make_snapshot(
        demo=True, tokens=NOBODY, playback=playing(None), queue=EMPTY_QUEUE, raffle=EMPTY_RAFFLE, achievements=(),
        commands=(), values=(), rewards=make_rewards(available=False),
    ),
    "trouble": make_snapshot(
        demo=True,
        tray="needs_you",
        hold=HoldState(held=True, since=NOW, by="M" * 25),
        needs_you=make_needs(),
        rewards=TROUBLED_REWARDS,
        queue=make_queue(paused_reason=LONG),
        notices=(Message(LONG, LONG, LONG, "warn"),),
        playback=playing(make_picture(make_track(title="Ω" * 200, artists=("שרה " * 30, "🎺" * 40)))),
        tokens={
            "twitch": make_status("twitch", phase="reauthorization_required"),
            "spotify": make_status(
                "spotify",
                session_only=True,
                vault_error=VaultLocked(),
                warn_reauthorize=True,
                missing_scopes=frozenset({"user-modify-playback-state"}),
                consecutive_failures=2,
                next_attempt_at=NOW + timedelta(seconds=100),
            ),
        },
        connections=(
            lamp("twitch", "bad", "Needs sign-in", LONG, Mend("Sign in again", "sign_in_twitch")),
            lamp("eventsub", "busy", "Reconnecting", LONG, Mend("Retry now", "retry_eventsub")),
            lamp("spotify", "warn", "Session only", LONG),
            lamp("obs", "off", "Not seen", LONG),
            lamp("overlays", "bad", "Port taken", LONG, Mend("Try again", "retry_port"),
                 Mend("Move to 17801", "move_port")),
            lamp("keyring", "warn", "Locked", LONG, Mend("Retry", "retry_keyring")),
        ),
        overlays=make_overlays(urls={}, serving=False, problem=Message(LONG, LONG, LONG), move_to=17801),
    ),
}  # fmt: skip


@pytest.fixture(params=[False, True], ids=["plain", "stretched"])
def stretched_desk(request: pytest.FixtureRequest, make_desk: Callable[[], Desk]) -> Iterator[Desk]:
    translator = Stretcher() if request.param else None
    if translator is not None:
        QCoreApplication.installTranslator(translator)
    desk = make_desk()
    desk.ui.start()
    yield desk
    if translator is not None:
        QCoreApplication.removeTranslator(translator)


SIZES = {"small": (880, 560), "wide": (1280, 800)}


@pytest.mark.parametrize("size", list(SIZES))
@pytest.mark.parametrize("state", list(STATES))
def test_every_page_shows_its_whole_text(stretched_desk: Desk, state: str, size: str) -> None:
    desk = stretched_desk
    desk.show(STATES[state])
    desk.window.resize(*SIZES[size])
    wrong: list[str] = []
    for page in PAGES:
        desk.window.open_page(page)
        settle()
        if state == "trouble":
            desk.window.connections.open_panel("overlays")
            settle()
        assert (desk.window.width(), desk.window.height()) == SIZES[size]
        wrong += [f"{page}: {cut}" for cut in cut_texts(desk.window) + beyond_edges(desk.window)]
    assert wrong == []


@pytest.mark.parametrize("size", list(SIZES))
def test_every_view_of_a_page_shows_its_whole_text(stretched_desk: Desk, size: str) -> None:
    desk = stretched_desk
    desk.show(STATES["live"], "requests")
    window = desk.window
    window.resize(*SIZES[size])
    wrong: list[str] = []
    for tab in range(3):
        window.requests.tabs.choices.press(tab)
        settle()
        wrong += cut_texts(window) + beyond_edges(window)
    window.open_page("raffle")
    window.raffle.verify.click()
    settle()
    wrong += cut_texts(window) + beyond_edges(window)
    window.open_page("achievements")
    window.achievements.viewer.name.setText("ann")
    window.achievements.viewer.look.click()
    settle()
    assert wrong + cut_texts(window) + beyond_edges(window) == []


FORMS: dict[str, tuple[str, Callable[[MainWindow], Button]]] = {
    "rules": ("requests", lambda window: window.requests.rules),
    "reward": ("requests", lambda window: window.requests.rewards.rows["song_request"].edit),
    "pauses": ("requests", lambda window: window.requests.rewards.pauses),
    "raffle": ("raffle", lambda window: window.raffle.epoch.settings),
    "achievement": ("achievements", lambda window: window.achievements.new),
    "command": ("commands", lambda window: window.commands.new),
    "value": ("commands", lambda window: window.commands.set),
    "raids": ("commands", lambda window: window.commands.raids.change),
}


@pytest.mark.parametrize("name", list(FORMS))
def test_every_form_shows_its_whole_text_and_is_no_higher_than_the_smallest_window(
    stretched_desk: Desk, name: str
) -> None:
    desk = stretched_desk
    page, button = FORMS[name]
    desk.show(STATES["live"], page)
    if name == "value":
        desk.window.commands.values.list.choose("hydrate")
    button(desk.window).click()
    form = found(desk.window, Form)
    assert form.isVisible()
    assert cut_texts(form) == [] and beyond_edges(form) == []
    assert form.height() <= SIZES["small"][1]


LISTS: dict[str, Callable[[MainWindow], ListCard]] = {
    "requests": lambda window: window.requests.queue,
    "achievements": lambda window: window.achievements.definitions,
    "commands": lambda window: window.commands.list,
}


@pytest.mark.parametrize("page", list(LISTS))
def test_in_the_smallest_window_a_row_is_seen_together_with_the_buttons_for_it(desk: Desk, page: str) -> None:
    many = replace(
        STATES["live"],
        queue=make_queue(requests=tuple(request(number, ANN) for number in range(1, 30))),
        achievements=tuple(make_definition(number, id=f"number-{number}") for number in range(30)),
        commands=tuple(Command(f"command{number}", "static", template="Hello") for number in range(30)),
    )
    desk.show(many, page)
    desk.window.resize(*SIZES["small"])
    settle()
    card = LISTS[page](desk.window)
    shown = [button for button in card.findChildren(Button) if button.isVisible()]
    lowest = max(button.mapTo(desk.window, button.rect().bottomLeft()).y() for button in shown)
    assert lowest < desk.window.connections.y()


SIGN_INS: list[tuple[Provider, SignInState]] = [
    ("twitch", WaitingForCode("ABCDEFGH", Redacted("https://www.twitch.tv/activate?x=1"), NOW + timedelta(minutes=3))),
    ("twitch", Finished(TWITCH_ACCOUNT, session_only=True)),
    ("twitch", ConfirmAccount(TWITCH_ACCOUNT, replace(TWITCH_ACCOUNT, display_name="M" * 25))),
    ("twitch", Failed(Message(LONG, LONG, LONG), "client_id")),
    ("spotify", WaitingForBrowser(Redacted("https://accounts.spotify.com/authorize"), NOW + timedelta(minutes=3))),
]


@pytest.mark.parametrize("provider,state", SIGN_INS)
def test_every_state_of_a_sign_in_shows_its_whole_text(
    stretched_desk: Desk, provider: Provider, state: SignInState
) -> None:
    desk = stretched_desk
    desk.show(STATES["fresh"])
    desk.ui.open_login(provider)
    desk.app.show(replace(STATES["fresh"], sign_in={**STATES["fresh"].sign_in, provider: state}))
    login = desk.ui.logins[provider]
    login.resize(login.minimumSize())
    settle()
    assert cut_texts(login) == []
    assert beyond_edges(login) == []


@pytest.mark.parametrize("provider", ["twitch", "spotify", "twitch_bot"])
def test_every_step_of_a_guide_shows_its_whole_text(stretched_desk: Desk, provider: Provider) -> None:
    desk = stretched_desk
    desk.show(STATES["fresh"])
    desk.ui.open_login(provider)
    login = desk.ui.logins[provider]
    login.resize(login.minimumSize())
    for index in range(len(login.guide.steps)):
        login.go_to(index)
        settle()
        assert cut_texts(login) == []
        assert beyond_edges(login) == []


def test_the_question_before_quitting_shows_its_whole_text(stretched_desk: Desk) -> None:
    desk = stretched_desk
    for state in ("live", "offline"):
        desk.show(STATES[state], "live")
        dialog = QuitDialog(desk.ui.kit, desk.window, STATES[state])
        dialog.open()
        settle()
        assert cut_texts(dialog) == [] and beyond_edges(dialog) == []
        dialog.reject()
        settle()


@pytest.mark.parametrize("title", ["Short.", "Port 17855 is taken: python3 (process 23992) uses it.", LONG])
@pytest.mark.parametrize("text", ["", "A word.", LONG, f"{LONG} {LONG}"])
def test_every_message_and_question_shows_its_whole_text(make_desk: Callable[[], Desk], title: str, text: str) -> None:
    desk = make_desk()
    desk.ui.start()
    desk.show(STATES["fresh"])
    told = tell(desk.ui.kit, desk.window, Message(title, text, LONG))
    question = ask(desk.ui.kit, desk.window, title=title, text=text, verb="Do it", on_yes=lambda: None)
    settle()
    for dialog in (told, question):
        assert cut_texts(dialog) == []
        assert beyond_edges(dialog) == []


@pytest.mark.parametrize("factor", ["1.5", "2"])
def test_the_same_holds_at_larger_scales(factor: str) -> None:
    here = Path(__file__)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        f"{here}",
        "-k",
        "small and (trouble or live)",
    ]
    environment = {**os.environ, "QT_SCALE_FACTOR": factor}
    done = subprocess.run(
        command, env=environment, cwd=here.parents[2], capture_output=True, text=True, timeout=55, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout
