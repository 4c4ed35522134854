"""The stream at a glance: state, uptime, viewers, peak, and the line of the last hours."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from companion.application.snapshots import AppSnapshot
from companion.kernel.instant import Instant
from companion.ports.stream import StreamState
from companion.ui import times
from companion.ui.kit import Kit
from companion.ui.text import number, tr
from companion.ui.theme import BODY, HUGE, LEAD, TITLE, XL, XS, S
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import Card, column, fill, row
from companion.ui.widgets.sparkline import Sparkline
from companion.ui.words import viewers

_TALL: Final = 230
"""Enough for the figures and a line below them."""


class StreamCard(Card):
    """Large numbers while live; while offline what was last, and what will be here."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._kit = kit
        self._lamp = IconLabel(kit, "off", size=22)
        self.state = Label(kit, size=TITLE, strong=True)
        self.uptime = Label(kit, size=TITLE, tabular=True)
        self.count = Label(kit, size=HUGE, strong=True, tabular=True)
        self._unit = Label(kit, size=LEAD, tone="ink-soft")
        self.peak = Label(kit, size=BODY, tone="ink-soft", tabular=True)
        self._rest = Label(kit, size=LEAD, tone="ink-soft", wrap=True)
        self._hint = Label(kit, tone="ink-soft", wrap=True)
        self._sparkline = Sparkline(kit)
        watching = row(self.count, self._unit, None, spacing=S)
        watching.setAlignment(self._unit, Qt.AlignmentFlag.AlignBottom)
        self._unit.setContentsMargins(0, 0, 0, 9)
        figures = column(watching, row(IconLabel(kit, "peak", size=16), self.peak, None, spacing=6), None, spacing=0)
        self._numbers = _Numbers(figures, self._sparkline)
        self.body.addLayout(row(self._lamp, self.state, self.uptime, None, spacing=S + 2))
        self.body.addWidget(self._numbers)
        self.body.addWidget(self._rest)
        self.body.addWidget(self._hint)
        self.body.setSpacing(XS)

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest state."""
        stream = snapshot.stream
        self._numbers.setVisible(stream.is_live)
        grows = QSizePolicy.Policy.Expanding if stream.is_live else QSizePolicy.Policy.Maximum
        if grows != self.sizePolicy().verticalPolicy():
            self.setSizePolicy(QSizePolicy.Policy.Expanding, grows)
        self._lamp.show_icon("live" if stream.is_live else "off", "live" if stream.is_live else "ink-soft")
        self.state.set_tone("live" if stream.is_live else "ink")
        if stream.is_live:
            self._show_live(snapshot)
        else:
            self._show_offline(snapshot)
        self.tick(snapshot)

    def tick(self, snapshot: AppSnapshot) -> None:
        """Bring the uptime, or what is said of the last stream, up to date."""
        stream, now = snapshot.stream, self._kit.clock.now()
        live_since = stream.started_at if stream.is_live else None
        self.uptime.say(times.span(now - live_since) if live_since else "")
        self.uptime.setToolTip(tr("Since {time}").format(time=times.exact(live_since)) if live_since else "")
        if not stream.is_live:
            self._rest.say(_last(stream, now))
            if stream.ended_at is not None:
                self._rest.setToolTip(times.exact(stream.ended_at))

    def _show_live(self, snapshot: AppSnapshot) -> None:
        stream = snapshot.stream
        self.state.setText(tr("Live"))
        count = stream.viewer_count
        self.count.setText("–" if count is None else number(count))
        self._unit.setText(tr("viewer") if count == 1 else tr("viewers"))
        self.count.setAccessibleName(tr("No count yet") if count is None else viewers(count))
        self.peak.setText(tr("Peak {count}").format(count=number(stream.peak_viewer_count)))
        self._sparkline.show_points(snapshot.sparkline)
        self._rest.setVisible(False)
        self._hint.say(_live_hint(snapshot))

    def _show_offline(self, snapshot: AppSnapshot) -> None:
        self.state.setText(tr("Starting…") if snapshot.starting else tr("Offline"))
        if snapshot.tokens["twitch"].phase == "not_configured":
            self._hint.say(tr("Sign in to Twitch, and your viewers appear here as soon as you go live."))
        else:
            self._hint.say(tr("Go live on Twitch, and uptime and viewers appear here by themselves."))


class _Numbers(QWidget):
    """The figures with the line beside them, or below them where there is height enough for both."""

    def __init__(self, figures: QVBoxLayout, line: Sparkline) -> None:
        super().__init__()
        self._box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        fill(self._box, [figures, line], spacing=XL)
        self._box.setStretch(1, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        tall = self.height() >= _TALL
        self._box.setDirection(QBoxLayout.Direction.TopToBottom if tall else QBoxLayout.Direction.LeftToRight)


def _live_hint(snapshot: AppSnapshot) -> str:
    login = snapshot.tokens["twitch"]
    if login.phase != "authorized" or login.withheld:
        return tr("There is no Twitch login just now: this is what was seen last, and it may be over.")
    if len(snapshot.sparkline) < 2:
        return tr("The line of your viewers grows here, one point a minute.")
    return ""


def _last(stream: StreamState, now: Instant) -> str:
    if stream.resume_until is not None and stream.resume_until > now:
        return tr("The stream has just ended. Go live again before {time}, and it counts as the same one.").format(
            time=times.clock_time(stream.resume_until)
        )
    if stream.started_at is None or stream.ended_at is None:
        return ""
    return tr("Last stream: {ago}, {span} long, at most {count} viewers.").format(
        ago=times.ago(stream.ended_at, now),
        span=times.span(stream.ended_at - stream.started_at),
        count=number(stream.peak_viewer_count),
    )
