"""One login: who, how it stands, and the buttons that change it."""

from __future__ import annotations

from typing import Final, assert_never

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout

from companion.application.snapshots import AppSnapshot
from companion.kernel.instant import Instant
from companion.ports.tokens import Provider, TokenStatus
from companion.ui import times
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import TITLE, XS, L
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.labels import IconLabel, Label, ShortLabel
from companion.ui.widgets.layout import Card, column, row
from companion.ui.widgets.picture import Picture, initials
from companion.ui.words import (
    LEVEL_TONES,
    PROVIDER_NAMES,
    connection,
    login_reason,
    login_state,
    needs_person,
    scope,
    vault_advice,
)

_FACE = 56
_ICONS: Final[dict[Provider, str]] = {"twitch": "twitch", "spotify": "spotify", "twitch_bot": "bot"}


class AccountCard(Card):
    """Twitch, Spotify or the bot account on the Accounts page."""

    sign_in_wanted = Signal(object)
    sign_out_wanted = Signal(object)
    retry_wanted = Signal(object)

    def __init__(self, kit: Kit, provider: Provider) -> None:
        super().__init__(kit)
        self._kit = kit
        self.provider: Provider = provider
        service = PROVIDER_NAMES[provider]
        self._face = Picture(kit, side=_FACE, round_face=True, empty_icon=_ICONS[provider])
        self.name = ShortLabel(kit, size=TITLE, strong=True)
        self._service = Label(kit, service, tone="ink-soft", wrap=True)
        self._icon = IconLabel(kit, "off")
        self.state = Label(kit, strong=True)
        self.reason = Label(kit, wrap=True)
        self.details = Label(kit, tone="ink-soft", wrap=True)
        self.sign_in = Button(kit, tr("Sign in"), icon="accounts", kind="primary", name=f"{tr('Sign in')}: {service}")
        self.retry = Button(kit, tr("Retry"), icon="refresh", name=f"{tr('Retry')}: {service}")
        self.sign_out = Button(kit, tr("Sign out"), name=f"{tr('Sign out')}: {service}")
        self.sign_in.clicked.connect(lambda: self.sign_in_wanted.emit(provider))
        self.retry.clicked.connect(lambda: self.retry_wanted.emit(provider))
        self.sign_out.clicked.connect(lambda: self.sign_out_wanted.emit(provider))
        who = QHBoxLayout()
        who.setSpacing(L)
        who.addWidget(self._face)
        who.addLayout(column(None, self.name, self._service, None, spacing=2), 1)
        self.body.addLayout(who)
        self.body.addSpacing(XS)
        self.body.addLayout(row(self._icon, self.state, None))
        self.body.addWidget(self.reason)
        self.body.addWidget(self.details)
        self.body.addStretch(1)
        self.body.addSpacing(XS)
        self.body.addLayout(row(self.sign_in, self.retry, self.sign_out, None))

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest state."""
        status = snapshot.tokens[self.provider]
        state = login_state(status)
        account = status.account
        service = PROVIDER_NAMES[self.provider]
        self.name.setText(account.display_name if account is not None else service)
        self._service.setText(service if account is not None else _purpose(self.provider))
        self._face.show_address(
            account.picture_url if account is not None else None,
            alternative=tr("Picture of {name}").format(name=account.display_name) if account is not None else service,
            initials=initials(account.display_name) if account is not None else "",
        )
        self._icon.show_icon(state.icon, state.tone)
        self.state.setText(state.word)
        self.state.set_tone(state.tone)
        self._show_buttons(status)
        self.tick(snapshot)

    def tick(self, snapshot: AppSnapshot) -> None:
        """Bring times up to date."""
        status = snapshot.tokens[self.provider]
        lines = problems(status, self._kit.clock.now())
        self.reason.say("\n".join(lines) or login_reason(snapshot, self.provider))
        since = status.authorized_at if status.phase == "authorized" else None
        self.details.say(tr("Signed in since {day}.").format(day=times.day(since)) if since is not None else "")
        self.details.setToolTip(times.exact(since) if since is not None else "")

    def _show_buttons(self, status: TokenStatus) -> None:
        first = status.phase == "not_configured"
        self.sign_in.relabel(tr("Sign in") if first else tr("Sign in again"), name=self._named(first))
        wants = (
            (first and self.provider != "twitch_bot")
            or needs_person(status)
            or bool(status.missing_scopes)
            or status.warn_reauthorize
        )
        self.sign_in.set_kind("primary" if wants else "plain")
        self.sign_out.setVisible(not first)
        self.retry.setVisible(status.consecutive_failures > 0 or status.vault_error is not None)
        self.retry.setEnabled(not status.refreshing)

    def _named(self, first: bool) -> str:
        verb = tr("Sign in") if first else tr("Sign in again")
        return f"{verb}: {PROVIDER_NAMES[self.provider]}"


def problems(status: TokenStatus, now: Instant) -> list[str]:
    """What keeps a login that works from being simply well, one sentence or two a line."""
    if status.phase != "authorized":
        return []
    lines = []
    if status.session_only and status.vault_error is not None:
        lines.append(vault_advice(status.vault_error))
    if status.missing_scopes:
        wanted = ", ".join(scope(name) for name in sorted(status.missing_scopes))
        lines.append(tr("Needs another permission: {wanted}. Sign in again to give it.").format(wanted=wanted))
    if status.warn_reauthorize and status.reauthorize_by is not None:
        day = times.day(status.reauthorize_by)
        lines.append(tr("Spotify ends every login after six months. Sign in again before {day}.").format(day=day))
    if status.refreshing:
        lines.append(tr("Renewing the login…"))
    elif status.consecutive_failures:
        lines.append(tr("The login could not be renewed: {why}.").format(why=status.last_failure or tr("no answer")))
        if status.next_attempt_at is not None:
            lines.append(tr("Next attempt {when}.").format(when=times.until(status.next_attempt_at, now)))
    return lines


def _purpose(provider: Provider) -> str:
    match provider:
        case "twitch":
            return tr("Knows when you are live and how many watch")
        case "spotify":
            return tr("Shows the song that plays")
        case "twitch_bot":
            return tr("Speaks in your chat instead of you")
        case _:
            assert_never(provider)


class KeyringCard(Card):
    """Where the logins rest."""

    mend_wanted = Signal(object)

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit)
        self._icon = IconLabel(kit, "keyring", size=22)
        self._title = Label(kit, tr("Keyring"), strong=True)
        self.state = Label(kit, strong=True)
        self.reason = Label(kit, tone="ink-soft", wrap=True)
        self.retry = Button(kit, tr("Retry"), icon="refresh", name=tr("Retry: Keyring"))
        self.retry.clicked.connect(lambda: self.mend_wanted.emit("retry_keyring"))
        texts = QVBoxLayout()
        texts.addLayout(row(self._title, self.state, None))
        texts.addWidget(self.reason)
        texts.addStretch(1)
        texts.setSpacing(XS)
        line = QHBoxLayout()
        line.setSpacing(L)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(texts, 1)
        line.addWidget(self.retry)
        self.body.addLayout(line)

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Show the newest state."""
        lamp = connection(snapshot, "keyring")
        self.setVisible(lamp is not None)
        if lamp is None:
            return
        tone = LEVEL_TONES[lamp.level]
        self.state.setText(lamp.word)
        self.state.set_tone(tone)
        self._icon.show_icon("keyring", tone)
        self.reason.say(lamp.reason)
        self.retry.setVisible(bool(lamp.mends))
