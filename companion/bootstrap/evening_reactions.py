"""Who hears of what among the evening's objects: hold, rewards, pages, and whatever changes them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from companion.bootstrap.refresher import Refresher
from companion.kernel.instant import Clock
from companion.kernel.result import Ok
from companion.kernel.tasks import TaskSupervisor
from companion.objects.achievements.object import RECEIVES as ACHIEVEMENT_EVENTS
from companion.objects.playback.object import Playback
from companion.objects.song_queue.object import RECEIVES as QUEUE_EVENTS
from companion.objects.stream_lifecycle.object import StreamLifecycle
from companion.ports.hold import HoldState
from companion.ports.raffle import LeaderboardRow
from companion.runtime.event_bus import EventBus
from companion.services.overlay.hub import OverlayHub, Pages
from companion.services.overlay.wire_topics import achievements_data, hold_data, queue_data, raffle_data

if TYPE_CHECKING:  # made of the foundation, which hands these reactions out
    from companion.bootstrap.evening import Evening

RAFFLE_EVENTS: Final = frozenset({"stream_online", "stream_session_ended"})
SPOTIFY_AWAY_AFTER: Final = timedelta(seconds=60)
"""A shorter absence of Spotify pauses no reward: each pause and resumption is told to Twitch."""
_QUEUE_PAGE: Final = "queue page"
_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class EveningReacting:
    """The parts that react to each other."""

    evening: Evening
    lifecycle: StreamLifecycle
    playback: Playback
    hub: OverlayHub
    bus: EventBus
    clock: Clock
    spotify_usable: Callable[[], bool]


class EveningReactions:
    """Handed out before the parts exist; until `connect` and `begin` nothing reacts. `changed` draws a new picture."""

    def __init__(self, *, supervisor: TaskSupervisor, changed: Callable[[], None]) -> None:
        self._supervisor = supervisor
        self._changed = changed
        self._parts: EveningReacting | None = None
        self._begun = False
        self._rewards = Refresher(supervisor=supervisor, name="rewards follow", work=self._follow_rewards)
        self._raffle = Refresher(supervisor=supervisor, name="raffle page", work=self._show_raffle)
        self._unlocks = Refresher(supervisor=supervisor, name="achievement page", work=self._show_unlocks)
        self._missed = Refresher(supervisor=supervisor, name="find missed redemptions", work=self._find_missed)

    def connect(self, parts: EveningReacting) -> None:
        """The parts exist now. Called once."""
        self._parts = parts
        objects = parts.evening.objects
        parts.bus.receive_in(
            "achievements",
            objects.achievements.receive_in,
            kinds=ACHIEVEMENT_EVENTS,
            together=frozenset({"chat_message"}),
        )
        parts.bus.receive("song-queue", objects.songs.receive, kinds=QUEUE_EVENTS)
        parts.bus.receive("keyboard-raffle", objects.raffle.on_event, kinds=RAFFLE_EVENTS)
        parts.hub.subscribe(self._pages_changed)
        objects.hold.listen(self._hold_changed)

    def begin(self) -> None:
        """The objects have their stored state: from now on changes are passed on."""
        self._begun = True
        if self._parts is not None:
            self._hold_changed(self._parts.evening.objects.hold.state())
        self.songs_changed()
        self.raffle_changed()
        self.achievements_changed()

    def end(self) -> None:
        """The stop has begun: nothing is passed on any more."""
        self._begun = False

    def songs_changed(self) -> None:
        """Another request, another state of one, or another look at Spotify."""
        parts = self._ready()
        if parts is not None:
            parts.hub.publish_state("queue", queue_data(parts.evening.objects.songs.get_queue()))
            self._rewards.ask()
            self._changed()

    def rewards_changed(self) -> None:
        """A reward was switched on or off, found again or lost: with the raffle's, the raffle opens at once."""
        if self._ready() is not None:
            self._rewards.ask()
        self._changed()

    def raffle_changed(self) -> None:
        """A roll, an epoch, other settings."""
        if self._ready() is not None:
            self._raffle.ask()
            self._changed()

    def achievements_changed(self) -> None:
        """Somebody unlocked something, or a definition changed."""
        if self._ready() is not None:
            self._unlocks.ask()
            self._changed()

    def stream_changed(self) -> None:
        """Live or not."""
        if self._ready() is not None:
            self._rewards.ask()

    def twitch_ready(self) -> None:
        """Another account, or other permissions: rewards are found again, and what was redeemed meanwhile."""
        if self._ready() is not None:
            self._missed.ask()

    def spotify_ready(self) -> None:
        """Spotify is signed in, or not any more."""
        parts = self._ready()
        if parts is not None:
            parts.evening.objects.songs.replan()
            self._rewards.ask()

    def _ready(self) -> EveningReacting | None:
        return self._parts if self._begun else None

    def _hold_changed(self, state: HoldState) -> None:
        """Silence first, pages with it; Twitch is told of the pause in the background."""
        if self._parts is None:
            return
        objects = self._parts.evening.objects
        objects.voice.set_held(state.held)
        objects.achievements.set_held(held=state.held)
        objects.sagas.set_held(state.held)
        self._parts.hub.publish_state("hold", hold_data(state))
        if self._begun:
            objects.songs.replan()
            self.songs_changed()

    def _pages_changed(self, pages: Pages) -> None:
        parts = self._ready()
        if parts is not None:
            watching = bool(pages.connected.get("queue"))
            parts.playback.set_watched(_QUEUE_PAGE, watching)
            parts.playback.want_queue(_QUEUE_PAGE, watching)

    async def _follow_rewards(self) -> None:
        parts = self._ready()
        if parts is not None:
            objects = parts.evening.objects
            await objects.rewards.set_conditions(
                live=parts.lifecycle.get_is_live(),
                held=objects.hold.state().held,
                songs_possible=self._songs_possible(parts),
            )
            await self._open_raffle(parts)

    async def _open_raffle(self, parts: EveningReacting) -> None:
        """Switched on while live: the commitment shall stand in chat before anybody rolls."""
        view = parts.evening.objects.rewards.view()
        offered = any(each.use == "raffle" and each.switched_on for each in view.rewards)
        if offered and parts.lifecycle.get_is_live():
            await parts.evening.objects.raffle.open()

    def _songs_possible(self, parts: EveningReacting) -> bool:
        songs, playing = parts.evening.objects.songs, parts.playback.get_state()
        since = playing.problem_since
        away = since is not None and parts.clock.now() - since >= SPOTIFY_AWAY_AFTER
        return parts.spotify_usable() and not away and songs.lets_anybody_in("reward")

    async def _find_missed(self) -> None:
        parts = self._ready()
        if parts is not None:
            # First whether the stream is live: what was redeemed while it is must not be turned down as too late.
            await parts.lifecycle.reconcile()
            await self._follow_rewards()
            await parts.evening.objects.rewards.synchronise()
            await parts.evening.catch_up.run()

    async def _show_raffle(self) -> None:
        parts = self._ready()
        if parts is None:
            return
        raffle = parts.evening.objects.raffle
        found = await raffle.get_leaderboard("wins", limit=_SHOWN)
        rows: Sequence[LeaderboardRow] = found.value if isinstance(found, Ok) else ()
        parts.hub.publish_state("raffle", raffle_data(raffle.view(), rows))

    async def _show_unlocks(self) -> None:
        parts = self._ready()
        if parts is None:
            return
        found = await parts.evening.objects.achievements.get_unlocked(limit=_SHOWN)
        if isinstance(found, Ok):
            parts.hub.publish_state("achievements", achievements_data(found.value))
