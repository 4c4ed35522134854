"""What people read when something is not right: what happened, what it means, what to press."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

Severity: TypeAlias = Literal["info", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Message:
    """One message in three short parts; `meaning` and `advice` may be empty, `title` never is."""

    title: str
    meaning: str = ""
    advice: str = ""
    severity: Severity = "bad"

    def text(self) -> str:
        """All parts as one line, for places without layout."""
        return " ".join(part for part in (self.title, self.meaning, self.advice) if part)
