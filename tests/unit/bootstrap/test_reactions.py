"""What one part does when another one changes, on the real graph over a simulator."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from companion.application.messages import Message
from companion.bootstrap.reactions import Reactions
from companion.kernel.result import Ok, expect_ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.chat_commands import Command
from companion.ports.stream import StreamStarted
from companion.ports.twitch import EventSubPhase
from companion.ports.vault import VaultLocked
from companion.services.control.changes import Changed, ChangeWatch
from companion.services.overlay.hub import Pages
from companion.simulator.people import TWITCH_PEOPLE
from companion.simulator.testing import RunningSimulator
from tests.helpers.waiting import until
from tests.unit.bootstrap.rig import Rig, make, running

LIVE = StreamStarted("stream-1", datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))


def phase(rig: Rig) -> EventSubPhase:
    return rig.graph.ears.eventsub.status().phase


async def connected(rig: Rig) -> None:
    await until(lambda: phase(rig) == "connected", what="EventSub is connected")


async def test_eventsub_lives_as_long_as_the_login(rig: Rig, simulator: RunningSimulator) -> None:
    assert phase(rig) == "off"
    await rig.sign_in("twitch")
    await connected(rig)
    assert await rig.graph.logins.twitch.sign_out() == Ok(None)
    assert phase(rig) == "off"
    assert rig.graph.ears.eventsub.status().reason == "Connects once you are signed in to Twitch."
    await rig.sign_in("twitch")
    await connected(rig)


@pytest.mark.expected_logs("cannot be read from the keyring", "not subscribed")
async def test_without_what_the_keyring_holds_twitch_is_left_alone_until_it_gives_it(
    tmp_path: Path, simulator: RunningSimulator
) -> None:
    async with running(tmp_path, simulator=simulator.base_url) as first:
        await first.sign_in("twitch")
        await connected(first)
    later = make(tmp_path, simulator=simulator.base_url)
    later.vault.items.update(first.vault.items)
    later.vault.fault = VaultLocked()
    await later.start()
    try:
        told = "Connects once the keyring gives out the Twitch login."
        await until(lambda: later.graph.ears.eventsub.status().reason == told, what="EventSub waits for the keyring")
        assert phase(later) == "off"
        later.vault.fault = None
        assert isinstance(await later.graph.logins.twitch.retry(), Ok)
        await connected(later)
    finally:
        await later.stop()


async def test_the_same_account_again_keeps_the_connection(rig: Rig, simulator: RunningSimulator) -> None:
    await rig.sign_in("twitch")
    await connected(rig)
    since = rig.graph.ears.eventsub.status().since
    await rig.sign_in("twitch")
    assert phase(rig) == "connected"
    assert rig.graph.ears.eventsub.status().since == since


async def test_another_account_gets_another_connection(rig: Rig, simulator: RunningSimulator) -> None:
    await rig.sign_in("twitch")
    await connected(rig)
    first = simulator.world.state.twitch.signed_in
    simulator.world.state.twitch.signed_in = next(person for person in TWITCH_PEOPLE if person != first)
    phases: list[EventSubPhase] = []
    rig.graph.ears.eventsub.listen(lambda status: phases.append(status.phase))
    await rig.sign_in("twitch")
    account = rig.graph.logins.twitch.status().account
    assert account is not None and account.user_id != first
    assert "off" in phases
    await connected(rig)


async def test_spotify_is_polled_while_it_is_signed_in_and_somebody_looks(rig: Rig) -> None:
    playback, reactions = rig.graph.stream.playback, rig.graph.foundation.reactions

    def watched(count: int) -> None:
        reactions._pages_changed(Pages({"now-playing": count}, {"now-playing": count}, None, None))

    watched(1)
    assert not playback.get_state().polling
    await rig.sign_in("spotify")
    assert playback.get_state().polling
    watched(0)
    assert not playback.get_state().polling
    watched(2)
    assert playback.get_state().polling
    assert await rig.graph.logins.spotify.sign_out() == Ok(None)
    assert not playback.get_state().polling


async def test_going_live_reaches_the_pages_and_the_playback(rig: Rig) -> None:
    await rig.sign_in("spotify")
    assert not rig.graph.stream.playback.get_state().polling
    assert await rig.graph.stream.lifecycle.on_stream_online(LIVE) == Ok(None)
    assert rig.graph.stream.playback.get_state().polling
    assert rig.graph.stream.feed.entries()
    assert await rig.graph.stream.lifecycle.on_stream_offline(rig.clock.now()) == Ok(None)
    assert not rig.graph.stream.playback.get_state().polling


@pytest.mark.parametrize("surprise, again", [(600.0, True), (-600.0, False)])
async def test_waking_up_connects_afresh(surprise: float, again: bool, rig: Rig) -> None:
    await rig.sign_in("twitch")
    await connected(rig)
    phases: list[EventSubPhase] = []
    rig.graph.ears.eventsub.listen(lambda status: phases.append(status.phase))
    rig.graph.foundation.reactions._woke(surprise)
    assert (phase(rig) != "connected") is again
    await connected(rig)
    assert bool(phases) is again


async def test_a_network_that_is_back_retries_the_login_that_waits_and_no_other(rig: Rig) -> None:
    await rig.sign_in("twitch")
    await connected(rig)
    await rig.sign_in("spotify")
    name = f"{rig.graph.logins.spotify.name} after the network came back"
    rig.graph.foundation.reactions.network_back()
    assert name not in rig.supervisor.names()
    keeper = rig.graph.logins.spotify._keeper
    keeper.save(replace(keeper.state, failures=2, next_attempt_at=rig.clock.now() + timedelta(hours=1)))
    rig.graph.foundation.reactions.network_back()
    assert [it for it in rig.supervisor.names() if it.endswith("came back")] == [name]
    await until(lambda: keeper.state.next_attempt_at is None, what="the login waits no longer")


async def test_a_clock_set_back_leaves_no_login_waiting_for_tomorrow(rig: Rig) -> None:
    await rig.sign_in("spotify")
    keeper = rig.graph.logins.spotify._keeper
    keeper.save(replace(keeper.state, failures=1, next_attempt_at=rig.clock.now() + timedelta(days=1)))
    rig.graph.foundation.reactions._woke(-86_400.0)
    await until(lambda: keeper.state.next_attempt_at is None, what="the login waits no longer")


@pytest.mark.expected_logs("aiohttp.server: Error handling request")  # one that the end of the test cut off
async def test_while_eventsub_is_cut_off_each_failed_attempt_asks_helix(rig: Rig, simulator: RunningSimulator) -> None:
    await rig.sign_in("twitch")
    await connected(rig)
    eventsub, lifecycle = rig.graph.ears.eventsub, rig.graph.stream.lifecycle
    eventsub.set_enabled(False, "cut off by the test")
    await until(lambda: not simulator.hub.sessions, what="nobody listens")
    failed = replace(eventsub.status(), phase="waiting")
    looking = "look at Helix while EventSub is cut off"

    def asked() -> int:
        return [name for name in rig.supervisor.names() if name == looking].count(looking)

    async def attempt() -> None:
        for _ in range(3):  # one look at a time, whatever is told meanwhile
            rig.graph.foundation.reactions._eventsub_changed(failed)
            assert asked() == 1
        await until(lambda: asked() == 0, what="Helix has answered")

    await attempt()
    assert not lifecycle.get_is_live()
    await simulator.go_online()
    assert not lifecycle.get_is_live()
    await attempt()
    assert lifecycle.get_is_live()
    rig.graph.foundation.reactions._eventsub_changed(replace(failed, phase="connecting"))
    assert asked() == 0


async def test_before_the_start_and_after_the_end_nothing_is_passed_on(rig: Rig) -> None:
    await rig.sign_in("twitch")
    await connected(rig)
    reactions = rig.graph.foundation.reactions
    reactions.end()
    await until(lambda: not rig.graph.application._publisher.pending, what="the last picture is drawn")
    reactions._woke(600.0)
    reactions.reconnect()
    reactions.network_back()
    reactions.login_changed()
    reactions.stream_changed()
    reactions.playback_changed()
    reactions.changed()
    assert phase(rig) == "connected"
    assert not rig.graph.application._publisher.pending


async def test_what_scripts_are_told_of_draws_a_picture(rig: Rig) -> None:
    """Whoever changed it: a command added by a script, or by chat, must be seen in window and control alike."""
    application, objects = rig.graph.application, rig.graph.evening.objects
    watch, told = ChangeWatch(application.snapshot()), list[Changed]()
    application.subscribe(lambda picture: told.extend(watch.look(picture)))
    expect_ok(await objects.commands.create(Command("hello", "static", template="Hello {user}")))
    await until(lambda: told == [Changed("commands")], what="the command is told")
    expect_ok(await objects.hold.set(held=True, by="the test"))
    await until(lambda: told[1:2] == [Changed("hold")], what="the hold is told")


def test_nothing_breaks_before_the_parts_exist() -> None:
    reactions = Reactions(supervisor=TaskSupervisor(logging.getLogger("companion.test")))
    reactions.begin()
    reactions.changed()
    reactions.login_changed()
    reactions.stream_changed()
    reactions.playback_changed()
    reactions.network_back()
    reactions.reconnect()
    reactions.notice(Message("Nobody hears it."))
    reactions.end()


async def test_a_notice_is_shown_once(rig: Rig) -> None:
    for _ in range(3):
        rig.graph.foundation.reactions.notice(Message("The disk is full."))
    assert [it.title for it in rig.graph.application.snapshot().notices] == ["The disk is full."]
