"""The connection strip: six lamps in a fixed order, and the panel that says what mends one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from companion.application.snapshots import CONNECTION_ORDER, Connection, ConnectionName, Mend, MendAction
from companion.ui.kit import Kit
from companion.ui.text import tip, tr
from companion.ui.theme import SMALL, XS, L, M, S
from companion.ui.widgets.buttons import ENTER_KEYS, Button
from companion.ui.widgets.labels import IconLabel, Label
from companion.ui.widgets.layout import clear, column, row
from companion.ui.words import CONNECTION_ICONS, LEVEL_TONES

_ICON: Final = 20


class Lamp(QPushButton):
    """One connection: icon, title and word in the colour of its level."""

    def __init__(self, kit: Kit, name: ConnectionName) -> None:
        super().__init__()
        self.connection_name: ConnectionName = name
        self.setProperty("kind", "lamp")
        self.setCheckable(True)
        self.setAutoDefault(False)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._icon = IconLabel(kit, CONNECTION_ICONS[name])
        self._state = IconLabel(kit, "off", size=12)
        self._title = Label(kit, size=SMALL, tone="ink-soft")
        self._word = Label(kit, size=SMALL)
        words = column(self._title, row(self._state, self._word, None, spacing=XS), spacing=0)
        box = QHBoxLayout(self)
        box.setContentsMargins(S, XS, XS, XS)
        box.setSpacing(S)
        for part in (self._icon, self._state, self._title, self._word):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        box.addWidget(self._icon)
        box.addLayout(words)
        box.addStretch(1)

    def show_connection(self, connection: Connection) -> None:
        """Show the newest state."""
        tone = LEVEL_TONES[connection.level]
        self._icon.show_icon(CONNECTION_ICONS[connection.name], tone)
        self._state.show_icon(connection.level, tone)
        self._title.setText(connection.title)
        self._word.setText(connection.word)
        self._word.set_tone(tone)
        self.setAccessibleName(f"{connection.title}: {connection.word}")
        self.setAccessibleDescription(connection.reason)
        self.setToolTip(tip(connection.reason))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in ENTER_KEYS:
            self.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        layout = self.layout()
        return layout.sizeHint() if layout is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class MendPanel(QFrame):
    """Opens above the strip: the sentence behind a lamp, and its buttons. Esc closes it."""

    mend_wanted = Signal(object)
    closed = Signal()

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._kit = kit
        self.setProperty("role", "strip")
        self._icon = IconLabel(kit, "off")
        self._title = Label(kit, strong=True)
        self._reason = Label(kit, wrap=True)
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(S)
        self._mends: tuple[Mend, ...] = ()
        close = Button(kit, "", icon="close", kind="quiet", name=tr("Close"))
        close.clicked.connect(self.closed.emit)
        box = QHBoxLayout(self)
        box.setContentsMargins(L, M, S, M)
        box.setSpacing(M)
        box.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        box.addLayout(column(self._title, self._reason, spacing=2), 1)
        box.addLayout(self._buttons)
        box.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        self.setVisible(False)

    def show_connection(self, connection: Connection) -> None:
        """Explain this lamp."""
        tone = LEVEL_TONES[connection.level]
        self._icon.show_icon(CONNECTION_ICONS[connection.name], tone)
        self._title.setText(f"{connection.title}: {connection.word}")
        self._reason.say(connection.reason)
        if connection.mends != self._mends:
            self._mends = connection.mends
            self._exchange_buttons()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def focus_first(self) -> None:
        """Put the keyboard on the first button."""
        item = self._buttons.itemAt(0)
        widget = item.widget() if item is not None else None
        if widget is not None:
            widget.setFocus(Qt.FocusReason.OtherFocusReason)

    def _exchange_buttons(self) -> None:
        clear(self._buttons)
        for index, mend in enumerate(self._mends):
            button = Button(self._kit, mend.label, kind="plain" if index else "primary")
            button.clicked.connect(_sender(self, mend.action))
            self._buttons.addWidget(button)


def _sender(panel: MendPanel, action: MendAction) -> Callable[[], None]:
    return lambda: panel.mend_wanted.emit(action)


class ConnectionStrip(QFrame):
    """All lamps in one line, in two lines of three where one is too narrow."""

    lamp_pressed = Signal(object)

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.setProperty("role", "strip")
        self.setAccessibleName(tr("Connections"))
        self.lamps = {name: Lamp(kit, name) for name in CONNECTION_ORDER}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(S, XS, S, XS)
        self._grid.setSpacing(XS)
        self._per_row = 0
        for lamp in self.lamps.values():
            lamp.clicked.connect(_presser(self, lamp))
        self._arrange(len(self.lamps))

    def show_connections(self, connections: tuple[Connection, ...]) -> None:
        """Show the newest states; a lamp the snapshot does not name is hidden."""
        named = {connection.name: connection for connection in connections}
        for name, lamp in self.lamps.items():
            lamp.setVisible(name in named)
            if name in named:
                lamp.show_connection(named[name])
        self._choose()

    def mark(self, name: ConnectionName | None) -> None:
        """Show which lamp's panel is open."""
        for lamp in self.lamps.values():
            lamp.setChecked(lamp.connection_name == name)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._choose()

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._choose()
        return handled

    def _choose(self) -> None:
        widest = max(lamp.sizeHint().width() for lamp in self.lamps.values())
        fits = (widest + XS) * len(self.lamps) + 2 * S <= self.width()
        self._arrange(len(self.lamps) if fits else len(self.lamps) // 2)

    def _arrange(self, per_row: int) -> None:
        if per_row == self._per_row:
            return
        self._per_row = per_row
        for index, lamp in enumerate(self.lamps.values()):
            self._grid.addWidget(lamp, index // per_row, index % per_row)
        for place in range(len(self.lamps)):
            self._grid.setColumnStretch(place, 1 if place < per_row else 0)


def _presser(strip: ConnectionStrip, lamp: Lamp) -> Callable[[], None]:
    return lambda: strip.lamp_pressed.emit(lamp.connection_name)


class ConnectionArea(QFrame):
    """Strip and panel together: a click on a lamp opens its panel, a second one closes it."""

    mend_wanted = Signal(object)

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self.strip = ConnectionStrip(kit)
        self.panel = MendPanel(kit)
        self._open: ConnectionName | None = None
        self._connections: tuple[Connection, ...] = ()
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.panel)
        box.addWidget(self.strip)
        self.strip.lamp_pressed.connect(self._pressed)
        self.panel.closed.connect(self.close_panel)
        self.panel.mend_wanted.connect(self.mend_wanted)

    def show_connections(self, connections: tuple[Connection, ...]) -> None:
        """Show the newest states, in the open panel as well."""
        if connections != self._connections:
            self._connections = connections
            self.strip.show_connections(connections)
            self._show_panel()

    def open_panel(self, name: ConnectionName) -> None:
        """Explain this lamp."""
        self._open = name
        self._show_panel()
        self.panel.focus_first()

    def close_panel(self) -> None:
        """Close, and give the keyboard back to the lamp."""
        lamp = self.strip.lamps[self._open] if self._open else None
        self._open = None
        self._show_panel()
        if lamp is not None:
            lamp.setFocus(Qt.FocusReason.OtherFocusReason)

    def _pressed(self, name: ConnectionName) -> None:
        if name == self._open:
            self.close_panel()
        else:
            self.open_panel(name)

    def _show_panel(self) -> None:
        connection = next((lamp for lamp in self._connections if lamp.name == self._open), None)
        self.strip.mark(self._open if connection is not None else None)
        self.panel.setVisible(connection is not None)
        if connection is not None:
            self.panel.show_connection(connection)
