"""The Playback object: owns the last picture of what plays, with its age, and asks Spotify for the next one.

Here stands who has reason to poll, and how a poll goes. What a poll brings is kept in `now_playing` and
`queue_reader`; when the next one is due, in `poll_timer`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

from companion.kernel.ids import IdSource
from companion.kernel.instant import Clock
from companion.kernel.result import Err, Ok, Result
from companion.kernel.tasks import TaskSupervisor
from companion.objects.playback import rules
from companion.objects.playback.now_playing import NowPlaying
from companion.objects.playback.poll_timer import PollTimer
from companion.objects.playback.queue_reader import QueueReader
from companion.ports.events import NowPlayingChanged
from companion.ports.failures import SpotifyError
from companion.ports.playback import PlaybackState, SyncListener
from companion.ports.spotify import PlaybackPicture, SpotifyApi, UpcomingPicture
from companion.ports.timer import Timer


class Playback:
    """Implements `ports.playback.PlaybackPort` and `QueueWatch`.

    Polls while somebody is signed in and the stream is live, somebody watches, or somebody needs Spotify's queue;
    never two polls at once, and within one poll one call after the other. `publish`
    is told once of every change of track, kind, or playing and paused; `on_change` is called after every poll and
    every switch, since the age of the picture is part of the state. Both are called on the loop's thread.

    Needs no table: what plays is asked anew after a start.
    """

    def __init__(
        self,
        *,
        spotify: SpotifyApi,
        clock: Clock,
        timer: Timer,
        supervisor: TaskSupervisor,
        publish: Callable[[NowPlayingChanged], None],
        on_change: Callable[[], None],
        ids: IdSource,
    ) -> None:
        self._spotify = spotify
        self._clock = clock
        self._supervisor = supervisor
        self._on_change = on_change
        self._started = False
        self._closed = False
        self._live = False
        self._authorized = False
        self._watchers: set[str] = set()
        self._playing = NowPlaying(clock=clock, ids=ids, publish=publish)
        self._queue = QueueReader(spotify=spotify, clock=clock)
        self._timer = PollTimer(clock=clock, timer=timer, ring=self._on_due)
        self._listeners: list[SyncListener] = []
        self._closely: float | None = None
        self._login = 0
        self._asked_at: float | None = None
        self._poll: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Poll from now on, if there is a reason to."""
        self._started = True
        self._replan()

    def close(self) -> None:
        """Stop for good: no poll, no call back, also from one that is under way."""
        self._closed = True
        self._timer.close()

    def set_live(self, live: bool) -> None:
        """The stream is live, or not: a reason to poll of its own."""
        if live != self._live:
            self._live = live
            self._switched()

    def set_authorized(self, authorized: bool) -> None:
        """There is a Spotify login, or not (any more): without one the picture is forgotten, being another person's."""
        if authorized == self._authorized:
            return
        self._authorized = authorized
        self._login += 1
        self._asked_at = None
        self._playing.start_over()
        if not authorized:
            self._playing.forget()
            self._queue.forget()
        self._switched()

    def set_watched(self, watcher: str, watching: bool) -> None:
        if watching == (watcher in self._watchers):
            return
        if watching:
            self._watchers.add(watcher)
        else:
            self._watchers.discard(watcher)
        self._switched()

    def want_queue(self, name: str, wanted: bool) -> None:
        """See `QueueWatch`. The first one who needs it has it read at once."""
        if self._queue.want(name, wanted):
            if self._queue.unread:
                self._asked_at = None
            self._switched()

    def look_closely(self, before_end: timedelta | None) -> None:
        """See `QueueWatch`."""
        closely = None if before_end is None else before_end.total_seconds()
        if closely != self._closely:
            self._closely = closely
            if self._timer.due_at is not None and self._playing.problem is None and self._polling():
                self._plan()

    def look_soon(self, after: timedelta) -> None:
        """See `QueueWatch`. A wait that Spotify asked for is kept."""
        if self._polling() and not self._playing.must_wait:
            self._timer.bring_forward(after.total_seconds())

    def on_sync(self, listener: SyncListener) -> None:
        """See `QueueWatch`."""
        self._listeners.append(listener)

    def wake(self) -> None:
        """The machine woke, or the network is back: plan again, asking at once if the picture is old."""
        self._asked_at = None
        self._replan()

    def get_state(self) -> PlaybackState:
        return PlaybackState(
            picture=self._playing.picture,
            problem=self._playing.problem,
            problem_since=self._playing.problem_since,
            polling=self._polling(),
            next_poll_at=self._timer.due_at,
            upcoming=self._queue.picture,
            queue_problem=self._queue.problem,
        )

    async def refresh(self) -> PlaybackState:
        if self._authorized and not self._closed and not self._playing.must_wait:
            self._queue.do_not_rest()
            poll = self._begin_poll()
            if poll is not None:
                await asyncio.wait({poll})
        return self.get_state()

    def _polling(self) -> bool:
        wanted = self._live or bool(self._watchers) or self._queue.wanted
        return self._started and not self._closed and self._authorized and wanted

    def _switched(self) -> None:
        if self._closed:
            return
        self._replan()
        self._on_change()

    def _replan(self) -> None:
        """After a switch: stop, poll at once because the picture is old, or wait for the planned moment."""
        if not self._polling():
            if not self._closed:
                self._timer.cancel()
            return
        if self._poll is not None and not self._poll.done():
            return  # it plans the next one when it ends
        if self._is_old() and not self._playing.must_wait:
            self._begin_poll()
        elif self._timer.due_at is None:
            self._plan()
        else:
            self._timer.arm()

    def _is_old(self) -> bool:
        """No fresh picture, and no attempt at one just now."""
        limit = timedelta(seconds=rules.STEADY)
        picture = self._playing.picture
        fresh = picture is not None and abs(self._clock.now() - picture.seen_at) <= limit
        if self._queue.unread:
            fresh = fresh and picture is not None and picture.kind == "nothing"
        just_asked = self._asked_at is not None and self._clock.monotonic() - self._asked_at < rules.STEADY
        return not fresh and not just_asked

    def _begin_poll(self) -> asyncio.Task[None] | None:
        """The poll under way, or a new one; None once the process stops."""
        if self._poll is None or self._poll.done():
            self._timer.cancel()
            self._poll = self._supervisor.spawn(self._run_poll(), name="playback-poll")
        return self._poll

    async def _run_poll(self) -> None:
        login = self._login
        taken = False
        self._asked_at = self._clock.monotonic()
        try:
            answer = await self._spotify.get_playback()
            queue = await self._queue.read(answer)
            if isinstance(queue, Ok) and isinstance(answer, Ok) and not rules.is_same_moment(answer.value, queue.value):
                answer = await self._spotify.get_playback()
            if login == self._login:
                self._playing.take(answer)
                self._queue.take(queue)
            taken = True
        finally:
            self._poll = None
            if not taken and self._polling():
                self._plan()  # a bug must not end the polling
        if self._closed:
            return
        if login != self._login:  # the answer was for a login that is no more
            self._replan()
            return
        if self._polling():
            self._plan()
        self._playing.tell()
        self._tell_pair(answer, queue)
        self._on_change()

    def _tell_pair(
        self,
        answer: Result[PlaybackPicture, SpotifyError],
        queue: Result[UpcomingPicture, SpotifyError] | None,
    ) -> None:
        """A reading of which one half failed tells nothing, and so changes nothing."""
        if isinstance(answer, Err) or isinstance(queue, Err) or not self._queue.wanted:
            return
        if queue is None and answer.value.kind != "nothing":
            return
        for listener in self._listeners:
            listener(answer.value, None if queue is None else queue.value)

    def _plan(self) -> None:
        self._timer.plan(self._playing.delay(closely=self._closely))

    def _on_due(self) -> None:
        if self._polling():
            self._begin_poll()
