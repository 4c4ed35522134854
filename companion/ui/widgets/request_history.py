"""What was played, page by page, and who and what is asked for most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QVBoxLayout, QWidget

from companion.kernel.instant import Instant
from companion.ports.song_queue import History, PlayedSong, RequesterCount, TrackCount
from companion.ui import times
from companion.ui.feature_words import song
from companion.ui.kit import Kit
from companion.ui.models.rows import Row
from companion.ui.pages.page import TWO_COLUMNS
from companion.ui.text import isolated, number, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import Columns, fill, pile
from companion.ui.widgets.list_card import ListCard
from companion.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from companion.ui.pages.work_page import WorkPage

PAGE: Final = 25
_TOP: Final = 5


class HistoryView(QWidget):
    """`reload` reads the page that is shown."""

    def __init__(self, kit: Kit, page: WorkPage) -> None:
        super().__init__()
        self._kit = kit
        self._page = page
        self.offset = 0
        self.newer = Button(kit, tr("Newer"), icon="back")
        self.older = Button(kit, tr("Older"), icon="next")
        self.place = Label(kit, tone="ink-soft", tabular=True)
        self.newer.clicked.connect(lambda: self._turn(-PAGE))
        self.older.clicked.connect(lambda: self._turn(PAGE))
        self.songs = ListCard(
            kit, tr("Played"), RowList(kit, tr("Played requests, newest first"), most=9),
            empty=tr("Every request that was played will be listed here, with its viewer."),
            buttons=(self.newer, self.older, self.place),
        )  # fmt: skip
        self.tracks = ListCard(
            kit, tr("Asked for most"), RowList(kit, tr("Songs asked for most"), two_lines=False, most=_TOP),
            empty=tr("The songs that are asked for most, once some were played."),
        )  # fmt: skip
        self.requesters = ListCard(
            kit, tr("Busiest viewers"), RowList(kit, tr("Viewers with most requests"), two_lines=False, most=_TOP),
            empty=tr("The viewers with the most requests, once some were played."),
        )  # fmt: skip
        side = pile(self.tracks, self.requesters)
        fill(QVBoxLayout(self), [Columns(pile(self.songs), side, threshold=TWO_COLUMNS, shares=(3, 2))])

    def reload(self) -> None:
        """Read what is shown."""
        actions, offset = self._kit.app.actions.requests, self.offset
        self._page.read(lambda: actions.history(limit=PAGE, offset=offset), "history", self._show_history)
        self._page.read(lambda: actions.top_tracks(limit=_TOP), "top tracks", self._show_tracks)
        self._page.read(lambda: actions.top_requesters(limit=_TOP), "top requesters", self._show_requesters)

    def _turn(self, step: int) -> None:
        self.offset = max(0, self.offset + step)
        self.reload()

    def _show_history(self, history: History) -> None:
        if not history.songs and self.offset:
            self._turn(-PAGE)
            return
        now = self._kit.clock.now()
        self.songs.show_rows([_played_row(each, self.offset + place, now) for place, each in enumerate(history.songs)])
        last = self.offset + len(history.songs)
        words = tr("{first}–{last} of {total}")
        self.place.setText(
            words.format(first=number(self.offset + 1), last=number(last), total=number(history.total))
            if history.songs
            else ""
        )
        self.newer.setEnabled(self.offset > 0)
        self.older.setEnabled(last < history.total)

    def _show_tracks(self, counts: Sequence[TrackCount]) -> None:
        self.tracks.show_rows([Row(each.track.id, song(each.track), right=number(each.count)) for each in counts])

    def _show_requesters(self, counts: Sequence[RequesterCount]) -> None:
        rows = [
            Row(each.viewer.user_id, isolated(each.viewer.display_name), right=number(each.count)) for each in counts
        ]
        self.requesters.show_rows(rows)


def _played_row(played: PlayedSong, place: int, now: Instant) -> Row:
    source = tr("with points") if played.source == "reward" else tr("in chat")
    return Row(
        f"{played.request_id}@{place}",
        song(played.track),
        tr("{viewer}, {source}").format(viewer=isolated(played.viewer.display_name), source=source),
        state=tr("Skipped") if played.skipped else "",
        right=times.ago(played.played_at, now),
        icon="skip" if played.skipped else "check",
        tone="ink-soft" if played.skipped else "good",
        tooltip=f"{song(played.track)}\n{played.viewer.display_name}\n{times.exact(played.played_at)}",
    )
