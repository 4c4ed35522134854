"""Every action: its success draws a new picture, its refusal is a sentence and draws one too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from companion.application.actions import Actions, make_actions
from companion.application.messages import Message
from companion.kernel.result import Err, Ok, Result
from companion.ports.failures import StorageFailed
from companion.ports.raffle import RaffleSettings
from companion.ports.raids import RaidSettings
from companion.ports.rewards import RewardSettings
from companion.ports.song_rules import Block, QueueSettings
from tests.fakes.clock import FakeClock
from tests.fakes.objects import FakeObjects
from tests.fakes.show import COMMANDS, DEFINITIONS, SONG_REWARD, make_objects

Act = Callable[[Actions], Awaitable[Result[object, Message]]]


class Desk:
    def __init__(self) -> None:
        self.objects: FakeObjects = make_objects()
        self.drawn = 0
        self.actions = make_actions(
            self.objects.objects(), clock=FakeClock(), changed=self._draw, again=lambda seconds: None
        )

    def _draw(self) -> None:
        self.drawn += 1


@pytest.fixture
def desk() -> Desk:
    return Desk()


CHANGES: list[tuple[Act, tuple[str, ...]]] = [
    (lambda do: do.requests.remove("redemption-1"), ("remove", "redemption-1", "the streamer")),
    (lambda do: do.requests.move("redemption-1", 2), ("reorder", "redemption-1", "2")),
    (lambda do: do.requests.approve("redemption-4", yes=True), ("approve", "redemption-4", "True")),
    (lambda do: do.requests.approve("redemption-4", yes=False), ("approve", "redemption-4", "False")),
    (lambda do: do.requests.skip(), ("skip",)),
    (lambda do: do.requests.save_settings(QueueSettings(links_only=True)), ("set_settings",)),
    (lambda do: do.requests.block(Block("artist", "slow harbour", "Slow Harbour")),
     ("block", "artist", "slow harbour", "Slow Harbour")),
    (lambda do: do.requests.block_viewer("@ANN"), ("block", "viewer", "201", "Ann")),
    (lambda do: do.requests.unblock("track", "1"), ("unblock", "track", "1")),
    (lambda do: do.rewards.configure("song_request", SONG_REWARD, switched_on=True), ("configure", "song_request")),
    (lambda do: do.rewards.synchronise(), ("synchronise",)),
    (lambda do: do.rewards.save_settings(RewardSettings(pause_offline=False)), ("reward_settings",)),
    (lambda do: do.rewards.save_settings(do.rewards.settings()), ("reward_settings",)),
    (lambda do: do.raffle.save_settings(RaffleSettings(50, "a wave")), ("set_raffle", "50", "a wave")),
    (lambda do: do.raids.save_settings(RaidSettings(5, shout_out=False)), ("set_raids", "5", "False")),
    (lambda do: do.achievements.save(DEFINITIONS[0]), ("save_achievement", "first_request")),
    (lambda do: do.achievements.delete("night_owl"), ("delete_achievement", "night_owl")),
    (lambda do: do.achievements.move("night_owl", 1), ("move_achievement", "night_owl", "1")),
    (lambda do: do.achievements.apply("night_owl"), ("apply", "night_owl")),
    (lambda do: do.commands.create(COMMANDS[0]), ("create", "hydrate")),
    (lambda do: do.commands.update("lurk", COMMANDS[1]), ("update", "lurk")),
    (lambda do: do.commands.delete("lurk"), ("delete", "lurk")),
    (lambda do: do.commands.set_value("schedule", "Monday"), ("set_value", "schedule", "Monday")),
    (lambda do: do.hold.set(held=True), ("hold", "True", "the window")),
    (lambda do: do.hold.set(held=False), ("hold", "False", "the window")),
]  # fmt: skip
READS: list[Act] = [
    lambda do: do.requests.history(limit=5, offset=0),
    lambda do: do.requests.top_tracks(limit=5),
    lambda do: do.requests.top_requesters(limit=5),
    lambda do: do.raffle.leaderboard("wins", limit=5),
    lambda do: do.raffle.verify(),
    lambda do: do.raffle.proof(1),
    lambda do: do.achievements.preview(DEFINITIONS[0]),
    lambda do: do.achievements.viewer(" Ann "),
    lambda do: do.achievements.recent(limit=5),
    lambda do: do.achievements.leaderboard(limit=5),
]


@pytest.mark.parametrize("act,call", CHANGES)
async def test_what_was_done_is_drawn(desk: Desk, act: Act, call: tuple[str, ...]) -> None:
    assert isinstance(await act(desk.actions), Ok)
    assert desk.objects.asked == [call]
    assert desk.drawn == 1


@pytest.mark.parametrize("act", [act for act, _ in CHANGES] + READS)
async def test_what_was_not_done_is_said(desk: Desk, act: Act) -> None:
    desk.objects.refuse(StorageFailed("disk full"))
    refused = await act(desk.actions)
    assert isinstance(refused, Err) and isinstance(refused.error, Message)
    assert "database" in refused.error.title


@pytest.mark.parametrize("act", READS)
async def test_reading_draws_nothing(desk: Desk, act: Act) -> None:
    assert isinstance(await act(desk.actions), Ok)
    assert desk.drawn == 0


async def test_history_is_read_in_pages(desk: Desk) -> None:
    page = await desk.actions.requests.history(limit=25, offset=50)
    assert isinstance(page, Ok)
    assert (len(page.value.songs), page.value.total) == (7, 57)


async def test_nobody_unknown_is_blocked(desk: Desk) -> None:
    refused = await desk.actions.requests.block_viewer("stranger")
    assert isinstance(refused, Err) and "stranger" in refused.error.title
    assert desk.objects.asked == []


async def test_what_is_set_can_be_read(desk: Desk) -> None:
    await desk.actions.requests.save_settings(QueueSettings(links_only=True))
    await desk.actions.requests.block(Block("track", "1", "Lantern Season"))
    await desk.actions.rewards.save_settings(RewardSettings(pause_offline=False))
    assert desk.actions.requests.settings().links_only
    assert not desk.actions.rewards.settings().pause_offline
    assert desk.actions.requests.blocks() == (Block("track", "1", "Lantern Season"),)


async def test_a_raid_of_nobody_cannot_be_meant(desk: Desk) -> None:
    refused = await desk.actions.raids.save_settings(RaidSettings(0))
    assert isinstance(refused, Err) and "smallest raid" in refused.error.meaning
    assert desk.actions.raids.settings() == RaidSettings()


def test_a_reply_is_shown_as_chat_would_read_it(desk: Desk) -> None:
    assert desk.actions.commands.preview("{user} lurks") == Ok("Ann lurks")
    wrong = desk.actions.commands.preview("{nobody}")
    assert isinstance(wrong, Err) and "nobody" in wrong.error.meaning
