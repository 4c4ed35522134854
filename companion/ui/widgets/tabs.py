"""Views of a page under words of their own: one is shown, the others wait."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from companion.ui.kit import Kit
from companion.ui.theme import M
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.layout import Switch, fill


class Choices(QWidget):
    """Words of which one holds; emits `chosen` with its number when a person presses one."""

    chosen = Signal(int)

    def __init__(self, kit: Kit, words: Sequence[str], extra: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.buttons = [Button(kit, word, kind="tab") for word in words]
        for number, button in enumerate(self.buttons):
            button.setCheckable(True)
            button.clicked.connect(_presser(self, number))
        fill(QHBoxLayout(self), [*self.buttons, None, *extra], spacing=2)
        self.show_choice(0)

    def show_choice(self, number: int) -> None:
        """Mark this word."""
        self.number = number
        for index, button in enumerate(self.buttons):
            button.setChecked(index == number)

    def press(self, number: int) -> None:
        """As if a person had pressed it."""
        self.show_choice(number)
        self.chosen.emit(number)


class Tabs(QWidget):
    """Words above, the chosen view below. `extra` stands at the right end of the words."""

    chosen = Signal(int)

    def __init__(self, kit: Kit, views: Sequence[tuple[str, QWidget]], extra: Sequence[QWidget] = ()) -> None:
        super().__init__()
        self.choices = Choices(kit, [word for word, _ in views], extra)
        self._switch = Switch(*(view for _, view in views))
        fill(QVBoxLayout(self), [self.choices, self._switch], spacing=M)
        self.choices.chosen.connect(self._switch.show_view)
        self.choices.chosen.connect(self.chosen)

    @property
    def number(self) -> int:
        """Which view is shown."""
        return self.choices.number


def _presser(choices: Choices, number: int) -> Callable[[], None]:
    return lambda: choices.press(number)
