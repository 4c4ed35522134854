"""Drawing the picture: every part is asked for its present state, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from companion.application.connections import Lamps, connections
from companion.application.features import feature_views
from companion.application.messages import Message
from companion.application.needs_you import NeedsYouActions
from companion.application.parts import Parts
from companion.application.snapshots import AppSnapshot, TrayState
from companion.kernel.instant import Clock, Instant
from companion.ports.chat_commands import StoredValue
from companion.ports.tokens import Provider, TokenStatus


class SnapshotBuilder:
    """Makes an `AppSnapshot` of the parts as they are."""

    def __init__(self, *, parts: Parts, needs_you: NeedsYouActions, clock: Clock, demo: bool) -> None:
        self._parts = parts
        self._needs_you = needs_you
        self._clock = clock
        self._demo = demo

    def build(self, *, revision: int, starting: bool, notices: tuple[Message, ...]) -> AppSnapshot:
        """The picture of this moment. While the application is `starting` nothing is read from the tables."""
        parts, objects, now = self._parts, self._parts.objects, self._clock.now()
        tokens = {provider: login.status() for provider, login in parts.logins.items()}
        lamps = self._lamps(now, tokens)
        strip = connections(lamps)
        stream = parts.local_stream.get_stream_state()
        queue = objects.queue.get_queue()
        # While it starts there may be no tables yet.
        needs_you = () if starting else self._needs_you.items(queue)
        tray: TrayState = "live" if stream.is_live else "off"
        if needs_you or any(lamp.level == "bad" for lamp in strip) or any(n.severity == "bad" for n in notices):
            tray = "needs_you"
        return AppSnapshot(
            revision=revision,
            taken_at=now,
            demo=self._demo,
            starting=starting,
            stream=stream,
            sparkline=tuple(parts.lifecycle.sparkline()),
            playback=lamps.playback,
            tokens=tokens,
            client_ids={provider: parts.client_ids.get(provider) for provider in parts.logins},
            features=feature_views(parts.features.on(), tokens["twitch"]),
            sign_in=parts.sign_in.states(),
            connections=strip,
            overlays=lamps.overlays,
            feed=parts.feed.entries(),
            notices=notices,
            tray="starting" if starting else tray,
            queue=queue,
            raffle=objects.raffle.view(),
            achievements=tuple(objects.achievements.definitions()),
            commands=tuple(objects.commands.list_commands()),
            values=self._values(),
            rewards=objects.rewards.view(),
            needs_you=needs_you,
            hold=objects.hold.state(),
        )

    def _lamps(self, now: Instant, tokens: Mapping[Provider, TokenStatus]) -> Lamps:
        parts = self._parts
        return Lamps(
            now=now,
            twitch=tokens["twitch"],
            eventsub=parts.eventsub.status(),
            spotify=tokens["spotify"],
            playback=parts.playback.get_state(),
            overlays=replace(parts.overlays.state(), files=parts.waiting_files()),
            vault=parts.vault.status(),
            bot=tokens["twitch_bot"],
        )

    def _values(self) -> tuple[StoredValue, ...]:
        commands = self._parts.objects.commands
        names = sorted({command.value_of for command in commands.list_commands() if command.value_of is not None})
        return tuple(value for name in names if (value := commands.value(name)) is not None)
