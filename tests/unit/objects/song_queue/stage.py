"""A song queue on a real database, with a Spotify that knows whose each occurrence is, and real runs of its saga."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from companion.kernel.instant import Instant
from companion.kernel.result import Err, Ok, Result, expect_ok
from companion.objects.song_queue.object import SongQueue
from companion.ports.events import DomainEvent, StreamSessionEnded
from companion.ports.failures import SpotifyError
from companion.ports.playback import PlaybackState, SyncListener
from companion.ports.rewards import RewardSpec
from companion.ports.saga_params import SONG_REQUEST, Points, SongRequestParams
from companion.ports.song_queue import SongRequest
from companion.ports.song_rules import QueueSettings, RequestSource
from companion.ports.spotify import PlaybackPicture, Track, UpcomingPicture
from companion.ports.stream import StreamState
from companion.ports.viewers import Role, Viewer
from companion.sagas.song_request import SongRequestSaga
from tests.fakes.chat import FakeVoice
from tests.fakes.clock import START, FakeClock
from tests.fakes.rewards import FakeRewards
from tests.fakes.runtime import Rig, Rigs, settle
from tests.fakes.sagas import saga_host
from tests.fakes.song_rules import everywhere
from tests.fakes.spotify import NOTHING, FakeSpotify, a_track
from tests.unit.objects.song_queue.spotify_model import Occurrence, SpotifyModel

LOGGER = logging.getLogger("companion.test")
ANN = Viewer("2", "ann", "Ann")
BEN = Viewer("3", "ben", "Ben")
SESSION = "session-1"
SONG_REWARD = RewardSpec("Song request", 500, "Which one?", input_required=True)


class ModelSpotify(FakeSpotify):
    """`SpotifyApi` in front of the model: what is added stands there with nobody's name on it, as in Spotify."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.model = SpotifyModel()
        self.away = False
        self.tracks = {a_track(number).id: a_track(number) for number in range(1, 20)}
        self.plays_instead: dict[str, Track] = {}
        """By address: what Spotify puts into its queue when that is added."""

    async def get_queue(self) -> Result[UpcomingPicture, SpotifyError]:
        if (error := self._error("get_queue")) is not None:
            return Err(error)
        self.model.now = self._clock.now()
        return Ok(UpcomingPicture(None, (), self._clock.now()) if self.away else self.model.upcoming())

    async def add_to_queue(self, uri: str) -> Result[None, SpotifyError]:
        if (error := self._error("add_to_queue")) is not None:
            return Err(error)
        self.added.append(uri)
        self.model.added.append(Occurrence(self.plays_instead.get(uri, self.tracks[uri.rsplit(":", 1)[1]])))
        return self._answer("add_to_queue")

    async def skip(self) -> Result[None, SpotifyError]:
        result = await super().skip()
        if isinstance(result, Ok):
            self.model.skip()
        return result


class Watch:
    """`QueueWatch`: shows what the test lets it see."""

    def __init__(self) -> None:
        self.picture: PlaybackPicture | None = None
        self.upcoming: UpcomingPicture | None = None
        self.problem: SpotifyError | None = None
        self.wanted: set[str] = set()
        self.closely: timedelta | None = None
        self.soon: list[timedelta] = []
        self.listeners: list[SyncListener] = []

    def get_state(self) -> PlaybackState:
        return PlaybackState(self.picture, self.problem, None, True, None, self.upcoming)

    def want_queue(self, name: str, wanted: bool) -> None:
        (self.wanted.add if wanted else self.wanted.discard)(name)

    def look_closely(self, before_end: timedelta | None) -> None:
        self.closely = before_end

    def look_soon(self, after: timedelta) -> None:
        self.soon.append(after)

    def on_sync(self, listener: SyncListener) -> None:
        self.listeners.append(listener)


@dataclass
class Stream:
    """The part of `StreamLifecyclePort` that the queue asks."""

    live: bool = True
    session_id: str | None = SESSION
    ended_at: Instant | None = None

    def get_is_live(self) -> bool:
        return self.live

    def get_stream_state(self) -> StreamState:
        resume = None if self.live or self.session_id is None else START + timedelta(days=1)
        return StreamState(self.live, self.session_id, "s", START, self.ended_at, 0, None, None, resume)


class Names:
    """The part of `ViewersPort` that the queue asks."""

    def __init__(self) -> None:
        self.newest: dict[str, Viewer] = {}

    def get(self, user_id: str) -> Viewer | None:
        return self.newest.get(user_id)


class Stage:
    """Spotify, Twitch and the stream last; `restart` gives a new queue and new runs on the same file."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.spotify = ModelSpotify(clock)
        self.rewards = FakeRewards(clock)
        self.voice = FakeVoice(clock)
        self.stream, self.names = Stream(), Names()
        self.held = False
        self.fast = timedelta(0)
        """So far this machine's clock is ahead of Twitch's."""
        self.events: list[DomainEvent] = []
        self.changes = 0
        self._numbers = 0
        self._rigs = Rigs(folder / "companion.db", clock)
        self.make()

    @property
    def model(self) -> SpotifyModel:
        return self.spotify.model

    def make(self) -> None:
        self.watch = Watch()
        self.rig: Rig = self._rigs()
        self.rig.bus.receive("test", self._receive)
        self.host = saga_host(self.rig)
        self.queue = SongQueue(
            runtime=self.rig.runtime,
            spotify=self.spotify,
            playback=self.watch,
            stream=self.stream,  # type: ignore[arg-type]  # the part that is asked
            viewers=self.names,  # type: ignore[arg-type]  # the part that is asked
            sagas=self.host,
            held=lambda: self.held,
            twitch_time=lambda local: local - self.fast,
            on_change=self._changed,
            logger=LOGGER,
        )
        saga = SongRequestSaga(
            queue=self.queue.steps,
            handing=self.queue.handing,
            standing=self.queue.standing,
            spotify=self.spotify,
            voice=self.voice,
            rewards=self.rewards,
        )
        self.host.register(saga.definition())
        self.queue.load()
        self.rig.start()
        self.host.start()
        self.queue.start()

    def _changed(self) -> None:
        self.changes += 1

    async def _receive(self, event: DomainEvent) -> Result[None, str]:
        if all(known.event_id != event.event_id for known in self.events):
            self.events.append(event)
        return Ok(None)

    async def restart(self) -> None:
        await self.rig.crash()
        self.make()
        await settle()

    async def close(self) -> None:
        await self.host.stop(1.0)
        await self._rigs.close()

    # ---- what people do

    async def reward(self) -> str:
        if not self.rewards.rewards:
            expect_ok(await self.rewards.create_reward(SONG_REWARD))
        return next(iter(self.rewards.rewards))

    async def redeem(self, text: str | int, viewer: Viewer = ANN, role: Role = "everyone") -> str:
        """A viewer buys a song request; its run goes on as far as it goes."""
        typed = text if isinstance(text, str) else f"spotify:track:{a_track(text).id}"
        bought = self.rewards.redeem(await self.reward(), typed, viewer=viewer)
        points = Points(bought.reward_id, bought.id)
        params = SongRequestParams("reward", viewer, role, typed, self.twitch_now(), points)
        return await self._begin(bought.id, params)

    async def ask(self, text: str | int, viewer: Viewer = ANN, role: Role = "everyone") -> str:
        """A viewer asks in chat."""
        self._numbers += 1
        typed = text if isinstance(text, str) else f"spotify:track:{a_track(text).id}"
        params = SongRequestParams("command", viewer, role, typed, self.twitch_now(), None, f"chat-{self._numbers}")
        return await self._begin(f"chat-{self._numbers}", params)

    async def _begin(self, run_id: str, params: SongRequestParams) -> str:
        with self.rig.transactions.begin() as tx:
            expect_ok(self.host.start_in(tx, SONG_REQUEST, run_id, params))
        await settle()
        return run_id

    async def look(self) -> None:
        """A poll of the playback object."""
        self.model.now = self.clock.now()
        if self.spotify.away:
            self.watch.picture, self.watch.upcoming = replace(NOTHING, seen_at=self.clock.now()), None
        else:
            self.watch.picture, self.watch.upcoming = self.model.picture(), self.model.upcoming()
        for listener in self.watch.listeners:
            listener(self.watch.picture, self.watch.upcoming)
        await settle()

    async def pass_time(self, span: float, *, step: float = 15.0) -> None:
        """Time passes for Spotify and for us, with a poll every `step` seconds."""
        left = span
        while left > 0:
            now = min(step, left)
            if not self.spotify.away:
                self.model.now = self.clock.now()
                self.model.pass_time(now)
            await self.rig.pass_time(now)
            await self.look()
            left -= now

    def shorten_list(self) -> None:
        """Spotify shows only a few songs of its own list, so that its queue is seen whole."""
        self.model.listed = 12

    async def next_song(self) -> None:
        """Somebody skips in Spotify; a poll sees it."""
        self.model.skip()
        await self.rig.pass_time(4)
        self.model.pass_time(4)
        await self.look()

    async def end_session(self, ended_at: Instant | None = None) -> None:
        self.stream.live, self.stream.session_id = False, None
        self.stream.ended_at = ended_at or self.clock.now()
        event = StreamSessionEnded(
            event_id="end-1",
            at=self.clock.now(),
            session_id=SESSION,
            started_at=START,
            ended_at=self.stream.ended_at,
            peak_viewer_count=1,
        )
        expect_ok(await self.queue.receive(event))
        await settle()

    async def set(self, **changes: object) -> None:
        settings: QueueSettings = replace(self.queue.get_settings(), **changes)  # type: ignore[arg-type]  # by name
        expect_ok(await self.queue.set_settings(settings))
        await settle()

    async def limit(self, *only: RequestSource, **limits: object) -> None:
        """For each role, of the sources named or of all."""
        await self.set(rules=everywhere(self.queue.get_settings(), *only, **limits).rules)

    # ---- what is seen

    def requests(self) -> list[tuple[str, str]]:
        return [(one.id, one.state) for one in self.queue.get_queue().requests]

    def one(self, run_id: str) -> SongRequest:
        (found,) = [one for one in self.queue.get_queue().requests if one.id == run_id]
        return found

    def status(self, run_id: str) -> str:
        run = self.host.get_run(run_id)
        assert run is not None
        return run.status

    def now_for(self) -> str | None:
        playing = self.queue.get_now_playing()
        return None if playing is None or playing.request is None else playing.request.id

    @property
    def ledger(self) -> Sequence[tuple[str, str]]:
        return self.rewards.ledger

    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]

    def now(self) -> Instant:
        return self.clock.now()

    def twitch_now(self) -> Instant:
        return self.clock.now() - self.fast
