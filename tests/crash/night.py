"""A night with one of everything that viewers pay for or ask: a song, a roll, two commands, achievements, the reveal.

Told inside a Companion process; begun again, it goes on where it was cut off.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from companion.bootstrap.graph import Graph
from companion.kernel.result import Ok
from companion.objects.rewards.rules import DEFAULTS
from companion.ports.chat_commands import Command
from companion.simulator.catalogue import SONGS
from tests.crash.backstage import Backstage, MortalProcess, running, until, until_true
from tests.crash.deaths import Deaths
from tests.crash.dj import Dj
from tests.crash.loose_ends import found, loose_ends

STREAM = "41000078"
SONG_REWARD, RAFFLE_REWARD = DEFAULTS["song_request"].title, DEFAULTS["raffle"].title
PAID_SONG, ASKED_SONG = SONGS[3], SONGS[9]
SINGER, ROLLER, ASKER, COUNTER = "kelpwhistle", "fennelbrook", "sorrelgate", "mossyquill"
ASKING, COUNTING = f"!sr {ASKED_SONG.uri}", "!tally"


async def spend_night(process: MortalProcess, simulator: str, deaths: Deaths) -> dict[str, Any]:
    """Run Companion, tell it the night, quit. The answer is what Companion then knows."""
    async with running(process) as graph:
        night = _Night(graph, simulator)
        await night.sign_in_where_needed()
        deaths.begin()
        await night.open()
        await night.ask()
        await night.play()
        await night.close()
        return await night.told()


class _Night(Backstage):
    """The steps. Each looks first whether it has been taken already."""

    def __init__(self, graph: Graph, simulator: str) -> None:
        super().__init__(graph, simulator)
        self._objects = graph.evening.objects
        self._dj = Dj(self)

    async def open(self) -> None:
        """Rewards, a counter, music, the stream, the raffle."""
        await self.open_rewards()
        if self._objects.commands.find(COUNTING) is None:
            tally = Command("tally", "counter", template="{count} so far")
            assert isinstance(await self._objects.commands.create(tally), Ok)
        if (await self.world())["spotify"]["player"]["kind"] == "nothing":
            # So that Spotify's queue is seen whole: else nobody knows of the very first song whether it was taken.
            await self.steer("spotify/play", track=0, follow=12)
        if await self.stream_at_twitch() is None:
            await self.steer("stream/online", stream_id=STREAM, viewers=61)
        if await self.stream_at_twitch() == "live":
            await until(self.is_raffle_open, "the raffle and both rewards are open")

    async def ask(self) -> None:
        """Each viewer asks once, whoever listens."""
        redeemed = {entry["user_login"] for entry in await self.ledger("redemption_made")}
        for login, reward, text in ((SINGER, SONG_REWARD, PAID_SONG.uri), (ROLLER, RAFFLE_REWARD, "")):
            if login not in redeemed:
                await self.steer("redemptions", reward=reward, viewer={"login": login}, text=text)
        written = {entry["user_login"] for entry in await self.ledger("chat_shown", by="viewer")}
        for login, text in ((ASKER, ASKING), (COUNTER, COUNTING)):
            if login not in written:
                await self.steer("chat", viewer={"login": login}, text=text)
        with suppress(TimeoutError):  # what was written to a Companion that was killed may never have been heard
            await until(self._both_are_let_in, "both songs are in the queue", 2.0)

    async def play(self) -> None:
        """Music, until everybody has what they asked for."""

        async def done() -> bool:
            await self._dj.step()
            return not self._loose_ends() and await self._all_settled()

        await until_true(done, lambda: f"all is done but {self._loose_ends()}")

    async def close(self) -> None:
        """The stream ends, and with it the epoch: its seed is revealed."""
        if await self.stream_at_twitch() == "live":
            await self.steer("stream/offline")
        lifecycle = self.graph.stream.lifecycle
        try:
            await until(lambda: not lifecycle.get_is_live(), "offline", 2.0)
        except TimeoutError:
            # It was told to the process that was killed. Twitch would be asked five times over five minutes.
            streamer = {"broadcaster_user_id": "900100", "broadcaster_user_login": "lanternharbor"}
            event = {**streamer, "broadcaster_user_name": "LanternHarbor"}
            await self.steer("eventsub/notify", type="stream.offline", event=event)
        await until(self.is_revealed, "the seed is revealed")
        await until(lambda: not self._loose_ends(), "all is told")

    async def told(self) -> dict[str, Any]:
        """What Companion knows at the end of the night."""
        objects = self._objects
        verified = await objects.raffle.verify()
        assert isinstance(verified, Ok), verified
        tally = objects.commands.value("tally")
        return {
            "needs_you": [f"{run.summary}: {run.error}" for run in objects.sagas.needs_you()],
            "runs": {run.id: run.status for run in objects.sagas.list_runs()},
            "sound": verified.value.sound,
            "rolls": sum(verdict.rolls for verdict in verified.value.epochs),
            "tally": None if tally is None else tally.count,
        }

    def _both_are_let_in(self) -> bool:
        return len(found(self.data, {"song": "SELECT id FROM song_requests"})) == 2

    async def _all_settled(self) -> bool:
        settled = await self.ledger("redemption_fulfilled", "redemption_canceled")
        return len({entry["redemption_id"] for entry in settled}) == len(DEFAULTS)

    def _loose_ends(self) -> Sequence[str]:
        return loose_ends(self.data)
