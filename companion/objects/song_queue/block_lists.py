"""Rows of the block lists: reading and writing within a transaction that somebody else began."""

from __future__ import annotations

from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session

from companion.objects.song_queue.tables import SongBlockRow
from companion.ports.song_rules import Block, BlockKind


def read(session: Session) -> tuple[Block, ...]:
    """All of them, by kind and label."""
    rows = session.scalars(select(SongBlockRow).order_by(SongBlockRow.kind, SongBlockRow.label, SongBlockRow.key))
    return tuple(Block(cast("BlockKind", row.kind), row.key, row.label) for row in rows)


def add(session: Session, block: Block) -> None:
    """The same again is fine."""
    session.merge(SongBlockRow(kind=block.kind, key=_stored(block.kind, block.key), label=block.label))
    session.flush()


def remove(session: Session, kind: BlockKind, key: str) -> bool:
    """False when it was not there."""
    row = session.get(SongBlockRow, (kind, _stored(kind, key)))
    if row is None:
        return False
    session.delete(row)
    session.flush()
    return True


def _stored(kind: BlockKind, key: str) -> str:
    return key.casefold() if kind == "artist" else key
