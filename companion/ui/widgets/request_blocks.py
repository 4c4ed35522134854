"""The block lists: songs, artists and viewers that are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QWidget

from companion.ports.song_rules import Block
from companion.ui.feature_words import BLOCK_NAMES
from companion.ui.kit import Kit
from companion.ui.models.rows import Row
from companion.ui.text import isolated, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import line
from companion.ui.widgets.layout import fill
from companion.ui.widgets.list_card import ListCard
from companion.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from companion.ui.pages.work_page import WorkPage


class BlocksCard(ListCard):
    """Delete allows the selected one again; that can be undone, so it is not asked."""

    def __init__(self, kit: Kit, page: WorkPage) -> None:
        self._kit = kit
        self._page = page
        self._blocks: tuple[Block, ...] = ()
        self.name = line(placeholder=tr("Name of a viewer"), longest=50)
        self.name.setAccessibleName(tr("Viewer to block"))
        self.add = Button(kit, tr("Block viewer"), icon="block")
        self.allow = Button(kit, tr("Allow again"), icon="check")
        head = QWidget()
        fill(QHBoxLayout(head), [self.name, self.add])
        super().__init__(
            kit,
            tr("Blocked songs, artists and viewers"),
            RowList(kit, tr("Blocked"), two_lines=False, most=10),
            empty=tr(
                "Nothing is blocked. Select a request in the queue and press Block to refuse its song, artist or "
                "viewer from then on."
            ),
            buttons=(self.allow,),
            head=head,
        )
        self.name.returnPressed.connect(self._add)
        self.add.clicked.connect(self._add)
        self.allow.clicked.connect(self._allow)
        self.list.delete_wanted.connect(self._allow)
        self.list.chosen.connect(lambda key: self.allow.setEnabled(bool(key)))
        self.allow.setEnabled(False)

    def show_blocks(self, blocks: Sequence[Block]) -> None:
        """Show the newest lists."""
        self._blocks = tuple(blocks)
        self.show_rows(
            [
                Row(f"{each.kind}:{each.key}", isolated(each.label), right=tr(BLOCK_NAMES[each.kind]), icon="block")
                for each in blocks
            ]
        )

    def _add(self) -> None:
        name = self.name.text().strip()
        if name:
            actions = self._kit.app.actions.requests
            self._page.do(lambda: actions.block_viewer(name), "block viewer", self._added)

    def _added(self, _: None) -> None:
        self.name.clear()
        self._page.reload()

    def _allow(self, _key: object = None) -> None:
        key = self.list.current_key()
        block = next((each for each in self._blocks if f"{each.kind}:{each.key}" == key), None)
        if block is None:
            return
        actions = self._kit.app.actions.requests
        self._page.do(lambda: actions.unblock(block.kind, block.key), "unblock", lambda _: self._allowed(block))

    def _allowed(self, block: Block) -> None:
        self._page.reload()
        self._page.say_info(tr("{label} is allowed again.").format(label=isolated(block.label)))
