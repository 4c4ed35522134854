"""What plays: cover, title, artists and progress, with what Spotify asks to stand beside them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from companion.application.snapshots import AppSnapshot
from companion.kernel.instant import Instant
from companion.ports.spotify import PlaybackPicture, Track
from companion.ui import times
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import LEAD, SMALL, TITLE, XS, L, S
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import Label, ShortLabel
from companion.ui.widgets.layout import Card, Switch, column, fill, row
from companion.ui.widgets.picture import Picture
from companion.ui.words import connection

_COVER: Final = 104
_TICK_MS: Final = 250
_STALE: Final = timedelta(seconds=90)


class NowPlaying(Card):
    """The card of the Live page. Its progress runs on between two pictures while the card can be seen."""

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._kit = kit
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self._picture: PlaybackPicture | None = None
        self._cover = Picture(kit, side=_COVER)
        self.title = ShortLabel(kit, size=TITLE, strong=True)
        self.artists = ShortLabel(kit, size=LEAD, tone="ink-soft")
        self._state = Label(kit, size=SMALL, tone="ink-soft")
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        self._progress.setRange(0, 1000)
        self._progress.setAccessibleName(tr("Progress of the song"))
        self.place = Label(kit, size=SMALL, tone="ink-soft", tabular=True)
        self._length = Label(kit, size=SMALL, tone="ink-soft", tabular=True)
        self._open = Button(kit, tr("Open in Spotify"), icon="open", kind="quiet")
        self._open.clicked.connect(self._open_link)
        self._empty_title = Label(kit, size=LEAD, strong=True, wrap=True)
        self._empty_text = Label(kit, tone="ink-soft", wrap=True)
        self._age = Label(kit, size=SMALL, tone="warn", wrap=True)
        self._views = Switch(self._song_view(), self._empty_view())
        self.body.addLayout(
            row(
                Label(kit, tr("Now playing"), size=LEAD, strong=True),
                None,
                Label(kit, "Spotify", size=LEAD, strong=True),
            )
        )
        self.body.addWidget(self._views)
        self.body.addWidget(self._age)
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest picture, or why there is none."""
        picture = snapshot.playback.picture
        self._picture = picture
        if picture is not None and picture.kind not in {"nothing", "unknown"}:
            self._show_song(picture)
        else:
            self._show_empty(snapshot, picture)
        self._show_age(snapshot)
        self._run_timer()
        self._tick()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._run_timer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def tick(self, snapshot: AppSnapshot) -> None:
        """Bring the age up to date."""
        self._show_age(snapshot)

    def _song_view(self) -> QWidget:
        view = QWidget()
        self._times = QWidget()
        fill(QHBoxLayout(self._times), [self.place, None, self._length])
        words = column(self.title, self.artists, S, self._progress, self._times, spacing=XS)
        words.insertStretch(0, 1)
        words.addLayout(row(self._state, None, self._open))
        words.addStretch(1)
        box = QHBoxLayout(view)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(L)
        box.addWidget(self._cover, 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(words, 1)
        return view

    def _empty_view(self) -> QWidget:
        view = QWidget()
        box = column(self._empty_title, self._empty_text, None, spacing=XS)
        box.setContentsMargins(0, S, 0, S)
        view.setLayout(box)
        return view

    def _show_song(self, picture: PlaybackPicture) -> None:
        track = picture.track
        self._views.show_view(0)
        self.title.setText(_title(picture))
        self.artists.setText(", ".join(track.artists) if track is not None else _kind(picture))
        self.artists.setVisible(bool(self.artists.whole()))
        self._cover.show_address(
            track.cover_url if track is not None else None,
            alternative=tr("Cover of {album}").format(album=track.album) if track is not None else "",
        )
        for widget in (self._progress, self._times):
            widget.setVisible(track is not None)
        self._open.setVisible(track is not None)
        self._state.setText(_device(picture))
        self.setAccessibleName(f"{tr('Now playing')}: {self.title.whole()}, {self.artists.whole()}")

    def _show_empty(self, snapshot: AppSnapshot, picture: PlaybackPicture | None) -> None:
        self._views.show_view(1)
        title, text = _empty(snapshot, picture)
        self._empty_title.setText(title)
        self._empty_text.setText(text)
        self.setAccessibleName(f"{tr('Now playing')}: {title}")

    def _show_age(self, snapshot: AppSnapshot) -> None:
        picture, problem = snapshot.playback.picture, snapshot.playback.problem
        now = self._kit.clock.now()
        lines = []
        stale = picture is not None and snapshot.playback.polling and now - picture.seen_at > _STALE
        if picture is not None and (problem is not None or stale):
            lines.append(tr("Last seen {ago}.").format(ago=times.ago(picture.seen_at, now)))
        lamp = connection(snapshot, "spotify")
        if problem is not None and picture is not None and lamp is not None:
            lines.append(lamp.reason)
        self._age.say(" ".join(lines))
        if picture is not None:
            self._age.setToolTip(times.exact(picture.seen_at))

    def _run_timer(self) -> None:
        picture = self._picture
        if self.isVisible() and picture is not None and picture.track is not None and picture.is_playing:
            self._timer.start()
        else:
            self._timer.stop()

    def _tick(self) -> None:
        picture = self._picture
        if picture is None or picture.track is None:
            return
        at = progress(picture, picture.track, self._kit.clock.now())
        self._progress.setValue(round(1000 * at / max(picture.track.duration_ms, 1)))
        self.place.setText(times.track_time(at))
        self._length.setText(times.track_time(picture.track.duration_ms))

    def _open_link(self) -> None:
        if self._picture is not None and self._picture.track is not None:
            link = self._picture.track.link
            self._kit.bridge.run(lambda: self._kit.app.open_in_browser(link), "open song")


def progress(picture: PlaybackPicture, track: Track, now: Instant) -> int:
    """Milliseconds into the song by now, if it ran on since it was seen; never past its end."""
    passed = round((now - picture.seen_at).total_seconds() * 1000) if picture.is_playing else 0
    return min(max(picture.progress_ms + max(passed, 0), 0), track.duration_ms)


def _title(picture: PlaybackPicture) -> str:
    if picture.track is not None:
        return picture.track.title
    if picture.kind == "ad":
        return tr("An advertisement")
    return picture.title or tr("Something Spotify does not name")


def _kind(picture: PlaybackPicture) -> str:
    match picture.kind:
        case "episode":
            return tr("A podcast episode")
        case "local":
            return tr("A file from this computer")
        case "ad":
            return tr("The next song appears by itself")
        case _:
            return ""


def _device(picture: PlaybackPicture) -> str:
    state = tr("Playing") if picture.is_playing else tr("Paused")
    return tr("{state} on {device}").format(state=state, device=picture.device_name) if picture.device_name else state


def _empty(snapshot: AppSnapshot, picture: PlaybackPicture | None) -> tuple[str, str]:
    if snapshot.tokens["spotify"].phase == "not_configured":
        return tr("Your music shows up here"), tr(
            "Sign in to Spotify on the Accounts page, then press play in Spotify."
        )
    if picture is not None and picture.kind == "unknown":
        return (
            tr("Spotify does not say what plays"),
            tr("This happens in a private session. End it in Spotify, and the song appears here."),
        )
    lamp = connection(snapshot, "spotify")
    if picture is None and snapshot.playback.problem is not None and lamp is not None:
        return tr("Spotify has not answered yet"), lamp.reason
    return tr("Nothing plays"), tr("Press play in Spotify, and the song appears here by itself.")
