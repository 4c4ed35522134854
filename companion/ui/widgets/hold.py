"""Says that everything is on hold, on every page, with the way out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout

from companion.ports.hold import HoldState
from companion.ui import times
from companion.ui.kit import Kit
from companion.ui.text import isolated, tip, tr
from companion.ui.theme import XL, L, S
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import fill


class HoldBanner(QFrame):
    """Hidden while nothing is on hold."""

    release_wanted = Signal()

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.setProperty("role", "banner")
        self.text = Label(kit, wrap=True)
        self.release = Button(kit, tr("Release"), icon="release", kind="primary", name=tr("Release everything now"))
        self.release.clicked.connect(self.release_wanted)
        box = QHBoxLayout(self)
        fill(box, [IconLabel(kit, "hold", tone="warn", size=18), self.text, self.release], spacing=S)
        box.setContentsMargins(XL, S, L, S)
        self.setVisible(False)

    def show_hold(self, hold: HoldState) -> None:
        """Show the newest state."""
        self.setVisible(hold.held)
        if not hold.held:
            return
        since = times.ago(hold.since, self._kit.clock.now()) if hold.since is not None else ""
        parts = [since, tr("by {name}").format(name=isolated(hold.by)) if hold.by is not None else ""]
        when = ", ".join(part for part in parts if part)
        head = tr("Everything is on hold ({when}).").format(when=when) if when else tr("Everything is on hold.")
        self.text.setText(f"{head} {tr('Requests, alerts and replies wait; nothing is lost.')}")
        self.text.setToolTip(tip(times.exact(hold.since)) if hold.since is not None else "")
        self.setAccessibleName(self.text.text())
