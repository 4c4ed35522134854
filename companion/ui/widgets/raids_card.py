"""What happens when another channel raids: the thank-you in chat and Twitch's own shout-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from companion.application.snapshots import AppSnapshot
from companion.ports.raids import RaidSettings
from companion.ui.kit import Kit
from companion.ui.text import counted, tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import Form, figure, tick
from companion.ui.widgets.labels import Label
from companion.ui.widgets.layout import Card
from companion.ui.widgets.wrap import Wrap

if TYPE_CHECKING:
    from companion.ui.pages.work_page import WorkPage

LARGEST = 1_000_000


class RaidsCard(Card):
    """The settings in a sentence, and the form that changes them."""

    def __init__(self, kit: Kit, page: WorkPage) -> None:
        super().__init__(kit, tr("Raids"))
        self._kit = kit
        self._page = page
        self.rule = Label(kit, wrap=True)
        self.hint = Label(kit, tone="warn", wrap=True)
        self.change = Button(kit, tr("Change…"), icon="edit", name=tr("Change what happens at a raid"))
        self.change.clicked.connect(self._edit)
        self.body.addWidget(self.rule)
        self.body.addWidget(self.hint)
        self.body.addWidget(Wrap(self.change))

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest state."""
        settings = self._kit.app.actions.raids.settings()
        self.rule.setText(_sentence(settings))
        permitted = any(view.name == "shoutouts" and view.granted for view in snapshot.features)
        missing = tr("The shout-out needs a permission from Twitch: switch on Shout-outs under Accounts.")
        self.hint.say(missing if settings.shout_out and not permitted else "")

    def _edit(self) -> None:
        actions = self._kit.app.actions.raids
        form = RaidForm(self._kit, self._page, actions.settings())
        form.saved.connect(lambda: self._page.do_form(form, lambda: actions.save_settings(form.settings()), "raids"))
        form.open()


class RaidForm(Form):
    """From how many viewers on, and whether with a shout-out."""

    def __init__(self, kit: Kit, parent: QWidget, settings: RaidSettings) -> None:
        super().__init__(kit, parent, title=tr("When a raid comes"), verb=tr("Save"))
        self.minimum = figure(settings.minimum, 1, LARGEST)
        self.shout_out = tick(tr("Give Twitch's official shout-out as well"), on=settings.shout_out)
        self.add(tr("Smallest raid"), self.minimum, tr("Smaller ones are neither thanked nor shouted out."))
        self.add(tr("Shout-out"), self.shout_out, tr("Only while live: one in two minutes, each channel once an hour."))

    def settings(self) -> RaidSettings:
        """What the fields say."""
        return RaidSettings(self.minimum.value(), self.shout_out.isChecked())


def _sentence(settings: RaidSettings) -> str:
    who = (
        tr("Every raid")
        if settings.minimum == 1
        else tr("A raid of {viewers} or more").format(viewers=counted(settings.minimum, "viewer", "viewers"))
    )
    if settings.shout_out:
        return tr("{who} is thanked in chat and gets Twitch's shout-out.").format(who=who)
    return tr("{who} is thanked in chat.").format(who=who)
