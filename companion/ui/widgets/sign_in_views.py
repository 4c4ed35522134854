"""The parts of the login window while it waits, and when it is over."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from companion.application.messages import Message
from companion.application.sign_in_states import ConfirmAccount, Finished, WaitingForBrowser, WaitingForCode
from companion.kernel.instant import Instant
from companion.ports.tokens import Account
from companion.ui import times
from companion.ui.guides.guide import Guide
from companion.ui.kit import Kit
from companion.ui.text import isolated, tr
from companion.ui.theme import HUGE, LEAD, SMALL, TITLE, XL, L, M, S
from companion.ui.widgets.buttons import Button, CopyButton
from companion.ui.widgets.labels import IconLabel, Label, ShortLabel
from companion.ui.widgets.layout import column, row
from companion.ui.widgets.notice import Notice
from companion.ui.widgets.picture import Picture, initials
from companion.ui.widgets.qr import QrCode

_QR = 168
_FACE = 72


class WaitView(QWidget):
    """Twitch: the code, large, with its QR code. Spotify: the way to the browser. Both: how long it still holds."""

    open_wanted = Signal(str)

    def __init__(self, kit: Kit, guide: Guide) -> None:
        super().__init__()
        self._kit = kit
        self._address = ""
        self._expires: Instant | None = None
        self.code = Label(kit, size=HUGE, strong=True, tabular=True)
        font = QFont(self.code.font())
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 4)
        self.code.setFont(font)
        self.code.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._code_box = QFrame()
        self._code_box.setProperty("role", "code")
        inner = QHBoxLayout(self._code_box)
        inner.setContentsMargins(L, M, L, M)
        inner.addWidget(self.code, 0, Qt.AlignmentFlag.AlignCenter)
        # The browser would confirm as whoever is signed in there: the bot's address belongs into a private window.
        private = guide.provider == "twitch_bot"
        self.open = Button(kit, tr("Open browser"), icon="open", kind="plain" if private else "primary")
        self.open.clicked.connect(lambda: self.open_wanted.emit(self._address))
        copy = tr("Copy address")
        self.copy = CopyButton(kit, lambda: self._address, text=copy, name=copy)
        self.copy.set_kind("primary" if private else "plain")
        self.main: Button = self.copy if private else self.open
        self.left = Label(kit, tone="ink-soft", tabular=True, wrap=True)
        self.trouble = Notice(kit)
        self.qr = QrCode(side=_QR)
        self._phone = Label(kit, tr("Or with your phone"), size=SMALL, tone="ink-soft")
        self._phone.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._aside = QWidget()
        self._aside.setLayout(column(self.qr, self._phone, None, spacing=S))
        self._intro = Label(kit, guide.steps[-1].intro, tone="ink-soft", wrap=True)
        main = column(
            self._intro, S, self._code_box, row(self.open, self.copy, None), self.left, self.trouble, None, spacing=M
        )
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(XL)
        box.addLayout(main, 1)
        box.addWidget(self._aside, 0, Qt.AlignmentFlag.AlignTop)

    def show_state(self, state: WaitingForCode | WaitingForBrowser | None) -> None:
        """What is waited for; `None` while the provider is still being asked."""
        self._address = state.address.reveal() if state is not None else ""
        self._expires = state.expires_at if state is not None else None
        code = state.user_code if isinstance(state, WaitingForCode) else ""
        self.code.setText(code)
        self.code.setAccessibleName(tr("Code: {code}").format(code=" ".join(code)))
        self._code_box.setVisible(bool(code))
        self._aside.setVisible(bool(code))
        self.qr.show_address(self._address if code else "")
        for button in (self.open, self.copy):
            button.setEnabled(state is not None)
        self.trouble.show_message(state.trouble if isinstance(state, WaitingForCode) else None)
        self.tick()

    def tick(self) -> None:
        """Count down."""
        if self._expires is None:
            self.left.setText(tr("Asking…"))
            return
        left = self._expires - self._kit.clock.now()
        self.left.setText(tr("Waiting for you. Still good for {left}.").format(left=times.countdown(left)))


class Person(QWidget):
    """Face and name of an account."""

    def __init__(self, kit: Kit, *, side: int = _FACE) -> None:
        super().__init__()
        self._face = Picture(kit, side=side, round_face=True, empty_icon="accounts")
        self.name = ShortLabel(kit, size=TITLE, strong=True)
        self._login = ShortLabel(kit, tone="ink-soft")
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(L)
        box.addWidget(self._face)
        box.addLayout(column(None, self.name, self._login, None, spacing=2), 1)

    def show_account(self, account: Account) -> None:
        """Show this one."""
        self.name.setText(account.display_name)
        self._login.setText(account.login)
        self._login.setVisible(account.login != account.display_name)
        alternative = tr("Picture of {name}").format(name=account.display_name)
        self._face.show_address(account.picture_url, alternative=alternative, initials=initials(account.display_name))


class DoneView(QWidget):
    """Signed in: who, and what follows."""

    def __init__(self, kit: Kit, guide: Guide) -> None:
        super().__init__()
        self._guide = guide
        self.person = Person(kit)
        self._icon = IconLabel(kit, "good", tone="good", size=22)
        self._text = Label(kit, wrap=True)
        self.warning = Notice(kit)
        self.setLayout(column(self.person, S, row(self._icon, self._text), self.warning, None, spacing=M))

    def show_state(self, state: Finished) -> None:
        """Show who signed in."""
        self.person.show_account(state.account)
        self._text.setText(tr("Companion is signed in to {service}.").format(service=self._guide.service))
        lasting = Message(
            tr("This login lasts until Companion stops"),
            tr("Your keyring could not keep it, and Companion writes no login to the disk unprotected."),
            tr("See Keyring on the Accounts page for what to do."),
            "warn",
        )
        self.warning.show_message(lasting if state.session_only else None)


class ConfirmView(QWidget):
    """Another account than the one this data belongs to."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._offered = Person(kit)
        self._text = Label(kit, wrap=True)
        self.setLayout(column(self._offered, S, self._text, None, spacing=M))

    def show_state(self, state: ConfirmAccount) -> None:
        """Ask whether this one is meant."""
        self._offered.show_account(state.offered)
        self._text.setText(
            tr(
                "So far Companion belongs to {known}. If you go on as {offered}, what was recorded stays, "
                "and new records are added under this account."
            ).format(known=isolated(state.known.display_name), offered=isolated(state.offered.display_name))
        )


class FailedView(QWidget):
    """What went wrong and what to do about it."""

    def __init__(self, kit: Kit) -> None:
        super().__init__()
        self._icon = IconLabel(kit, "bad", tone="bad", size=28)
        self.title = Label(kit, size=LEAD, strong=True, wrap=True)
        self.meaning = Label(kit, wrap=True)
        self.advice = Label(kit, wrap=True)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(L)
        box.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        texts = QVBoxLayout()
        texts.setSpacing(S)
        texts.addWidget(self.title)
        texts.addWidget(self.meaning)
        texts.addWidget(self.advice)
        texts.addStretch(1)
        box.addLayout(texts, 1)

    def show_message(self, message: Message) -> None:
        """Show this one."""
        tone = "bad" if message.severity == "bad" else "warn"
        self._icon.show_icon(tone, "bad" if tone == "bad" else "warn")
        self.title.setText(message.title)
        self.meaning.say(message.meaning)
        self.advice.say(message.advice)
