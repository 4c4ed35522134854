"""The ledger: every effect that happened, in order, never changed afterwards. It is the judge in tests.

An entry is a JSON object with `n` (1, 2, ... without gaps), `at` (RFC 3339, microseconds) and `kind`; the rest depends
on the kind. Redemptions, rewards, chat and shout-outs have no other home on disk: their books are rebuilt from here,
so that what the simulator remembers and what the ledger says cannot differ.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Literal, TypeAlias

from companion.kernel.instant import Clock, Instant, format_instant
from companion.simulator.answers import Json

EntryKind: TypeAlias = Literal[
    "reward_created",
    "reward_updated",
    "reward_deleted",
    "redemption_made",
    "redemption_fulfilled",
    "redemption_canceled",
    "redemptions_forgotten",
    "points_refunded",
    "viewer_seen",
    "chat_shown",
    "chat_dropped",
    "shoutout",
    "song_queued",
    "song_started",
    "song_ended",
    "song_skipped",
    "song_vanished",
]
_OWN_KEYS: Final = frozenset({"n", "at", "kind"})


class Ledger:
    """`ledger.jsonl` in `directory`, or memory alone without one. A line is with the system before `record` returns."""

    def __init__(self, directory: Path | None, clock: Clock) -> None:
        self._clock = clock
        self._entries: list[Json] = []
        self._file: int | None = None
        if directory is not None:
            directory.mkdir(parents=True, exist_ok=True)
            self._open(directory / "ledger.jsonl")

    def _open(self, path: Path) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)
        self._file = os.open(path, flags, 0o600)
        data = path.read_bytes()
        whole = data.rfind(b"\n") + 1
        if whole != len(data):
            # A kill in mid-write leaves half a line; nobody was told of that effect.
            os.ftruncate(self._file, whole)
        self._entries.extend(json.loads(line) for line in data[:whole].splitlines())

    def record(self, kind: EntryKind, fields: Mapping[str, object], at: Instant | None = None) -> Json:
        """Write one entry down."""
        return self.record_all([(kind, fields)], at)[0]

    def record_all(
        self, effects: Sequence[tuple[EntryKind, Mapping[str, object]]], at: Instant | None = None
    ) -> list[Json]:
        """Write many entries down with one write; all bear the same instant."""
        moment = format_instant(at if at is not None else self._clock.now())
        start = len(self._entries) + 1
        fresh: list[Json] = [
            {"n": n, "at": moment, "kind": kind, **fields} for n, (kind, fields) in enumerate(effects, start)
        ]
        if self._file is not None:
            text = "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in fresh)
            left = memoryview(text.encode())
            while left:
                left = left[os.write(self._file, left) :]
        self._entries.extend(fresh)
        return fresh

    def __iter__(self) -> Iterator[Json]:
        return iter(self._entries)

    def find(self, kinds: Sequence[str] = (), after: int = 0, fields: Mapping[str, str] | None = None) -> list[Json]:
        """Entries behind number `after` of one of `kinds` (none: all) whose fields read as text are `fields`."""
        wanted = fields or {}
        return [
            entry
            for entry in self._entries[max(0, after) :]
            if (not kinds or entry["kind"] in kinds)
            and all(key in entry and str(entry[key]) == value for key, value in wanted.items() if key not in _OWN_KEYS)
        ]

    def clear(self) -> None:
        """Start an empty ledger: the world is reset."""
        self._entries.clear()
        if self._file is not None:
            os.ftruncate(self._file, 0)

    def close(self) -> None:
        """Give the file back. Safe to call twice."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
