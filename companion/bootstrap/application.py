"""The application that window and scripts speak to, put together from the parts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from companion.application.actions import Objects
from companion.application.companion import CompanionApplication
from companion.application.parts import Parts
from companion.application.sign_in import SignInFlow
from companion.bootstrap.evening import Evening
from companion.bootstrap.features import FeatureSwitches
from companion.bootstrap.foundation import Foundation, Surroundings
from companion.bootstrap.graph import Ears, Stream
from companion.bootstrap.logins import Logins
from companion.bootstrap.options import Run
from companion.bootstrap.settings import SettingsFile
from companion.chat.reply_preview import preview_reply
from companion.services.overlay.server import LocalServer
from companion.services.system.launchers import Launchers


@dataclass(frozen=True, slots=True)
class Made:
    """What exists before the application does."""

    foundation: Foundation
    logins: Logins
    stream: Stream
    evening: Evening
    ears: Ears
    server: LocalServer
    launchers: Launchers


def make_application(run: Run, around: Surroundings, made: Made) -> CompanionApplication:
    """Make it; nothing is drawn before somebody subscribes."""
    tokens = made.logins.by_provider()
    client_ids = SettingsFile(run.paths.settings, run.settings)
    sign_in = SignInFlow(
        twitch=made.logins.twitch_auth,
        spotify=made.logins.spotify_auth,
        logins=tokens,
        client_ids=client_ids,
        scopes=made.logins.scopes,
        supervisor=around.supervisor,
        clock=around.clock,
        sleep=asyncio.sleep,
        on_change=made.foundation.reactions.changed,
    )
    parts = Parts(
        lifecycle=made.stream.lifecycle,
        local_stream=made.stream.local,
        playback=made.stream.playback,
        logins=tokens,
        eventsub=made.ears.eventsub,
        vault=around.vault,
        overlays=made.server,
        client_ids=client_ids,
        features=FeatureSwitches(file=client_ids, logins=made.logins),
        sign_in=sign_in,
        feed=made.stream.feed,
        open_address=around.open_address,
        waiting_files=made.launchers.paths,
        objects=_objects(around, made),
    )
    return CompanionApplication(parts=parts, clock=around.clock, demo=run.options.demo, on_quit=around.request_quit)


def _objects(around: Surroundings, made: Made) -> Objects:
    objects = made.evening.objects
    return Objects(
        queue=objects.songs,
        raffle=objects.raffle,
        achievements=objects.achievements,
        commands=objects.commands,
        preview=lambda text: preview_reply(text, now=around.clock.now()),
        sagas=objects.sagas,
        inbox=made.evening.inbox,
        bus=made.foundation.bus,
        hold=objects.hold,
        rewards=objects.rewards,
        viewers=objects.viewers,
        raids=objects.raids,
    )
