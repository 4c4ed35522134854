"""An evening on air for journeys: a signed-in Companion, a simulated Twitch and Spotify, and what happened there."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from companion.simulator.catalogue import LIBRARY
from tests.helpers.companion import CompanionProcess, Parsed
from tests.helpers.signing_in import sign_in_to_both
from tests.helpers.simulator import SimulatorProcess
from tests.helpers.waiting import until

FEATURES = ("redemptions", "chat", "shoutouts", "follows", "subscriptions", "bits")
SPEED = 40.0
"""Songs last a few seconds; Companion looks at Spotify a second after each end."""
SONG = "Request a song"
ROLL = "Roll the keyboard raffle"
_REWARDS: tuple[dict[str, Any], ...] = (
    {"use": "song_request", "title": SONG, "cost": 500, "input_required": True},
    {"use": "raffle", "title": ROLL, "cost": 300},
)
_NO_KEYRING = re.compile("^keyring: none|lasts for this session only")
_OVER = frozenset({"completed", "failed"})


class OnAir:
    """Companion and the world around it, moved and asked by a test."""

    def __init__(self, folder: Path, *, broadcaster_type: str = "affiliate", resume_minutes: float = 0) -> None:
        self.simulator = SimulatorProcess(folder / "simulator", auto_approve=True)
        environ = {
            "COMPANION_TWITCH__FEATURES": json.dumps(FEATURES),
            "COMPANION_STREAM__RESUME_WINDOW_MINUTES": str(resume_minutes),
        }
        self.companion = CompanionProcess(folder, simulator=self.simulator.url, environ=environ)
        self._broadcaster_type = broadcaster_type
        self._streams = 0

    async def start(self) -> None:
        """Sign in to both, and have the rewards made where there can be any."""
        await self.simulator.start()
        self.simulator.post("/sim/channel", broadcaster_type=self._broadcaster_type)
        self.companion.write_settings()
        await self.companion.start("--log-level", "debug")
        await sign_in_to_both(self.companion)
        if self._broadcaster_type:
            for reward in _REWARDS:
                await self.companion.ask("rewards.configure", **reward)

    def kill(self) -> None:
        """End both, without mercy."""
        self.companion.kill()
        self.simulator.kill()

    # ---- the stream

    async def go_live(self, *, speed: float = SPEED) -> None:
        """A new stream with music; it answers when viewers can redeem and roll."""
        self._streams += 1
        self.simulator.speed(speed)
        self.simulator.play(0)
        self.simulator.online(stream_id=f"4100010{self._streams}", viewers=61)
        await self.companion.until_stream("the stream is live", is_live=True)
        if self._broadcaster_type:
            await until(self._open, what="both rewards and the raffle are open", hint=self.companion.child.told)

    async def end(self) -> None:
        """The stream ends, its session with it, and every run."""
        self.simulator.post("/sim/stream/offline")
        await self.companion.until_stream("the session is over", is_live=False, resume_until=None)
        await self.until_quiet()

    async def until_listening_again(self) -> None:
        """After a restart: EventSub is heard, and the stream is known to go on."""
        await self.companion.until_listening()
        await self.companion.until_stream("the stream goes on", is_live=True)

    async def _open(self) -> bool:
        rewards = (await self.companion.ask("rewards.view"))["rewards"]
        epoch = (await self.companion.ask("keyboard_raffle.view"))["epoch"]
        able = all(each["reward"] and not each["reward"]["is_paused"] for each in rewards)
        return able and epoch is not None and epoch["state"] == "open"

    # ---- what viewers do

    def request(self, text: str, login: str, *, silent: bool = False) -> str:
        """Redeem the song reward; the redemption's id."""
        return self.simulator.make_redemption(SONG, text, login, silent=silent)

    def roll(self, login: str) -> str:
        """Redeem the raffle; the redemption's id."""
        return self.simulator.make_redemption(ROLL, "", login)

    async def roll_and_settle(self, login: str) -> None:
        """A roll whose points are taken."""
        await self.until_settled(self.roll(login), "fulfilled")

    async def skip(self) -> None:
        """A moderator has the next song played."""
        before = self.now()
        self.simulator.chat("!skip", "mia_mod", roles=("moderator",))
        await self.until_said("mia_mod: skipped ", after=before)

    # ---- what came of it

    async def queue(self) -> Parsed:
        return await self.companion.ask("song_queue.get_queue", limit=100)

    async def states(self) -> dict[str, str]:
        """The requests that are not over, by id."""
        queue = await self.queue()
        playing = (queue["now_playing"] or {}).get("request")
        shown = [*queue["requests"], *([playing] if playing else [])]
        return {request["id"]: request["state"] for request in shown}

    async def until_state(self, request_id: str, *states: str) -> None:
        async def look() -> bool:
            return (await self.states()).get(request_id) in states

        await until(look, what=f"{request_id} is {' or '.join(states)}", hint=self.companion.child.told)

    async def until_settled(self, redemption_id: str, kind: str) -> None:
        """By the ledger, and only once."""
        await until(lambda: self.settled(redemption_id), what=f"{redemption_id} is settled", hint=self._told)
        assert self.settled(redemption_id) == [kind]

    def settled(self, redemption_id: str) -> list[str]:
        """What became of a redemption, by the ledger."""
        kinds = ("redemption_fulfilled", "redemption_canceled")
        found = self.simulator.ledger(*kinds, redemption_id=redemption_id)
        return [str(entry["kind"]).removeprefix("redemption_") for entry in found]

    def said(self, about: str = "", *, after: int = 0) -> list[str]:
        """What Companion wrote in chat behind that number of the ledger, of the lines that contain `about`."""
        lines = self.simulator.ledger("chat_shown", after=after)
        own = [str(line["text"]) for line in lines if line["by"] != "viewer"]
        return [text for text in own if about in text]

    async def until_said(self, about: str, *, after: int = 0) -> str:
        """The one line with these words."""
        await until(lambda: self.said(about, after=after), what=f"chat says “{about}”", hint=self._told)
        (line,) = self.said(about, after=after)
        return line

    def now(self) -> int:
        """The number of the newest entry of the ledger."""
        return len(self.simulator.ledger())

    def queued_by_app(self, title: str) -> list[dict[str, Any]]:
        """Each time Companion gave that song to Spotify."""
        return list(self.simulator.ledger("song_queued", uri=uri_of(title), by="app"))

    def started(self, title: str) -> list[dict[str, Any]]:
        """Each time that song began."""
        return list(self.simulator.ledger("song_started", uri=uri_of(title)))

    async def played(self, count: int) -> bool:
        """Whether so many songs stand in the history."""
        return bool((await self.companion.ask("song_queue.get_history"))["total"] >= count)

    async def until_quiet(self) -> None:
        """Every run has come to its end, and everybody has been told; a shout-out may stand in line for minutes."""
        await until(self._quiet, what="everything is settled and told", hint=self._told)

    async def _quiet(self) -> bool:
        runs = (await self.companion.ask("sagas.list"))["runs"]
        pending = self.companion.rows(
            "SELECT event_id FROM outbox_deliveries WHERE state = 'pending' UNION ALL"
            " SELECT event_id FROM achievement_unlocks WHERE announcement IN ('pending', 'sending')"
        )
        return all(run["status"] in _OVER or run["kind"] == "raid" for run in runs) and not pending

    async def check_sound(self) -> None:
        """Nobody is needed, nothing is dead, and the log warns of nothing."""
        assert (await self.companion.ask("sagas.needs_you"))["runs"] == []
        for method in ("event_bus.dead_letters", "event_inbox.dead_letters"):
            assert (await self.companion.ask(method))["dead_letters"] == []
        told = warnings(self.companion)
        assert not told, told

    async def feed(self, kind: str) -> Sequence[str]:
        """The sentences of that kind in the event feed, newest first."""
        entries = (await self.companion.ask("feed.list"))["entries"]
        return [entry["text"] for entry in entries if entry["kind"] == kind]

    def _told(self) -> str:
        return f"{self.companion.child.told()}--- said: {self.said()}"


def uri_of(title: str) -> str:
    """The address of a song of the simulated Spotify."""
    return next(song.uri for song in LIBRARY if song.title == title)


def warnings(companion: CompanionProcess) -> list[dict[str, Any]]:
    """The lines of the log file that are worse than information; a machine without a keyring is no fault here."""
    lines = [line for line in companion.lines() if line["level"] not in ("debug", "info")]
    return [line for line in lines if not _NO_KEYRING.search(line["event"])]
