"""What the demo's viewers do: each act is one thing by one of them. The scenario says how often."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, TypeAlias, TypeVar

from companion.simulator.cast import Cast
from companion.simulator.chat_room import Line
from companion.simulator.demo_lines import BAD_REQUESTS, CHATTER, COMMANDS, GOOD_REQUESTS, RAIDERS, VIEWERS
from companion.simulator.people import TwitchPerson
from companion.simulator.points import NotRedeemableError, Wish
from companion.simulator.reward_book import Reward

T = TypeVar("T")
Use: TypeAlias = Literal["song", "raffle"]
_FIRST_SONGS = 2
_PART_BAD = 0.2


def own_reward(cast: Cast, use: Use) -> Reward | None:
    """The newest reward of an application: the song one asks for a text, the raffle does not."""
    wanted = use == "song"
    rewards = reversed(cast.channel.book.of_channel(cast.world.state.twitch.streamer))
    return next((r for r in rewards if r.owner and r.is_user_input_required is wanted), None)


async def begin_redeeming(cast: Cast) -> None:
    """As soon as the rewards are there, two songs and a roll: whoever looks for a minute sees them settled."""
    for use, count in (("song", _FIRST_SONGS), ("raffle", 1)):
        made = cast.begun.get(use, 0)
        if made < count and await _redeem(cast, "song" if use == "song" else "raffle", GOOD_REQUESTS[made]):
            cast.begun[use] = made + 1


async def request_song(cast: Cast) -> None:
    """A song, sometimes one that the rules refuse."""
    bad = cast.world.random.random() < _PART_BAD
    await _redeem(cast, "song", _any(cast, BAD_REQUESTS if bad else GOOD_REQUESTS))


async def roll(cast: Cast) -> None:
    """A roll of the raffle."""
    await _redeem(cast, "raffle", "")


async def _redeem(cast: Cast, use: Use, text: str) -> bool:
    reward = own_reward(cast, use)
    if reward is None or cast.stage.live() is None:
        return False
    try:
        await cast.channel.points.redeem(reward, Wish(_somebody(cast), text))
    except NotRedeemableError:
        # Paused or on cooldown: the viewer sees it greyed out and goes on watching.
        return False
    return True


async def chatter(cast: Cast) -> None:
    """A line of talk."""
    await _say(cast, _any(cast, CHATTER))


async def command(cast: Cast) -> None:
    """A command for Companion."""
    await _say(cast, _any(cast, COMMANDS))


async def _say(cast: Cast, text: str) -> None:
    await cast.channel.room.show(Line(sender=_somebody(cast), text=text, by="viewer"))


async def follow(cast: Cast) -> None:
    """A new follower."""
    await cast.channel.events.follow(_somebody(cast))


async def subscribe(cast: Cast) -> None:
    """A first subscription, or one that goes on."""
    if cast.world.random.random() < 0.5:
        await cast.channel.events.subscribe(_somebody(cast), "1000")
    else:
        months = cast.world.random.randint(2, 30)
        await cast.channel.events.resubscribe(_somebody(cast), "1000", "Still my favourite evening", months, None)


async def gift(cast: Cast) -> None:
    """A few subscriptions for others."""
    total = cast.world.random.choice((1, 3, 5))
    await cast.channel.events.gift(_somebody(cast), total, "1000", total + cast.world.random.randint(0, 40))


async def cheer(cast: Cast) -> None:
    """Some bits."""
    bits = cast.world.random.choice((50, 100, 100, 250, 1000))
    await cast.channel.events.cheer(_somebody(cast), bits, "for the little boat")


async def raid(cast: Cast) -> None:
    """Another channel comes over."""
    raider = cast.channel.crowd.see(_any(cast, RAIDERS))
    await cast.channel.events.raid(raider, cast.world.random.randint(4, 60))


def _somebody(cast: Cast) -> TwitchPerson:
    return cast.channel.crowd.see(_any(cast, VIEWERS))


def _any(cast: Cast, things: Sequence[T]) -> T:
    return cast.world.random.choice(things)
