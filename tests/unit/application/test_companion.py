"""The application as people meet it: pictures out, actions in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from companion.application.companion import CompanionApplication
from companion.application.features import TWITCH_FEATURES, FeatureView
from companion.application.feed import Feed
from companion.application.messages import Message
from companion.application.parts import Parts
from companion.application.sign_in import SignInFlow
from companion.application.sign_in_states import WaitingForBrowser, WaitingForCode
from companion.application.snapshot_publisher import REST
from companion.application.snapshots import AppSnapshot, OverlayServerState
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.failures import NetworkDown, RefreshDelayed, StorageFailed
from companion.ports.playback import PlaybackState
from companion.ports.stream import LifecycleError, ReconcileReport, StreamState, ViewerPoint
from companion.ports.tokens import Provider
from companion.ports.twitch import EventSubStatus
from companion.ports.vault import VaultLocked
from tests.fakes.application import live_stream, make_overlays, make_picture, make_status, offline_stream, playing
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import settle
from tests.fakes.show import ANN, make_objects, make_queue, make_run, request
from tests.fakes.sign_in import FakeClientIds, FakeFeatures, FakeLogin, FakeSpotifySignIn, FakeTwitchSignIn, Sleeper
from tests.fakes.vault import FakeVault


class Lifecycle:
    stream: StreamState = offline_stream()
    report: Result[ReconcileReport, LifecycleError] = Err(NetworkDown("no answer"))

    def get_stream_state(self) -> StreamState:
        return self.stream

    def sparkline(self) -> tuple[ViewerPoint, ...]:
        return (ViewerPoint("s", START, 5),)

    async def reconcile(self) -> Result[ReconcileReport, LifecycleError]:
        return self.report


class PlaybackOf:
    def __init__(self) -> None:
        self.refreshed = 0
        self.watched: list[tuple[str, bool]] = []
        self.queue_wanted: list[tuple[str, bool]] = []

    def get_state(self) -> PlaybackState:
        return playing(make_picture())

    async def refresh(self) -> PlaybackState:
        self.refreshed += 1
        return self.get_state()

    def set_watched(self, watcher: str, watching: bool) -> None:
        self.watched.append((watcher, watching))

    def want_queue(self, name: str, wanted: bool) -> None:
        self.queue_wanted.append((name, wanted))


class EventSub:
    reconnects = 0

    def status(self) -> EventSubStatus:
        return EventSubStatus("connected", None, START, None, (), (), None, None)

    def reconnect_now(self) -> None:
        self.reconnects += 1


class Overlays:
    def __init__(self) -> None:
        self.shown = make_overlays()
        self.moved: list[int] = []
        self.tries = 0
        self.result: Result[int, object] = Ok(17800)
        self.renewed: Result[None, object] = Ok(None)

    def state(self) -> OverlayServerState:
        return self.shown

    async def try_again(self) -> Result[int, object]:
        self.tries += 1
        return self.result

    async def move_to(self, port: int) -> Result[int, object]:
        self.moved.append(port)
        return self.result

    def renew_tokens(self) -> Result[None, object]:
        return self.renewed


class Office:
    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.lifecycle, self.playback, self.eventsub, self.overlays = Lifecycle(), PlaybackOf(), EventSub(), Overlays()
        providers: tuple[Provider, ...] = ("twitch", "spotify", "twitch_bot")
        self.logins: dict[Provider, FakeLogin] = {provider: FakeLogin(provider) for provider in providers}
        self.vault = FakeVault()
        self.client_ids = FakeClientIds()
        self.features = FakeFeatures()
        self.opened: list[str] = []
        self.browser: Result[None, str] = Ok(None)
        self.quits: list[bool] = []
        self.pictures: list[AppSnapshot] = []
        self.supervisor = TaskSupervisor(logging.getLogger("companion.test"))
        self.sign_in = SignInFlow(
            twitch=FakeTwitchSignIn(clock),
            spotify=FakeSpotifySignIn(clock),
            logins=self.logins,
            client_ids=self.client_ids,
            scopes=dict.fromkeys(providers, frozenset[str]()),
            supervisor=self.supervisor,
            clock=clock,
            sleep=Sleeper(lambda _: None),
            on_change=lambda: None,
        )
        self.feed = Feed()
        self.objects = make_objects()
        self.objects.queue.shown = make_queue(requests=(request(1, ANN),))
        self.app = CompanionApplication(parts=self._parts(), clock=clock, demo=False, on_quit=self._quit)

    def _parts(self) -> Parts:
        return Parts(
            local_stream=self.lifecycle,
            lifecycle=self.lifecycle,  # type: ignore[arg-type]  # what the application uses of it
            playback=self.playback,
            logins=self.logins,
            eventsub=self.eventsub,
            vault=self.vault,
            overlays=self.overlays,
            client_ids=self.client_ids,
            features=self.features,
            sign_in=self.sign_in,
            feed=self.feed,
            open_address=self._open,
            waiting_files=lambda: {"live": "/somewhere/live.html"},
            objects=self.objects.objects(),
        )

    async def _open(self, address: str) -> Result[None, str]:
        self.opened.append(address)
        return self.browser

    def _quit(self, keep: bool) -> None:
        self.quits.append(keep)


@pytest_asyncio.fixture
async def office(clock: FakeClock) -> AsyncIterator[Office]:
    office = Office(clock)
    office.app.set_started()
    await settle(3)
    yield office
    office.app.close()
    for provider in office.logins:
        await office.sign_in.cancel(provider)
    office.supervisor.close()
    await office.supervisor.drain(1.0)


# Out


async def test_the_picture_shows_everything(office: Office) -> None:
    office.lifecycle.stream = live_stream()
    office.feed.add_note(START, "note", "Something happened.")
    picture = office.app.snapshot()
    assert picture.stream == live_stream()
    assert picture.sparkline == (ViewerPoint("s", START, 5),)
    assert picture.playback == playing(make_picture())
    assert picture.tokens == {it: make_status(it) for it in ("twitch", "spotify", "twitch_bot")}
    assert picture.overlays.files == {"live": "/somewhere/live.html"}
    assert picture.client_ids == {"twitch": "a" * 30, "spotify": "0" * 32, "twitch_bot": "a" * 30}
    assert len(picture.connections) == 6
    assert [entry.text for entry in picture.feed] == ["Something happened."]
    assert (picture.demo, picture.starting, picture.taken_at) == (False, False, START)


async def test_before_the_start_is_over_the_tray_says_so(clock: FakeClock) -> None:
    office = Office(clock)
    office.objects.sagas.broken = True
    assert office.app.snapshot().tray == "starting"
    office.objects.sagas.broken = False
    office.app.set_started()
    assert office.app.snapshot().tray == "off"
    office.app.close()


@pytest.mark.parametrize(
    ("live", "spoil", "tray"), [(False, False, "off"), (True, False, "live"), (True, True, "needs_you")]
)
async def test_the_tray(office: Office, live: bool, spoil: bool, tray: str) -> None:
    office.lifecycle.stream = live_stream() if live else offline_stream()
    if spoil:
        office.logins["twitch"].shown = make_status("twitch", phase="reauthorization_required", reason="gone")
    assert office.app.snapshot().tray == tray


async def test_the_picture_shows_requests_raffle_achievements_and_commands(office: Office) -> None:
    picture, objects = office.app.snapshot(), office.objects
    assert picture.queue == objects.queue.shown and picture.raffle == objects.raffle.shown
    assert picture.achievements == tuple(objects.achievements.known)
    assert picture.commands == tuple(objects.commands.known)
    assert [value.name for value in picture.values] == ["hydrate", "schedule"]
    assert picture.rewards == objects.rewards.shown and picture.hold == objects.hold.shown
    assert picture.needs_you == ()


async def test_the_tray_needs_you_when_a_run_does(office: Office, clock: FakeClock) -> None:
    assert office.app.snapshot().tray == "off"
    office.objects.sagas.runs = [make_run()]
    clock.advance(1)
    assert office.app.snapshot().tray == "needs_you"


async def test_runs_are_not_read_with_every_picture_but_none_stays_unread(office: Office, clock: FakeClock) -> None:
    pictures: list[AppSnapshot] = []
    clock.advance(5)
    office.app.subscribe(pictures.append)
    office.app.changed()
    await settle(3)
    reads = office.objects.sagas.reads
    office.objects.sagas.runs = [make_run()]
    clock.advance(0.95)
    office.app.changed()
    await settle(3)
    assert office.objects.sagas.reads == reads and pictures[-1].needs_you == ()
    clock.advance(0.05)
    async with asyncio.timeout(5):
        while len(pictures) < 3:
            await asyncio.sleep(0.005)
    assert len(pictures[-1].needs_you) == 1


async def test_a_burst_of_changes_is_drawn_once_at_once_and_once_later(office: Office, clock: FakeClock) -> None:
    pictures: list[AppSnapshot] = []
    clock.advance(1)
    office.app.subscribe(pictures.append)
    for _ in range(1000):
        office.app.changed()
    await settle(3)
    assert len(pictures) == 1
    for _ in range(1000):
        office.app.changed()
    await settle(3)
    assert len(pictures) == 1  # the rest of a twentieth of a second is kept
    clock.advance(REST)
    async with asyncio.timeout(5):
        while len(pictures) < 2:
            await asyncio.sleep(0.005)
    await settle(3)
    assert len(pictures) == 2
    assert pictures[1].revision == pictures[0].revision + 1


async def test_the_last_change_is_never_lost(office: Office, clock: FakeClock) -> None:
    pictures: list[AppSnapshot] = []
    office.app.subscribe(pictures.append)
    office.app.changed()
    office.lifecycle.stream = live_stream()
    async with asyncio.timeout(5):
        while not pictures or not pictures[-1].stream.is_live:
            await asyncio.sleep(0.005)


async def test_a_subscription_ends(office: Office, clock: FakeClock) -> None:
    pictures: list[AppSnapshot] = []
    end = office.app.subscribe(pictures.append)
    end()
    end()
    clock.advance(1)
    office.app.changed()
    await settle(3)
    assert pictures == []


async def test_after_close_there_are_no_more_pictures(office: Office, clock: FakeClock) -> None:
    pictures: list[AppSnapshot] = []
    office.app.subscribe(pictures.append)
    clock.advance(1)
    office.app.changed()
    office.app.close()
    office.app.changed()
    await settle(3)
    assert pictures == []


async def test_notices_stand_until_they_are_taken_away(office: Office) -> None:
    office.app.notice(Message("One."))
    office.app.notice(Message("One.", "again"))
    office.app.notice(Message("Two.", severity="warn"))
    assert office.app.snapshot().notices == (Message("One.", "again"), Message("Two.", severity="warn"))
    assert office.app.snapshot().tray == "needs_you"
    office.app.dismiss_notice("One.")
    office.app.dismiss_notice("never there")
    assert office.app.snapshot().notices == (Message("Two.", severity="warn"),)
    assert office.app.snapshot().tray == "off"


# In


async def test_retries(office: Office) -> None:
    assert await office.app.mend("retry_twitch") == Ok(None)
    assert await office.app.mend("retry_spotify") == Ok(None)
    assert (office.logins["twitch"].retries, office.logins["spotify"].retries, office.playback.refreshed) == (1, 1, 1)
    office.logins["twitch"].retry_answer = Err(RefreshDelayed("no answer", START))
    answer = await office.app.mend("retry_twitch")
    assert isinstance(answer, Err) and "no answer" in answer.error.text()
    assert await office.app.mend("retry_twitch_bot") == Ok(None)
    assert office.logins["twitch_bot"].retries == 1


async def test_a_retry_of_the_keyring_asks_every_login(office: Office) -> None:
    assert await office.app.mend("retry_keyring") == Ok(None)
    assert [login.retries for login in office.logins.values()] == [1, 1, 1]
    office.vault.fault = VaultLocked()
    await office.vault.probe()
    answer = await office.app.mend("retry_keyring")
    assert isinstance(answer, Err) and "locked" in answer.error.title


async def test_other_mends(office: Office) -> None:
    assert await office.app.mend("retry_eventsub") == Ok(None)
    assert office.eventsub.reconnects == 1
    assert await office.app.mend("retry_port") == Ok(None)
    assert office.overlays.tries == 1
    assert await office.app.mend("move_port") == Ok(None)
    assert office.overlays.moved == []  # nowhere to move to
    office.overlays.shown = make_overlays(move_to=17801)
    await office.app.mend("move_port")
    assert office.overlays.moved == [17801]
    assert await office.app.mend("open_overlays") == Ok(None)


async def test_a_port_that_is_still_taken_is_said(office: Office) -> None:
    office.overlays.result = Err("taken")
    office.overlays.shown = make_overlays(problem=Message("Port 17800 is taken by something."))
    answer = await office.app.mend("retry_port")
    assert answer == Err(Message("Port 17800 is taken by something."))
    office.overlays.shown = make_overlays()
    assert isinstance(await office.app.mend("retry_port"), Err)


async def test_features_are_shown_and_switched(office: Office) -> None:
    office.logins["twitch"].shown = make_status("twitch", scopes=frozenset({"user:read:chat", "user:write:chat"}))
    assert await office.app.switch_feature("bits", on=True) == Ok(None)
    assert await office.app.switch_feature("redemptions", on=False) == Ok(None)
    views = {view.name: view for view in office.app.snapshot().features}
    assert tuple(views) == tuple(TWITCH_FEATURES)
    assert views["bits"] == FeatureView("bits", on=True, granted=False, missing=True)
    assert views["chat"] == FeatureView("chat", on=True, granted=True, missing=False)
    assert views["redemptions"] == FeatureView("redemptions", on=False, granted=False, missing=False)
    office.features.error = "the disk is full"
    refused = await office.app.switch_feature("bits", on=False)
    assert isinstance(refused, Err) and "the disk is full" in refused.error.meaning
    unknown = await office.app.switch_feature("everything", on=True)
    assert isinstance(unknown, Err) and "everything" in unknown.error.title


async def test_sign_ins_begin_and_end(office: Office) -> None:
    await office.app.mend("sign_in_twitch")
    await office.app.mend("sign_in_spotify")
    await office.app.mend("sign_in_twitch_bot")
    await settle()
    states = office.app.snapshot().sign_in
    assert isinstance(states["twitch"], WaitingForCode) and isinstance(states["spotify"], WaitingForBrowser)
    assert isinstance(states["twitch_bot"], WaitingForCode)
    await office.app.cancel_sign_in("twitch")
    await office.app.start_sign_in("spotify")
    await office.app.confirm_account("spotify")
    await settle()
    assert isinstance(office.app.snapshot().sign_in["spotify"], WaitingForBrowser)


async def test_client_ids_are_checked_trimmed_and_saved(office: Office) -> None:
    assert isinstance(await office.app.save_client_id("twitch", "short"), Err)
    assert office.client_ids.values["twitch"] == "a" * 30
    assert await office.app.save_client_id("twitch", f" {'b' * 30}\n") == Ok(None)
    assert office.client_ids.values["twitch"] == "b" * 30
    office.client_ids.error = "read-only"
    answer = await office.app.save_client_id("twitch", "c" * 30)
    assert isinstance(answer, Err) and "read-only" in answer.error.text()
    assert office.app.check_client_id("twitch", "c" * 30) is None


async def test_sign_out(office: Office) -> None:
    assert await office.app.sign_out("twitch") == Ok(None)
    office.logins["twitch"].sign_out_answer = Err(VaultLocked())
    answer = await office.app.sign_out("twitch")
    assert isinstance(answer, Err) and "still holds" in answer.error.title
    assert office.logins["twitch"].sign_outs == 2


async def test_the_browser(office: Office) -> None:
    assert await office.app.open_in_browser("http://a.test") == Ok(None)
    assert office.opened == ["http://a.test"]
    office.browser = Err("none")
    assert isinstance(await office.app.open_in_browser("http://a.test"), Err)


async def test_renewing_overlay_addresses(office: Office) -> None:
    assert await office.app.renew_overlay_tokens() == Ok(None)
    office.overlays.renewed = Err("read-only")
    assert isinstance(await office.app.renew_overlay_tokens(), Err)


async def test_asking_twitch_now(office: Office) -> None:
    office.lifecycle.report = Ok(ReconcileReport("noop", offline_stream(), offline_stream(), "no live stream"))
    assert await office.app.reconcile_stream() == Ok("Twitch says: no live stream.")
    for error in (NetworkDown("no answer"), StorageFailed("full")):
        office.lifecycle.report = Err(error)
        assert isinstance(await office.app.reconcile_stream(), Err)


async def test_watching_and_quitting(office: Office) -> None:
    office.app.set_watched("window", True)
    office.app.request_quit()
    office.app.request_quit(keep=True)
    assert office.playback.watched == office.playback.queue_wanted == [("window", True)]
    assert office.quits == [False, True]


async def test_no_secret_is_in_a_picture(office: Office) -> None:
    await office.app.start_sign_in("twitch")
    await office.app.start_sign_in("spotify")
    await settle()
    shown = repr(replace(office.app.snapshot(), overlays=make_overlays(urls={})))
    assert "device-code-secret" not in shown and "not-a-real-state" not in shown and "access-token" not in shown
