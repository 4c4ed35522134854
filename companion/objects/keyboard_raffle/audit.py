"""Verifying what is stored: one epoch, or all that are over."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from companion.objects.keyboard_raffle import reads
from companion.objects.keyboard_raffle.tables import RaffleEpochRow
from companion.objects.keyboard_raffle.verify import NOT_PROVEN, notes, verify_epoch
from companion.ports.raffle import EpochVerdict, Verification


def verify(session: Session, number: int | None) -> Verification:
    """One epoch, or all but the one that runs. Of those that never opened only one line tells, unless asked for."""
    verdicts: list[EpochVerdict] = []
    told: list[str] = []
    unused: list[int] = []
    for each in reads.epoch_numbers(session) if number is None else (number,):
        row = session.get(RaffleEpochRow, each)
        if row is None or (number is None and row.state in ("opening", "open")):
            continue
        if number is None and row.committed_at is None and not row.entries:
            unused.append(each)
            continue
        record = reads.epoch_record(row)
        verdicts.append(verify_epoch(record, reads.entries(session, each)))
        told.extend(notes(record))
    if unused:
        told.append(f"{_named(unused)}: given up before anybody could roll.")
    sound = all(not verdict.problems for verdict in verdicts)
    return Verification(tuple(verdicts), sound, (*told, *NOT_PROVEN))


def _named(numbers: Sequence[int]) -> str:
    """`Epoch 3`, or `Epochs 1, 3 to 5`; `numbers` ascending."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    texts = [str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs]
    return f"{'Epoch' if len(numbers) == 1 else 'Epochs'} {', '.join(texts)}"
