"""Verification in words, and the page that lets anybody repeat it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from companion.application.messages import Message
from companion.ports.raffle import EpochVerdict, Verification
from companion.ui.kit import Kit
from companion.ui.models.rows import Row
from companion.ui.text import counted, number, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import row
from companion.ui.widgets.list_card import ListCard
from companion.ui.widgets.row_list import RowList

if TYPE_CHECKING:
    from companion.ui.pages.work_page import WorkPage


class ProofCard(ListCard):
    """`verify` recomputes every revealed epoch; Enter on one saves its page."""

    def __init__(self, kit: Kit, page: WorkPage) -> None:
        self._kit = kit
        self._page = page
        self.save = Button(kit, tr("Save proof page…"), icon="save")
        super().__init__(
            kit,
            tr("Proof"),
            RowList(kit, tr("Raffles"), two_lines=False, most=5),
            empty=tr(
                "Press Verify all rolls: every roll of the revealed raffles is computed again from its seed and "
                "compared with what was told in chat. A raffle is revealed when the stream is over."
            ),
            buttons=(self.save,),
        )
        self._icon = IconLabel(kit, "shield", tone="good")
        self.result = Label(kit, wrap=True)
        self.not_proven = Label(kit, tone="ink-soft", wrap=True)
        self.body.insertLayout(1, row(self._icon, self.result))
        self.body.insertWidget(2, self.not_proven)
        for part in (self._icon, self.result, self.not_proven):
            part.setVisible(False)
        self._verdicts: dict[str, EpochVerdict] = {}
        self.list.chosen.connect(self._show_button)
        self.list.opened.connect(self._save)
        self.save.clicked.connect(self._save)
        self._show_button()

    def verify(self) -> None:
        """Compute everything again."""
        self._page.do(self._kit.app.actions.raffle.verify, "verify raffle", self._show)

    def write(self, path: str, html: str) -> None:
        """Put the page into a file."""
        try:
            Path(path).write_text(html, encoding="utf-8")
        except OSError as reason:
            self._page.say(
                Message(tr("The proof page could not be saved."), str(reason), tr("Choose another folder."), "warn")
            )
            return
        self._page.say_info(tr("Saved. Anybody can open {path} and check every roll.").format(path=path))

    def _show(self, verification: Verification) -> None:
        epochs = verification.epochs
        self._verdicts = {str(each.number): each for each in epochs}
        self.show_rows([_verdict_row(each) for each in epochs])
        revealed = [each for each in epochs if each.revealed]
        self._icon.show_icon("shield" if verification.sound else "bad", "good" if verification.sound else "bad")
        self.result.setText(_words(verification, len(revealed), sum(each.rolls for each in revealed)))
        open_ = len(epochs) - len(revealed)
        waits = tr("{epochs} not revealed yet and therefore not checked.").format(
            epochs=counted(open_, "raffle is", "raffles are")
        )
        lines = [waits] if open_ else []
        lines += [tr("Not proven: {what}").format(what=what) for what in verification.not_proven]
        self.not_proven.say(" ".join(lines))
        self._icon.setVisible(True)
        self.result.setVisible(True)
        self._show_button()

    def _chosen(self) -> EpochVerdict | None:
        verdict = self._verdicts.get(self.list.current_key() or "")
        return verdict if verdict is not None and verdict.revealed else None

    def _show_button(self) -> None:
        self.save.setVisible(bool(self._verdicts))
        self.save.setEnabled(self._chosen() is not None)

    def _save(self, _key: object = None) -> None:
        verdict = self._chosen()
        if verdict is not None:
            actions, epoch = self._kit.app.actions.raffle, verdict.number
            self._page.do(lambda: actions.proof(epoch), "raffle proof", lambda html: self._ask_where(epoch, html))

    def _ask_where(self, epoch: int, html: str) -> None:
        dialog = QFileDialog(self._page, tr("Save proof page"))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(tr("Web pages (*.html)"))
        dialog.setDefaultSuffix("html")
        dialog.selectFile(f"raffle-epoch-{epoch}.html")
        dialog.fileSelected.connect(lambda path: self.write(path, html))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _words(verification: Verification, epochs: int, rolls: int) -> str:
    if not epochs:
        return tr("There is nothing to verify yet: no raffle is revealed.")
    where = tr("{rolls} in {epochs}").format(
        rolls=counted(rolls, "roll", "rolls"), epochs=counted(epochs, "raffle", "raffles")
    )
    if verification.sound:
        return tr("Sound: {where} are exactly what the seeds make them, without a gap.").format(where=where)
    problems = sum(len(each.problems) for each in verification.epochs)
    return tr("Not sound: {problems} among {where}. Point at a raffle to read them.").format(
        problems=counted(problems, "problem", "problems"), where=where
    )


def _verdict_row(verdict: EpochVerdict) -> Row:
    rolls, back = counted(verdict.rolls, "roll", "rolls"), counted(verdict.refunds, "refund", "refunds")
    title = tr("Raffle {number}: {rolls}, {refunds}").format(number=number(verdict.number), rolls=rolls, refunds=back)
    if not verdict.revealed:
        return Row(str(verdict.number), title, state=tr("Not revealed"), icon="clock", faded=True)
    if verdict.problems:
        problems = counted(len(verdict.problems), "problem", "problems")
        tooltip = "\n".join([title, *verdict.problems])
        return Row(str(verdict.number), title, state=problems, tone="bad", icon="bad", tooltip=tooltip)
    return Row(str(verdict.number), title, state=tr("Sound"), tone="good", icon="shield")
