"""The queue: requests in order, and what the streamer may do with each."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from companion.application.explain import explain_spotify
from companion.ports.song_queue import QueueView, SongRequest
from companion.ports.song_rules import Block, BlockKind
from companion.ui.dialogs import ask
from companion.ui.feature_words import request_row, song
from companion.ui.kit import Kit
from companion.ui.text import isolated, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import row
from companion.ui.widgets.list_card import ListCard
from companion.ui.widgets.row_list import MenuEntry, RowList

if TYPE_CHECKING:
    from companion.ui.pages.work_page import WorkPage


class QueueCard(ListCard):
    """Alt with an arrow, a drag, or the buttons move a request; Delete removes it, Enter lets one in that asks."""

    def __init__(self, kit: Kit, page: WorkPage) -> None:
        self._kit = kit
        self._page = page
        self._queue: QueueView | None = None
        rows = RowList(kit, tr("Requests in order"), most=9, movable=True)
        self.approve = Button(kit, tr("Let it in"), icon="check", kind="primary")
        self.refuse = Button(kit, tr("Refuse…"), icon="close")
        self.up = Button(kit, "", icon="up", name=tr("Move up (Alt+Up)"))
        self.down = Button(kit, "", icon="down", name=tr("Move down (Alt+Down)"))
        self.remove = Button(kit, tr("Remove…"), icon="delete")
        self.block = Button(kit, tr("Block…"), icon="block")
        super().__init__(
            kit,
            tr("Queue"),
            rows,
            empty=tr(
                "Requests will stand here, in the order in which they play. Viewers ask with the reward, or with !sr "
                "and a Spotify link or a title."
            ),
            buttons=(self.approve, self.refuse, self.up, self.down, self.remove, self.block),
        )
        self._mark = IconLabel(kit, "warn", tone="warn", size=16)
        self.reason = Label(kit, wrap=True)
        self.body.insertLayout(1, row(self._mark, self.reason))
        self._connect(rows)
        self._show_buttons()

    def show_queue(self, queue: QueueView) -> None:
        """Show the newest picture."""
        self._queue = queue
        now = self._kit.clock.now()
        self.show_rows([request_row(each, now) for each in queue.requests if each.state != "playing"])
        problem = explain_spotify(queue.problem).text() if queue.problem is not None else ""
        reason = queue.paused_reason or problem
        self.reason.say(reason)
        self._mark.setVisible(bool(reason))
        self._show_buttons()

    def current(self) -> SongRequest | None:
        """The selected request."""
        key = self.list.current_key()
        requests = self._queue.requests if self._queue is not None else ()
        return next((each for each in requests if each.id == key), None)

    def _connect(self, rows: RowList) -> None:
        rows.menu_of = self._menu
        rows.chosen.connect(self._show_buttons)
        rows.opened.connect(self._open)
        rows.delete_wanted.connect(self._ask_remove)
        rows.moved.connect(self._move)
        self.approve.clicked.connect(lambda: self._approve(yes=True))
        self.refuse.clicked.connect(self._ask_refuse)
        self.up.clicked.connect(lambda: rows.move_current(-1))
        self.down.clicked.connect(lambda: rows.move_current(1))
        self.remove.clicked.connect(self._ask_remove)
        self.block.clicked.connect(self._ask_block)

    def _show_buttons(self) -> None:
        request = self.current()
        state = request.state if request is not None else None
        asks = state == "approval"
        self.approve.setVisible(asks)
        self.refuse.setVisible(asks)
        for button in (self.up, self.down):
            button.setVisible(not asks)
            button.setEnabled(state == "waiting")
        self.remove.setVisible(not asks)
        self.remove.setEnabled(state in {"waiting", "undecided"})
        self.block.setEnabled(request is not None)

    def _open(self, _key: str) -> None:
        request = self.current()
        if request is not None and request.state == "approval":
            self._approve(yes=True)

    def _approve(self, *, yes: bool) -> None:
        request = self.current()
        if request is not None:
            actions = self._kit.app.actions.requests
            self._page.do(lambda: actions.approve(request.id, yes=yes), "approve request")

    def _ask_refuse(self) -> None:
        request = self.current()
        if request is not None:
            self._ask(tr("Refuse this request?"), request, tr("Refuse"), lambda: self._approve(yes=False))

    def _ask_remove(self, _key: object = None) -> None:
        request = self.current()
        if request is None:
            return
        if request.state == "approval":
            self._ask_refuse()
        elif request.state in {"waiting", "undecided"}:
            actions = self._kit.app.actions.requests
            self._ask(
                tr("Remove this request?"),
                request,
                tr("Remove"),
                lambda: self._page.do(lambda: actions.remove(request.id), "remove request"),
            )

    def _ask(self, title: str, request: SongRequest, verb: str, on_yes: Callable[[], None]) -> None:
        viewer = isolated(request.viewer.display_name)
        if request.points_spent:
            lost = tr(
                "{song} will not be played. It was fulfilled in Twitch's dashboard, so {viewer} gets no points back."
            )
        elif request.source != "reward":
            lost = tr("{song} will not be played. {viewer} asked in chat, so no points are lost.")
        elif request.state == "undecided":
            lost = tr(
                "{song} leaves the queue. The points that Twitch still holds go back to {viewer}; if that cannot be "
                "done, it stays under “Needs you”."
            )
        else:
            lost = tr("{song} will not be played. The points that Twitch still holds go back to {viewer}.")
        text = lost.format(song=song(request.track), viewer=viewer)
        ask(self._kit, self._page, title=title, text=text, verb=verb, on_yes=on_yes)

    def _move(self, key: str, number: int) -> None:
        """`number` counts the rows; only those that wait can be moved, behind those that are handed over."""
        position = self._first() - 1 + self.list.position_at(key, number)
        actions = self._kit.app.actions.requests
        self._page.do(lambda: actions.move(key, position), "move request")

    def _first(self) -> int:
        """The number in line of the first that waits."""
        requests = self._queue.requests if self._queue is not None else ()
        return min((each.position for each in requests if each.position and each.state == "waiting"), default=1)

    def _menu(self, key: str) -> list[MenuEntry]:
        request = self.current()
        if request is None:
            return []
        waits = request.state == "waiting"
        entries = [
            MenuEntry(tr("Move up"), lambda: self.list.move_current(-1), waits),
            MenuEntry(tr("Move down"), lambda: self.list.move_current(1), waits),
            MenuEntry(tr("Play next"), lambda: self._to_front(key), waits and request.position != self._first()),
            MenuEntry(tr("Remove…"), self._ask_remove, request.state in {"waiting", "undecided", "approval"}),
        ]
        return entries + self._block_entries(request)

    def _to_front(self, key: str) -> None:
        position, actions = self._first(), self._kit.app.actions.requests
        self._page.do(lambda: actions.move(key, position), "move request")

    def _block_entries(self, request: SongRequest) -> list[MenuEntry]:
        artists = [self._block_entry("artist", name.casefold(), name) for name in request.track.artists]
        return [
            self._block_entry("track", request.track.id, request.track.title),
            *artists,
            self._block_entry("viewer", request.viewer.user_id, request.viewer.display_name),
        ]

    def _block_entry(self, kind: BlockKind, key: str, label: str) -> MenuEntry:
        words = {
            "track": tr("Block the song {label}"),
            "artist": tr("Block the artist {label}"),
            "viewer": tr("Block {label} from requests"),
        }
        block = Block(kind, key, label)
        actions = self._kit.app.actions.requests
        shown = isolated(label if len(label) <= 40 else f"{label[:39]}…").replace("&", "&&")
        return MenuEntry(
            words[kind].format(label=shown),
            lambda: self._page.do(lambda: actions.block(block), "block", lambda _: self._blocked(label)),
        )

    def _blocked(self, label: str) -> None:
        words = tr("{label} is blocked from now on. Undo it under Blocked.")
        self._page.say_info(words.format(label=isolated(label)))

    def _ask_block(self) -> None:
        request = self.current()
        if request is not None:
            self.list.show_menu(self._block_entries(request), self.block)
