"""What plays and who asked for it, and what comes after the requests."""

from __future__ import annotations

from companion.ports.song_queue import NowPlaying, QueueView
from companion.ui import times
from companion.ui.feature_words import song
from companion.ui.kit import Kit
from companion.ui.text import isolated, tip, tr
from companion.ui.theme import LEAD, SMALL
from companion.ui.widgets.labels import IconLabel, Label, ShortLabel
from companion.ui.widgets.layout import Card, column, row, rule


class RequestNow(Card):
    """One song, its requester, and up to three songs that Spotify would play by itself."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, tr("Now playing"))
        self._kit = kit
        self._icon = IconLabel(kit, "spotify", tone="accent")
        self.title = ShortLabel(kit, size=LEAD, strong=True)
        self.artists = ShortLabel(kit, tone="ink-soft")
        self.requester = Label(kit, wrap=True)
        self._line = rule()
        self._next_title = Label(kit, tr("Then Spotify goes on with"), size=SMALL, tone="ink-soft", wrap=True)
        self.next = [ShortLabel(kit, size=SMALL) for _ in range(3)]
        words = column(self.title, self.artists, self.requester, spacing=2)
        self.body.addLayout(row(self._icon, words, spacing=12))
        self.body.addWidget(self._line)
        self.body.addWidget(self._next_title)
        for label in self.next:
            self.body.addWidget(label)

    def show_queue(self, queue: QueueView) -> None:
        """Show the newest picture."""
        now = queue.now_playing
        self._icon.show_icon("spotify" if now is not None else "off", "accent" if now is not None else "ink-soft")
        self.title.setText(now.track.title if now is not None else tr("Nothing plays"))
        self.artists.setText(", ".join(now.track.artists) if now is not None else "")
        self.artists.setVisible(now is not None)
        self.requester.setText(self._for_whom(now) if now is not None else tr("Press play in Spotify to begin."))
        self.requester.setToolTip(tip(times.exact(now.since)) if now is not None else "")
        upcoming = queue.autoplay[: len(self.next)]
        for part in (self._line, self._next_title):
            part.setVisible(bool(upcoming))
        for number, label in enumerate(self.next):
            label.setVisible(number < len(upcoming))
            if number < len(upcoming):
                label.setText(song(upcoming[number].track))

    def _for_whom(self, now: NowPlaying) -> str:
        since = times.ago(now.since, self._kit.clock.now())
        paused = "" if now.is_playing else tr(" (paused)")
        if now.request is None:
            return tr("Nobody asked for it; began {since}{paused}").format(since=since, paused=paused)
        viewer = isolated(now.request.viewer.display_name)
        return tr("For {viewer}; began {since}{paused}").format(viewer=viewer, since=since, paused=paused)
