"""Turns: one piece of work in each turn of the loop, first come first served, cancelled ones skipped."""

from __future__ import annotations

import asyncio

from companion.runtime.turns import Turns


async def in_turns(turns: Turns, tasks: int, pieces: int) -> list[tuple[int, str]]:
    """Which turn of the loop each piece was done in."""
    done: list[tuple[int, str]] = []
    now = 0

    async def work(name: str) -> None:
        for _ in range(pieces):
            await turns.take()
            done.append((now, name))

    working = [asyncio.ensure_future(work(chr(ord("a") + number))) for number in range(tasks)]
    while not all(task.done() for task in working):
        await asyncio.sleep(0)
        now += 1
    return done


async def test_one_piece_in_each_turn_of_the_loop() -> None:
    done = await in_turns(Turns(), tasks=5, pieces=4)
    turns = [turn for turn, _ in done]
    assert len(turns) == len(set(turns)) == 20


async def test_no_turn_of_the_loop_is_left_out() -> None:
    done = await in_turns(Turns(), tasks=3, pieces=6)
    assert done[-1][0] - done[0][0] == len(done) - 1


async def test_first_come_first_served() -> None:
    done = await in_turns(Turns(), tasks=4, pieces=3)
    assert "".join(name for _, name in done) == "abcd" * 3


async def test_who_is_alone_waits_for_one_turn() -> None:
    assert await in_turns(Turns(), tasks=1, pieces=2) == [(2, "a"), (4, "a")]


async def test_a_cancelled_one_takes_no_turn() -> None:
    turns = Turns()
    first, second = asyncio.ensure_future(turns.take()), asyncio.ensure_future(turns.take())
    await asyncio.sleep(0)
    first.cancel()
    for _ in range(3):
        await asyncio.sleep(0)
    assert first.cancelled()
    assert second.done()
