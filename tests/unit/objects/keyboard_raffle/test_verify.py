"""Recomputing an epoch: what is sound stays sound, and no single change goes unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from companion.kernel.instant import Instant
from companion.objects.keyboard_raffle import chain, draws
from companion.objects.keyboard_raffle.verify import MOST_PROBLEMS, EntryRecord, EpochRecord, notes, verify_epoch
from tests.unit.objects.keyboard_raffle.stage import after

SEED = bytes(range(32))


def epoch(kinds: list[str], range_: int = 100) -> tuple[EpochRecord, list[EntryRecord]]:
    """A sound, revealed epoch whose entries are of these kinds; a `void` takes back the oldest roll that counts."""
    committed = chain.commitment(seed=SEED.hex(), epoch=4, range_=range_, channel_id="9")
    head, entries, standing = chain.genesis(committed), list[EntryRecord](), list[int]()
    for number, kind in enumerate(kinds, start=1):
        redemption_id, drawn = f"r-{number}", None
        if kind == "void":
            if not standing:
                continue
            taken = standing.pop(0)
            redemption_id, entries[taken] = entries[taken].redemption_id, replace(entries[taken], voided=True)
        elif kind == "roll":
            drawn = draws.draw_both(SEED, redemption_id, range_)
            standing.append(len(entries))
        link = linked(len(entries) + 1, kind, redemption_id, after(number), drawn)
        head = chain.extend(head, link)
        entries.append(entry_of(link, drawn, range_, head))
    return revealed(committed, range_, len(entries), head), entries


def linked(entry: int, kind: str, redemption_id: str, at: Instant, drawn: draws.Draws | None) -> chain.Link:
    return chain.Link(
        epoch=4,
        entry=entry,
        kind="roll" if kind == "roll" else "void" if kind == "void" else "refund",
        redemption_id=redemption_id,
        viewer_id="2",
        redeemed_at=at,
        winning=None if drawn is None else drawn.winning,
        roll=None if drawn is None else drawn.roll,
        reason=None if drawn else "too_early",
    )


def entry_of(link: chain.Link, drawn: draws.Draws | None, range_: int, head: str) -> EntryRecord:
    return EntryRecord(
        epoch=4,
        entry=link.entry,
        kind=link.kind,
        redemption_id=link.redemption_id,
        viewer_id="2",
        viewer_name="Ann",
        redeemed_at=link.redeemed_at,
        number_range=range_,
        winning=link.winning,
        roll=link.roll,
        distance=None if drawn is None else drawn.distance,
        won=drawn is not None and drawn.won,
        voided=False,
        reason=link.reason,
        chain=head,
    )


def revealed(committed: str, range_: int, entries: int, head: str) -> EpochRecord:
    return EpochRecord(
        number=4,
        state="revealed",
        number_range=range_,
        channel_id="9",
        seed=SEED.hex(),
        commitment=committed,
        chat_id="chat",
        seen_at=after(0),
        committed_at=after(0),
        closed_because="session_ended",
        revealed_entries=entries,
        entries=entries,
        head=head,
    )


kinds = st.lists(st.sampled_from(["roll", "roll", "roll", "refund", "void"]), min_size=1, max_size=12)
EDITS: dict[str, Callable[[EntryRecord], dict[str, Any]]] = {
    "epoch": lambda it: {"epoch": it.epoch + 1},
    "entry": lambda it: {"entry": it.entry + 1},
    "redemption": lambda it: {"redemption_id": "other"},
    "viewer": lambda it: {"viewer_id": "3"},
    "time": lambda it: {"redeemed_at": it.redeemed_at + timedelta(seconds=1)},
    "kind": lambda it: {"kind": "refund" if it.kind != "refund" else "void"},
    "winning": lambda it: {"winning": (it.winning or 0) % 100 + 1},
    "roll": lambda it: {"roll": (it.roll or 0) % 100 + 1},
    "distance": lambda it: {"distance": (it.distance or 0) + 1} if it.kind == "roll" else {"reason": "other"},
    "won": lambda it: {"won": not it.won} if it.kind == "roll" else {"reason": "other"},
    "voided": lambda it: {"voided": not it.voided} if it.kind == "roll" else {"reason": "other"},
    "chain": lambda it: {"chain": "0" * 64},
}


@given(kinds)
@settings(max_examples=50)
def test_a_sound_epoch_has_no_problems(kinds: list[str]) -> None:
    record, entries = epoch(kinds)
    verdict = verify_epoch(record, entries)

    assert verdict.problems == ()
    assert (verdict.revealed, verdict.entries) == (True, len(entries))
    assert verdict.rolls == sum(entry.kind == "roll" for entry in entries)
    assert verdict.refunds == sum(entry.kind != "roll" for entry in entries)
    assert notes(record) == ()


@given(kinds, st.integers(0), st.sampled_from(sorted(EDITS)))
@settings(max_examples=150)
def test_no_change_of_an_entry_goes_unseen(kinds: list[str], where: int, edit: str) -> None:
    record, entries = epoch(["roll", *kinds])
    at = where % len(entries)
    entries[at] = replace(entries[at], **EDITS[edit](entries[at]))

    assert verify_epoch(record, entries).problems != ()


@given(kinds, st.data())
@settings(max_examples=50)
def test_nothing_can_be_left_out_repeated_or_moved(kinds: list[str], data: st.DataObject) -> None:
    record, entries = epoch(["roll", "refund", *kinds])
    at = data.draw(st.integers(0, len(entries) - 1))
    changed = data.draw(
        st.sampled_from(
            [
                entries[:at] + entries[at + 1 :],
                entries[: at + 1] + entries[at:],
                entries[1:] + entries[:1],
                entries[:at],
            ]
        )
    )

    assert verify_epoch(record, changed).problems != ()


def test_a_chain_forged_anew_does_not_end_where_the_epoch_says() -> None:
    record, _ = epoch(["roll", "roll", "roll"])
    _, shorter = epoch(["roll", "roll"])

    assert "should end at entry 3" in verify_epoch(record, shorter).problems[0]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"seed": "11" * 32}, "commitment"),
        ({"seed": None}, "lost"),
        ({"number_range": 99}, "commitment"),
        ({"channel_id": "10"}, "commitment"),
        ({"committed_at": after(1)}, "before the commitment"),
        ({"committed_at": None}, "before the commitment"),
        ({"revealed_entries": 1}, "after the seed was revealed"),
    ],
)
def test_what_is_wrong_with_the_epoch_itself(change: dict[str, Any], told: str) -> None:
    record, entries = epoch(["roll", "roll"])

    assert any(told in problem for problem in verify_epoch(replace(record, **change), entries).problems)


def test_the_range_cannot_be_narrowed_afterwards() -> None:
    record, entries = epoch(["roll"])

    assert "range" in " ".join(verify_epoch(replace(record, number_range=7), entries).problems)


def test_a_redemption_cannot_be_rolled_twice() -> None:
    record, entries = epoch(["roll"])
    again = chain.Link(4, 2, "roll", "r-1", "2", after(1), entries[0].winning, entries[0].roll)
    head = chain.extend(record.head, again)
    twice = [*entries, replace(entries[0], entry=2, chain=head)]

    problems = verify_epoch(replace(record, entries=2, revealed_entries=2, head=head), twice).problems
    assert problems == ("entry 2: this redemption was decided before",)


def test_a_long_list_of_problems_is_cut() -> None:
    record, entries = epoch(["roll"] * 80)
    problems = verify_epoch(record, [replace(entry, distance=-1) for entry in entries]).problems

    assert len(problems) == MOST_PROBLEMS + 1
    assert problems[-1] == "and 30 more"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"chat_id": None, "seen_at": None}, "on the page, not in chat"),
        ({"seen_at": None}, "never showed us its commitment"),
        ({"closed_because": "uncertain"}, "closed unused"),
        ({"state": "closed"}, "not revealed yet"),
        ({"revealed_entries": 1, "entries": 3}, "2 entries (points given back)"),
    ],
)
def test_what_is_weaker_is_said(change: dict[str, Any], told: str) -> None:
    record, _ = epoch(["roll"])
    (note,) = notes(replace(record, **change))

    assert told in note


def test_the_texts_that_are_hashed_are_the_documented_ones() -> None:
    committed = chain.commitment(seed="aa", epoch=1, range_=10, channel_id="9")
    assert committed == hashlib.sha256(b"companion raffle v1\nseed aa\nepoch 1\nrange 10\nchannel 9").hexdigest()
    link = chain.Link(1, 1, "refund", "r", "2", after(0), reason="too_early")
    text = "companion raffle entry v1\nbefore\n1\n1\nrefund\nr\n2\n2026-01-01T00:00:00.000000Z\n-\n-\ntoo_early"
    assert chain.extend("before", link) == hashlib.sha256(text.encode()).hexdigest()
    assert chain.is_plain("5f1c6a7e-0000")
    assert not chain.is_plain("a\nb")
    assert not chain.is_plain("")
