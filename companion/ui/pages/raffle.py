"""The Raffle page: the running epoch, the rolls, the boards, and the proof that nobody cheated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from companion.application.snapshots import AppSnapshot
from companion.ports.raffle import LeaderboardRow, LeaderboardSort, RaffleSettings
from companion.ui.feature_words import roll_row
from companion.ui.kit import Kit
from companion.ui.models.rows import Row
from companion.ui.pages.page import TWO_COLUMNS
from companion.ui.pages.work_page import WorkPage
from companion.ui.text import counted, isolated, number, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.layout import Columns, pile
from companion.ui.widgets.list_card import ListCard
from companion.ui.widgets.raffle_epoch import EpochCard, RaffleForm
from companion.ui.widgets.raffle_proof import ProofCard
from companion.ui.widgets.row_list import RowList
from companion.ui.widgets.tabs import Choices

_SORTS: Final[tuple[LeaderboardSort, ...]] = ("wins", "closest", "rolls")
_BOARD: Final = 20


class RafflePage(WorkPage):
    """Epoch and rolls in front; leaderboard and proof beside them where there is room."""

    def __init__(self, kit: Kit) -> None:
        self.verify = Button(kit, tr("Verify all rolls"), icon="shield")
        super().__init__(kit, tr("Raffle"), self.verify)
        self.epoch = EpochCard(kit)
        self.rolls = ListCard(
            kit, tr("Recent rolls"), RowList(kit, tr("Rolls, newest first"), most=7),
            empty=tr("Rolls will be listed here. While you are live viewers roll with the raffle's reward, or !roll."),
        )  # fmt: skip
        self.sorts = Choices(kit, [tr("Wins"), tr("Closest"), tr("Rolls")])
        self.board = ListCard(
            kit, tr("Leaderboard"), RowList(kit, tr("Leaderboard"), two_lines=False, most=6),
            empty=tr("The viewers with most wins, closest rolls and most rolls, once somebody has rolled."),
            head=self.sorts,
        )  # fmt: skip
        self.proof = ProofCard(kit, self)
        self.verify.clicked.connect(self.proof.verify)
        self.epoch.settings_wanted.connect(self._open_settings)
        self.sorts.chosen.connect(self.reload)
        left, right = pile(self.epoch, self.rolls), pile(self.board, self.proof)
        self.content.addWidget(Columns(left, right, threshold=TWO_COLUMNS, shares=(1, 1)))
        self.content.addStretch(1)
        self._rolls_known: tuple[str, ...] = ()

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        now = self.kit.clock.now()
        self.epoch.show_raffle(snapshot.raffle)
        self.rolls.show_rows([roll_row(roll, now) for roll in snapshot.raffle.recent])
        known = tuple(roll.redemption_id for roll in snapshot.raffle.recent)
        if known != self._rolls_known:
            self._rolls_known = known
            self.reload()

    def reload(self) -> None:
        sort = _SORTS[self.sorts.number]
        actions = self.kit.app.actions.raffle
        self.read(
            lambda: actions.leaderboard(sort, limit=_BOARD), "leaderboard", lambda rows: self._show_board(sort, rows)
        )

    def _show_board(self, sort: LeaderboardSort, rows: Sequence[LeaderboardRow]) -> None:
        self.board.show_rows([_board_row(place, each, sort) for place, each in enumerate(rows, start=1)])

    def _open_settings(self) -> None:
        form = RaffleForm(self.kit, self, self.kit.bridge.snapshot.raffle)
        form.saved.connect(lambda: self._save(form, form.settings()))
        form.open()

    def _save(self, form: RaffleForm, settings: RaffleSettings) -> None:
        actions = self.kit.app.actions.raffle
        self.do_form(form, lambda: actions.save_settings(settings), "save raffle settings")


def _board_row(place: int, each: LeaderboardRow, sort: LeaderboardSort) -> Row:
    closest = tr("{distance} away").format(distance=number(each.closest)) if each.closest is not None else "–"
    words = {
        "wins": counted(each.wins, "win", "wins"),
        "closest": closest,
        "rolls": counted(each.rolls, "roll", "rolls"),
    }
    rest = [words[other] for other in _SORTS if other != sort]
    return Row(
        each.viewer.user_id,
        isolated(each.viewer.display_name),
        right=words[sort],
        lead=str(place),
        tooltip="\n".join([each.viewer.display_name, words[sort], *rest]),
    )
