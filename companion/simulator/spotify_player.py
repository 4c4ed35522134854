"""The player: where it stands follows from where it stood and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from companion.kernel.instant import Instant
from companion.simulator.answers import Json
from companion.simulator.catalogue import AD_SECONDS, BY_URI, EPISODE, LOCAL_SONG, SONGS, Song
from companion.simulator.ledger import EntryKind, Ledger
from companion.simulator.world import World
from companion.simulator.world_state import Player, PlayKind, QueueEntry

DEVICES: Final = {
    "desktop": ("5d1c3f20a9be47d1a6c08e7f42b91d3c0f6a2e58", "Workroom PC", "Computer"),
    "phone": ("b07e4a9152cd4f6f8d3e1a7069c2f58e4d1b3a96", "Pocket phone", "Smartphone"),
}
_AFTER_ITEM: Final = frozenset({"ad", "episode", "local", "unknown"})
ODD_URIS: Final[dict[str, PlayKind]] = {
    f"spotify:episode:{EPISODE.id}": "episode",
    LOCAL_SONG.local_uri: "local",
    "spotify:ad:000000000000000000000a": "ad",
    "spotify:unknown:00000000000000000b": "unknown",
}
"""What may stand in a queue beside tracks; an unknown thing is shown with fields missing."""
Adder: TypeAlias = Literal["app", "person"]


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """What plays at one moment; `song` only for a track, `progress_ms` and `duration_ms` within it."""

    kind: PlayKind
    song: Song | None
    progress_ms: int
    duration_ms: int
    is_playing: bool


class SpotifyPlayer:
    """Commands and questions. Every command commits, and so does a question that finds something ended."""

    def __init__(self, world: World, ledger: Ledger | None = None) -> None:
        self._world = world
        self._ledger = ledger
        self._told: set[tuple[object, object]] = set()
        world.on_reset(self._told.clear)
        for entry in ledger or ():
            self._catch_up(entry)

    def _catch_up(self, entry: Json) -> None:
        """The ledger is written before the world: after a kill between the two, the ledger is right."""
        nth = entry.get("nth")
        if not isinstance(nth, int):
            return
        self._told.add((entry["kind"], nth))
        if entry["kind"] == "song_queued" and nth > self.state.added:
            self.state.added = nth
            self.state.queue.append(QueueEntry(nth=nth, uri=str(entry["uri"])))

    @property
    def state(self) -> Player:
        return self._world.state.spotify.player

    def now(self) -> NowPlaying:
        """What plays right now, after moving on through whatever has ended meanwhile."""
        self._settle()
        state = self.state
        progress = self._elapsed_ms() if state.kind != "nothing" else 0
        song = BY_URI.get(state.current or "") if state.kind == "track" else None
        return NowPlaying(state.kind, song, progress, self._duration_ms(), state.is_playing)

    def upcoming(self) -> list[Song | str]:
        """What was queued, then what follows in the list; 20 at most. What is no track comes as its URI."""
        self._settle()
        if self.state.kind == "nothing":
            return []
        queued = [BY_URI.get(entry.uri, entry.uri) for entry in self.state.queue]
        following = [SONGS[(self.state.index + n) % len(SONGS)] for n in range(1, self.state.follow + 1)]
        return (queued + following)[:20]

    def length_ms(self, song: Song) -> int:
        """How long a song lasts at the present speed."""
        return max(1, round(song.duration_ms / self.state.speed))

    def play(self, index: int | None = None, position_ms: int | None = None) -> None:
        """Play on; with `index` start that song of the list."""
        self._settle()
        if index is not None or self.state.kind == "nothing":
            self.state.index = (index or 0) % len(SONGS)
            self._begin(SONGS[self.state.index].uri)
        self._resume(position_ms)

    def play_song(self, uri: str, position_ms: int | None = None) -> None:
        """A person starts any song of the catalogue."""
        self._settle()
        self._begin(uri)
        self._resume(position_ms)

    def _resume(self, position_ms: int | None) -> None:
        self._anchor(self._elapsed_ms() if position_ms is None else position_ms, playing=True)
        if self.state.device is None:
            self.state.device = "desktop"
        self._world.commit()

    def follow_with(self, songs: int) -> None:
        """Show so many songs of the list at most."""
        self.state.follow = songs
        self._world.commit()

    def pause(self) -> None:
        """Hold where it is."""
        self._settle()
        self._anchor(self._elapsed_ms(), playing=False)
        self._world.commit()

    def seek(self, position_ms: int) -> None:
        """Jump within what plays."""
        self._settle()
        self._anchor(position_ms, playing=self.state.is_playing)
        self._world.commit()

    def skip(self) -> None:
        """Go to the next song: the queue first, then the list."""
        self._settle()
        self._leave("song_skipped", self._world.now())
        self._advance(self._world.now())
        self._anchor(0, playing=True)
        self._world.commit()

    def interrupt(self, kind: PlayKind) -> None:
        """Play something that is not a track of the catalogue, or nothing; songs follow afterwards."""
        self._settle()
        self._leave("song_skipped", self._world.now())
        self.state.kind, self.state.current, self.state.nth = kind, None, None
        self._anchor(0, playing=kind != "nothing")
        self._world.commit()

    def enqueue(self, uri: str, by: Adder = "app") -> int:
        """Append to the queue; which addition it is, counted from 1."""
        self._settle()
        self.state.added += 1
        entry = QueueEntry(nth=self.state.added, uri=uri)
        self._record("song_queued", self._world.now(), uri=uri, nth=entry.nth, by=by)
        self.state.queue.append(entry)
        self._world.commit()
        return entry.nth

    def drop_queued(self, uri: str | None = None) -> int:
        """A person takes the queue away, or every occurrence of one thing; how many entries that were."""
        self._settle()
        gone = [entry for entry in self.state.queue if uri is None or entry.uri == uri]
        for entry in gone:
            self._record("song_vanished", self._world.now(), uri=entry.uri, nth=entry.nth)
        self.state.queue = [entry for entry in self.state.queue if entry not in gone]
        self._world.commit()
        return len(gone)

    def use_device(self, name: str | None, *, play: bool | None = None, listed: bool = False) -> None:
        """Move to a device, or to none: the player then stands still and answers nothing.

        `listed`: without an active device the devices are listed all the same.
        """
        self._settle()
        playing = self.state.is_playing and name is not None
        self._anchor(self._elapsed_ms(), playing=playing if play is None else play)
        self.state.device = name
        self.state.listed = listed
        self._world.commit()

    def set_private(self, on: bool) -> None:
        """A private session hides what plays."""
        self.state.private_session = on
        self._world.commit()

    def set_speed(self, speed: float) -> None:
        """Make every song so many times shorter; what plays keeps the part of it that was heard."""
        self._settle()
        self._anchor(round(self._elapsed_ms() * self.state.speed / speed), playing=self.state.is_playing)
        self.state.speed = speed
        self._world.commit()

    def _begin(self, uri: str) -> None:
        self._leave("song_skipped", self._world.now())
        self._start(QueueEntry(nth=0, uri=uri), self._world.now())
        self._anchor(0, playing=self.state.is_playing)

    def _start(self, entry: QueueEntry, at: Instant) -> None:
        self.state.kind, self.state.current = ODD_URIS.get(entry.uri, "track"), entry.uri
        self.state.nth = entry.nth or None
        self._record("song_started", at, uri=entry.uri, nth=self.state.nth)

    def _leave(self, kind: EntryKind, at: Instant) -> None:
        if self.state.kind != "nothing" and self.state.current is not None:
            self._record(kind, at, uri=self.state.current, nth=self.state.nth)

    def _record(self, kind: EntryKind, at: Instant, **fields: object) -> None:
        nth = fields.get("nth")
        # Each addition is queued, starts and goes once, even when a kill makes the world live a moment again.
        if self._ledger is None or (nth is not None and (kind, nth) in self._told):
            return
        self._told.add((kind, nth))
        self._ledger.record(kind, fields, at)

    def _anchor(self, position_ms: int, *, playing: bool) -> None:
        self.state.position_ms = max(0, position_ms)
        self.state.anchored_at = self._world.now()
        self.state.is_playing = playing

    def _elapsed_ms(self) -> int:
        state = self.state
        if not state.is_playing:
            return state.position_ms
        return state.position_ms + max(0, round((self._world.now() - state.anchored_at).total_seconds() * 1000))

    def _duration_ms(self) -> int:
        match self.state.kind:
            case "track":
                return self.length_ms(BY_URI[self.state.current or SONGS[0].uri])
            case "episode":
                return EPISODE.seconds * 1000
            case "local":
                return LOCAL_SONG.duration_ms
            case _:
                return AD_SECONDS * 1000

    def _settle(self) -> None:
        moved = False
        while self.state.is_playing and self.state.kind != "nothing":
            over = self._elapsed_ms() - self._duration_ms()
            if over < 0:
                break
            ended = self._world.now() - timedelta(milliseconds=over)
            self._leave("song_ended", ended)
            self._advance(ended)
            self.state.position_ms = 0
            self.state.anchored_at = ended
            moved = True
        if moved:
            # What the ledger now says must not be found once more after a kill.
            self._world.commit()

    def _advance(self, at: Instant) -> None:
        if self.state.queue:
            self._start(self.state.queue.pop(0), at)
            return
        if self.state.kind not in _AFTER_ITEM:
            self.state.index = (self.state.index + 1) % len(SONGS)
        self._start(QueueEntry(nth=0, uri=SONGS[self.state.index].uri), at)


def describe(playing: NowPlaying, player: Player) -> Json:
    """The player in a few words, as steering answers."""
    return {
        "kind": playing.kind,
        "id": playing.song.id if playing.song is not None else None,
        "title": playing.song.title if playing.song is not None else None,
        "progress_ms": playing.progress_ms,
        "duration_ms": playing.duration_ms,
        "is_playing": playing.is_playing,
        "device": player.device,
        "queue": [entry.model_dump() for entry in player.queue],
        "speed": player.speed,
    }
