"""The player: where it stands follows from where it stood and the clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from companion.simulator.catalogue import AD_SECONDS, BY_URI, EPISODE, LOCAL_SONG, SONGS, Song
from companion.simulator.world import World
from companion.simulator.world_state import Player, PlayKind

DEVICES: Final = {
    "desktop": ("5d1c3f20a9be47d1a6c08e7f42b91d3c0f6a2e58", "Workroom PC", "Computer"),
    "phone": ("b07e4a9152cd4f6f8d3e1a7069c2f58e4d1b3a96", "Pocket phone", "Smartphone"),
}
_AFTER_ITEM: Final = frozenset({"ad", "episode", "local", "unknown"})


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """What plays at one moment; `song` only for a track, `progress_ms` and `duration_ms` within it."""

    kind: PlayKind
    song: Song | None
    progress_ms: int
    duration_ms: int
    is_playing: bool


class SpotifyPlayer:
    """Commands and questions. Every command commits; a question changes nothing that a restart would not find again."""

    def __init__(self, world: World) -> None:
        self._world = world

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

    def upcoming(self) -> list[Song]:
        """What a person queued, then what follows in the list; 20 songs at most."""
        self._settle()
        if self.state.kind == "nothing":
            return []
        queued = [BY_URI[uri] for uri in self.state.queue]
        following = [SONGS[(self.state.index + n) % len(SONGS)] for n in range(1, 21)]
        return (queued + following)[:20]

    def play(self, index: int | None = None, position_ms: int | None = None) -> None:
        """Play on; with `index` start that song of the catalogue."""
        self._settle()
        if index is not None or self.state.kind == "nothing":
            self.state.index = (index or 0) % len(SONGS)
            self._start(SONGS[self.state.index].uri)
        self._anchor(self._elapsed_ms() if position_ms is None else position_ms, playing=True)
        if self.state.device is None:
            self.state.device = "desktop"
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
        self._advance()
        self._anchor(0, playing=True)
        self._world.commit()

    def interrupt(self, kind: PlayKind) -> None:
        """Play something that is not a track of the catalogue, or nothing; songs follow afterwards."""
        self._settle()
        self.state.kind = kind
        self.state.current = None
        self._anchor(0, playing=kind != "nothing")
        self._world.commit()

    def enqueue(self, uri: str) -> None:
        """Append to the queue."""
        self._settle()
        self.state.queue.append(uri)
        self._world.commit()

    def use_device(self, name: str | None, *, play: bool | None = None) -> None:
        """Move to a device, or to none: the player then stands still and answers nothing."""
        self._settle()
        playing = self.state.is_playing and name is not None
        self._anchor(self._elapsed_ms(), playing=playing if play is None else play)
        self.state.device = name
        self._world.commit()

    def set_private(self, on: bool) -> None:
        """A private session hides what plays."""
        self.state.private_session = on
        self._world.commit()

    def _start(self, uri: str) -> None:
        self.state.kind = "track"
        self.state.current = uri
        self._anchor(0, playing=self.state.is_playing)

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
                return BY_URI[self.state.current or SONGS[0].uri].duration_ms
            case "episode":
                return EPISODE.seconds * 1000
            case "local":
                return LOCAL_SONG.duration_ms
            case _:
                return AD_SECONDS * 1000

    def _settle(self) -> None:
        while self.state.is_playing and self.state.kind != "nothing":
            over = self._elapsed_ms() - self._duration_ms()
            if over < 0:
                return
            now = self._world.now()
            self._advance()
            self.state.position_ms = 0
            self.state.anchored_at = now - timedelta(milliseconds=over)

    def _advance(self) -> None:
        if self.state.queue:
            self.state.kind, self.state.current = "track", self.state.queue.pop(0)
            return
        if self.state.kind not in _AFTER_ITEM:
            self.state.index = (self.state.index + 1) % len(SONGS)
        self.state.kind, self.state.current = "track", SONGS[self.state.index].uri
