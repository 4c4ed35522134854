"""The Live page: the stream, what plays, and what happened."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QStackedWidget

from companion.application.messages import Message
from companion.application.snapshots import AppSnapshot
from companion.kernel.result import Err, Result
from companion.ui.kit import Kit
from companion.ui.pages.page import TWO_COLUMNS, Page
from companion.ui.text import tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.feed import FeedList
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import Card, Columns, stack
from companion.ui.widgets.notice import Notice
from companion.ui.widgets.now_playing import NowPlaying
from companion.ui.widgets.stream_card import StreamCard

_QUIET_TICKS = 10


class LivePage(Page):
    """Readable in half a second: one card for the stream, one for the music, one list of events."""

    sign_in_wanted = Signal(object)

    def __init__(self, kit: Kit) -> None:
        self._action = Button(kit, tr("Ask Twitch now"), icon="refresh")
        super().__init__(kit, tr("Live"), self._action)
        self._action.clicked.connect(self._act)
        self._signed_in = True
        self._ticks = 0
        self.answer = Notice(kit, dismiss=lambda: self.answer.show_message(None))
        self.stream = StreamCard(kit)
        self.music = NowPlaying(kit)
        self.feed = FeedList(kit)
        self._feed_views = QStackedWidget()
        self._feed_views.addWidget(self.feed)
        empty = Label(
            kit, tr("Going live, new songs, requests, rolls and unlocks are listed here."), tone="ink-soft", wrap=True
        )
        empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._feed_views.addWidget(empty)
        self._feed_views.setMinimumHeight(132)
        events = Card(kit, tr("Events"))
        events.body.addWidget(self._feed_views, 1)
        events.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.content.addWidget(self.answer)
        self.content.addWidget(Columns(stack(self.stream, self.music), events, threshold=TWO_COLUMNS, shares=(5, 4)), 1)

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        self._signed_in = snapshot.tokens["twitch"].phase == "authorized"
        self._action.relabel(
            tr("Ask Twitch now") if self._signed_in else tr("Sign in to Twitch"),
            icon="refresh" if self._signed_in else "accounts",
        )
        self._action.set_kind("plain" if self._signed_in else "primary")
        self._action.setEnabled(not snapshot.starting)
        self.stream.show_snapshot(snapshot)
        self.music.show_snapshot(snapshot)
        self.feed.entries.show_entries(snapshot.feed)
        self._feed_views.setCurrentIndex(0 if snapshot.feed else 1)

    def tick(self, snapshot: AppSnapshot) -> None:
        self.stream.tick(snapshot)
        self.music.tick(snapshot)
        self._ticks += 1
        if self._ticks % _QUIET_TICKS == 0:
            self.feed.viewport().update()

    def _act(self) -> None:
        if not self._signed_in:
            self.sign_in_wanted.emit("twitch")
            return
        self._action.setEnabled(False)
        self.kit.bridge.run(self.kit.app.reconcile_stream, "ask Twitch", self._answered)

    def _answered(self, result: Result[str, Message]) -> None:
        self._action.setEnabled(True)
        message = result.error if isinstance(result, Err) else Message(result.value, severity="info")
        self.answer.show_message(message)
