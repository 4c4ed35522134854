"""The world: the state, the clock and the randomness that every part of the simulator shares."""

from __future__ import annotations

import string
import uuid
from collections.abc import Callable
from datetime import timedelta
from random import Random

from companion.kernel.instant import Clock, Instant
from companion.simulator.state_file import StateFile
from companion.simulator.world_state import Player, SpotifyState, WorldState

_LOWER = string.ascii_lowercase + string.digits
_URL_SAFE = string.ascii_letters + string.digits + "-_"


class World:
    """Owns the state. Whoever changes it calls `commit` before answering, so that a kill loses nothing told."""

    def __init__(self, *, file: StateFile | None, clock: Clock, seed: int) -> None:
        self._file = file
        self._clock = clock
        self._seed = seed
        self._forgetting: list[Callable[[], None]] = []
        saved = file.load() if file is not None else None
        self.state = saved if saved is not None else self._fresh()
        self.state.starts += 1
        # Seeding with the number of starts keeps a restarted world from issuing the same tokens again.
        self.random = Random(f"{seed}:{self.state.starts}")
        self.commit()

    def _fresh(self) -> WorldState:
        return WorldState(spotify=SpotifyState(player=Player(anchored_at=self._clock.now())))

    def now(self) -> Instant:
        """The simulator's wall clock, UTC."""
        return self._clock.now()

    def after(self, seconds: float) -> Instant:
        """The instant `seconds` from now."""
        return self._clock.now() + timedelta(seconds=seconds)

    def commit(self) -> None:
        """Make the state survive a kill. Raises `OSError` when the disk refuses."""
        if self._file is not None:
            self._file.save(self.state)

    def reset(self) -> None:
        """Forget everything but the number of starts."""
        starts = self.state.starts
        self.state = self._fresh()
        self.state.starts = starts
        for forget in self._forgetting:
            forget()
        self.commit()

    def on_reset(self, forget: Callable[[], None]) -> None:
        """Have `forget` called at every reset: what a part remembers beside the state goes then too."""
        self._forgetting.append(forget)

    def lower_token(self, length: int) -> str:
        """Random text of a-z and 0-9: the look of Twitch's tokens."""
        return "".join(self.random.choices(_LOWER, k=length))

    def url_token(self, prefix: str, length: int) -> str:
        """Random base64url text: the look of Spotify's tokens."""
        return prefix + "".join(self.random.choices(_URL_SAFE, k=length))

    def user_code(self) -> str:
        """Eight capital letters."""
        return "".join(self.random.choices(string.ascii_uppercase, k=8))

    def uuid(self) -> str:
        """A random UUID4 as text."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))

    def nano_timestamp(self, at: Instant | None = None) -> str:
        """RFC 3339 with nanoseconds, as EventSub writes it."""
        moment = at if at is not None else self.now()
        return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + f"{self.random.randrange(1000):03d}Z"


def second_timestamp(at: Instant) -> str:
    """RFC 3339 with whole seconds, as Helix writes `started_at`."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
