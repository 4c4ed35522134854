"""The proof of one epoch: a page that recomputes it in any browser, without a network and without Companion."""

from __future__ import annotations

import json
from typing import Final

from sqlalchemy.orm import Session

from companion.kernel.instant import Instant, format_instant
from companion.objects.keyboard_raffle import reads
from companion.objects.keyboard_raffle.tables import RaffleEpochRow
from companion.objects.keyboard_raffle.vectors import VECTORS
from companion.objects.keyboard_raffle.verify import NOT_PROVEN, notes

DATA_MARK: Final = "{{proof}}"


def page(session: Session, number: int, template: str) -> str | None:
    """The page for epoch `number`; None while its seed is not public."""
    row = session.get(RaffleEpochRow, number)
    if row is None or row.state != "revealed":
        return None
    epoch = reads.epoch_record(row)
    data = {
        "epoch": epoch.number,
        "range": epoch.number_range,
        "channel_id": epoch.channel_id,
        "seed": epoch.seed,
        "commitment": epoch.commitment,
        "committed_at": _text(epoch.committed_at),
        "revealed_entries": epoch.revealed_entries,
        "head": epoch.head,
        "count": epoch.entries,
        "entries": [
            [
                entry.entry,
                entry.kind,
                entry.redemption_id,
                entry.viewer_id,
                entry.viewer_name,
                format_instant(entry.redeemed_at),
                entry.winning,
                entry.roll,
                entry.reason,
                entry.chain,
            ]
            for entry in reads.entries(session, number)
        ],
        "vectors": [[one.seed, one.redemption_id, one.range, one.winning, one.roll] for one in VECTORS],
        "notes": notes(epoch),
        "not_proven": NOT_PROVEN,
    }
    # Inside a script element: nothing in the data may end that element or be taken for markup.
    text = json.dumps(data, ensure_ascii=True).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return template.replace(DATA_MARK, text)


def _text(at: Instant | None) -> str | None:
    return None if at is None else format_instant(at)
