"""What the acts of a scenario may touch."""

from __future__ import annotations

from dataclasses import dataclass, field

from companion.simulator.channel import Channel
from companion.simulator.spotify_player import SpotifyPlayer
from companion.simulator.stream_stage import StreamStage
from companion.simulator.world import World


@dataclass(slots=True)
class Cast:
    """The parts of the world; `begun` counts what this process has set going once."""

    world: World
    stage: StreamStage
    player: SpotifyPlayer
    channel: Channel
    begun: dict[str, int] = field(default_factory=dict)
