"""What the raffle says in chat about its epochs."""

from __future__ import annotations

from companion.objects.keyboard_raffle.tables import RaffleEpochRow


def commitment_line(row: RaffleEpochRow) -> str:
    """Posted before the first roll."""
    return f"Raffle {row.number} is open, numbers 1 to {row.number_range:,}. Its commitment: {row.commitment}"


def reveal_line(row: RaffleEpochRow) -> str:
    """Posted after the last roll; says so plainly when there is nothing to reveal any more."""
    counted = f"{row.entries:,} {'entry' if row.entries == 1 else 'entries'}"
    if row.seed is None:
        return f"Raffle {row.number} is over, {counted}. Its seed was lost, so its rolls cannot be checked."
    return f"Raffle {row.number} is over, {counted}, chain {row.head[:8]}. Its seed: {row.seed}"
