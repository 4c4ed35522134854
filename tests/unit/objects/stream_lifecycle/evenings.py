"""Evenings on which streams drop and come back, with their messages late, in another order, or lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from hypothesis import strategies as st

from companion.objects.stream_lifecycle import rules
from companion.objects.stream_lifecycle.state import GoOnline, LifecycleState
from companion.objects.stream_lifecycle.transitions import event_of
from companion.ports.events import DomainEvent
from companion.ports.stream import RESUME_WINDOW, StreamStarted
from tests.unit.objects.stream_lifecycle.stage import after

LAG: int = int(rules.LATE_END.total_seconds()) - 1
"""Messages and Helix are late by less than this."""


@dataclass(frozen=True, slots=True)
class Report:
    """What Companion hears at `arrives`: `at` is the start, when the end was stamped, or the start that Helix shows."""

    arrives: int
    what: Literal["online", "offline", "shown"]
    stream_id: str
    at: int


Evening: TypeAlias = tuple[list[Report], Report]
"""Everything but the last stream's end, as it arrives; and that end."""


@st.composite
def evenings(draw: st.DrawFn) -> Evening:
    """Two to four streams, one after the other, each longer than the lag."""
    reports: list[Report] = []
    lag, end = st.integers(0, LAG), 0
    for stream_id in "ABCD"[: draw(st.integers(2, 4))]:
        start = end + draw(st.integers(0, 2 * LAG))
        end = start + draw(st.integers(LAG + 1, 3 * LAG))
        reports.append(Report(start + draw(lag), "online", stream_id, start))
        shown = draw(st.lists(st.integers(start, end + LAG), max_size=3))
        reports.extend(Report(at, "shown", stream_id, start) for at in shown)
        told = end + draw(lag)
        reports.append(Report(told, "offline", stream_id, told))
    last = reports.pop()
    lost = draw(st.sets(st.sampled_from([each for each in reports if each.what == "offline"])))
    arriving = [each for each in reports if each not in lost]
    return sorted(arriving, key=lambda each: each.arrives), last


class Life:
    """The rules as the object applies them, and the events that come of it."""

    def __init__(self) -> None:
        self.state = LifecycleState()
        self.events: list[DomainEvent] = []
        self._seen: set[str] = set()

    def hear(self, report: Report) -> None:
        match report.what:
            case "online":
                seen = report.stream_id in self._seen
                self._start(StreamStarted(report.stream_id, after(report.at), after(report.arrives)), seen)
            case "offline":
                doubtful = rules.may_be_of_the_stream_before(self.state, after(report.at))
                self.state = rules.told(self.state)
                if not doubtful:
                    self._take(rules.offline(self.state, after(report.at), window=RESUME_WINDOW))
            case "shown":
                self._shown(report)

    def _shown(self, report: Report) -> None:
        if self.state.is_live and self.state.stream_id == report.stream_id:
            self.state = rules.confirmed(self.state, after(report.arrives))
            return
        seen = report.stream_id in self._seen and not rules.helix_may_reopen(self.state, report.stream_id)
        self._start(StreamStarted(report.stream_id, after(report.at), after(report.arrives)), seen)

    def _start(self, started: StreamStarted, seen: bool) -> None:
        self._take(rules.online(self.state, started, seen_before=seen, window=RESUME_WINDOW))

    def _take(self, steps: object) -> None:
        for step in steps if isinstance(steps, list | tuple) else ():
            self.state = step.state
            self.events.append(event_of(step))
            if isinstance(step.transition, GoOnline):
                self._seen.add(step.transition.stream_id)
