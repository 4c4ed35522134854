"""What happens on an evening: viewers, requests, raffle, achievements, chat, and the sagas that hold it together."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from companion.application.catch_up import CatchUp
from companion.application.explain_actions import explain_skipping
from companion.application.features import TWITCH_FEATURES, reason_for
from companion.application.settled_at_twitch import SettledAtTwitch
from companion.bootstrap.evening_chat import make_intake
from companion.bootstrap.evening_parts import Around, Objects
from companion.bootstrap.logins import Logins
from companion.bootstrap.outside import speaker
from companion.bootstrap.paths import resources_folder
from companion.chat.voice import Voice
from companion.objects.achievements.object import Achievements
from companion.objects.chat_commands.object import ChatCommands
from companion.objects.event_inbox.object import EventInbox
from companion.objects.hold.object import Hold
from companion.objects.keyboard_raffle.object import KeyboardRaffle
from companion.objects.raids.object import Raids
from companion.objects.rewards.object import Rewards
from companion.objects.rewards.rules import DEFAULTS
from companion.objects.song_queue.object import SongQueue
from companion.objects.viewers.object import Viewers
from companion.runtime.saga.host import SagaHost
from companion.sagas.keyboard_raffle import KeyboardRaffleSaga
from companion.sagas.raffle_win import RaffleWin
from companion.sagas.raid_shoutout import RaidShoutout
from companion.sagas.settling import Settling
from companion.sagas.song_request import SongRequestSaga

_SEED_BYTES = 32


@dataclass(frozen=True, slots=True)
class Evening:
    """The objects with what feeds them."""

    objects: Objects
    inbox: EventInbox
    catch_up: CatchUp


def make_evening(around: Around) -> Evening:
    """Make everything, start nothing."""
    objects = _objects(around)
    _register(around, objects)
    settled = SettledAtTwitch(sagas=objects.sagas, songs=objects.songs, note=around.note)
    inbox = EventInbox(
        runtime=around.foundation.runtime,
        intake=make_intake(around, objects, settled),
        supervisor=around.surroundings.supervisor,
        logger=logging.getLogger("companion.inbox"),
    )
    catch_up = CatchUp(
        api=around.outside.rewards,
        reward_ids=objects.rewards.reward_ids,
        inbox=inbox,
        unsettled=settled,
        missing=_reward_missing(around, objects.rewards),
        is_deleted=objects.rewards.is_deleted,
        timer=around.surroundings.make_timer(),
        supervisor=around.surroundings.supervisor,
        clock=around.surroundings.clock,
        logger=logging.getLogger("companion.inbox"),
    )
    return Evening(objects, inbox, catch_up)


def _reward_missing(around: Around, rewards: Rewards) -> Callable[[str], None]:
    """Whoever finds that Twitch does not know a reward has it looked after."""

    def missing(reward_id: str) -> None:
        around.surroundings.supervisor.spawn(rewards.look_for(reward_id), name="look for a reward")

    return missing


def _objects(around: Around) -> Objects:
    runtime, changes, outside = around.foundation.runtime, around.changes, around.outside
    viewers = Viewers(runtime=runtime, streamer=around.logins.streamer_id)
    hold = Hold(runtime=runtime, logger=logging.getLogger("companion.hold"))
    voice = _voice(around, viewers)
    sagas = SagaHost(
        runtime=runtime,
        supervisor=around.surroundings.supervisor,
        logger=logging.getLogger("companion.sagas"),
        on_change=changes.picture,
    )
    rewards = Rewards(
        runtime=runtime,
        api=outside.rewards,
        unavailable=lambda: why_no_channel_points(around.logins),
        channel_id=around.logins.streamer_id,
        logger=logging.getLogger("companion.rewards"),
        on_change=changes.rewards,
        on_skipping=lambda title: changes.notice(explain_skipping(title)),
    )
    return Objects(
        viewers=viewers,
        hold=hold,
        sagas=sagas,
        voice=voice,
        rewards=rewards,
        raids=Raids(runtime=runtime, is_live=around.lifecycle.get_is_live),
        raffle=_raffle(around, voice, rewards, sagas, viewers),
        achievements=_achievements(around, viewers, voice),
        commands=ChatCommands(runtime=runtime, logger=logging.getLogger("companion.chat"), on_change=changes.picture),
        songs=_songs(around, viewers, hold, sagas),
    )


def _achievements(around: Around, viewers: Viewers, voice: Voice) -> Achievements:
    return Achievements(
        runtime=around.foundation.runtime,
        viewers=viewers,
        voice=voice,
        logger=logging.getLogger("companion.achievements"),
        on_change=around.changes.achievements,
    )


def _songs(around: Around, viewers: Viewers, hold: Hold, sagas: SagaHost) -> SongQueue:
    return SongQueue(
        runtime=around.foundation.runtime,
        spotify=around.outside.spotify,
        playback=around.playback,
        stream=around.lifecycle,
        viewers=viewers,
        sagas=sagas,
        held=lambda: hold.state().held,
        twitch_time=around.outside.helix.client.twitch_time.of,
        on_change=around.changes.songs,
        logger=logging.getLogger("companion.songs"),
    )


def _voice(around: Around, viewers: Viewers) -> Voice:
    speaks = speaker(around.outside, around.logins, viewers.role_of)
    return Voice(
        api=speaks,
        privileged=speaks.privileged,
        why_silent=speaks.why_silent,
        supervisor=around.surroundings.supervisor,
        timer=around.surroundings.make_timer(),
        clock=around.surroundings.clock,
        logger=logging.getLogger("companion.chat"),
    )


def _raffle(around: Around, voice: Voice, rewards: Rewards, sagas: SagaHost, viewers: Viewers) -> KeyboardRaffle:
    def session_id() -> str | None:
        stream = around.lifecycle.get_stream_state()
        return stream.session_id if stream.is_live or stream.resume_until is not None else None

    def wanted() -> bool:
        view = rewards.view()
        by_points = any(each.use == "raffle" and each.switched_on for each in view.rewards)
        return around.lifecycle.get_is_live() and (by_points or not view.available)

    return KeyboardRaffle(
        runtime=around.foundation.runtime,
        voice=voice,
        channel_id=around.logins.streamer_id,
        session_id=session_id,
        wanted=wanted,
        known_as=viewers.get,
        wake=sagas.wake_in,
        seeds=lambda: secrets.token_bytes(_SEED_BYTES),
        twitch_time=around.outside.helix.client.twitch_time.of,
        proof_template=resources_folder() / "raffle" / "proof.html",
        logger=logging.getLogger("companion.raffle"),
        on_change=around.changes.raffle,
    )


def _register(around: Around, objects: Objects) -> None:
    """The kinds of sagas; before the host is started."""
    outside, voice = around.outside, objects.voice
    missing = _reward_missing(around, objects.rewards)
    settling = Settling(outside.rewards, missing=missing)
    song = SongRequestSaga(
        queue=objects.songs.steps,
        handing=objects.songs.handing,
        standing=objects.songs.standing,
        spotify=outside.spotify,
        voice=voice,
        rewards=outside.rewards,
        reward_missing=missing,
    )
    roll = KeyboardRaffleSaga(
        raffle=objects.raffle, settling=settling, bus=around.foundation.bus, voice=voice, sagas=objects.sagas
    )
    raid = RaidShoutout(voice=voice, shoutouts=outside.shoutouts, raids=objects.raids)
    objects.sagas.register(song.definition())
    objects.sagas.register(roll.definition())
    objects.sagas.register(RaffleWin(settling=settling, rewards=outside.rewards).definition())
    objects.sagas.register(raid.definition())


def why_no_channel_points(logins: Logins) -> str | None:
    """Why the channel has none for Companion, as a sentence; None when it has."""
    status = logins.twitch.status()
    if status.phase != "authorized" or status.account is None or status.withheld:
        return "Channel points are there once you are signed in to Twitch."
    if status.account.broadcaster_type not in ("affiliate", "partner"):
        return "Channel points come with affiliate or partner. Until then viewers use the same by chat command."
    for scope in TWITCH_FEATURES["redemptions"]:
        if scope not in status.scopes:
            return f"Twitch has to give another permission ({reason_for(scope)}): sign in to Twitch again."
    return None


async def open_the_demos_rewards(rewards: Rewards) -> None:
    """A demo shows everything at once; elsewhere the streamer switches rewards on."""
    for use, spec in DEFAULTS.items():
        await rewards.configure(use, spec, switched_on=True)
