"""The Accounts page: both logins and where they are kept."""

from __future__ import annotations

from PySide6.QtCore import Signal

from companion.application.messages import Message
from companion.application.snapshots import AppSnapshot, MendAction
from companion.kernel.result import Err, Result
from companion.ports.tokens import Provider
from companion.ui.dialogs import ask
from companion.ui.kit import Kit
from companion.ui.pages.page import Page
from companion.ui.text import tr
from companion.ui.widgets.account_card import AccountCard, KeyringCard
from companion.ui.widgets.features_card import FeaturesCard
from companion.ui.widgets.layout import Columns, pile
from companion.ui.widgets.notice import Notice
from companion.ui.words import PROVIDER_NAMES, PROVIDERS, RETRY_ACTIONS

_SIDE_BY_SIDE = 640


class AccountsPage(Page):
    """One card for each login, one for the keyring."""

    sign_in_wanted = Signal(object)

    def __init__(self, kit: Kit) -> None:
        super().__init__(kit, tr("Accounts"))
        self.problem = Notice(kit, dismiss=lambda: self.problem.show_message(None))
        self.cards = {provider: AccountCard(kit, provider) for provider in PROVIDERS}
        self.features = FeaturesCard(kit)
        self.keyring = KeyringCard(kit)
        for card in self.cards.values():
            card.sign_in_wanted.connect(self.sign_in_wanted)
            card.sign_out_wanted.connect(self._ask_sign_out)
            card.retry_wanted.connect(self._retry)
        self.features.sign_in_wanted.connect(self.sign_in_wanted)
        self.features.switched.connect(self._switch)
        self.keyring.mend_wanted.connect(self._mend)
        self.content.addWidget(self.problem)
        self.content.addWidget(Columns(self.cards["twitch"], self.cards["spotify"], threshold=_SIDE_BY_SIDE))
        self.content.addWidget(self.features)
        self.content.addWidget(Columns(self.cards["twitch_bot"], pile(self.keyring), threshold=_SIDE_BY_SIDE))
        self.content.addStretch(1)

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        for card in self.cards.values():
            card.show_snapshot(snapshot)
        self.features.show_snapshot(snapshot)
        self.keyring.show_snapshot(snapshot)

    def tick(self, snapshot: AppSnapshot) -> None:
        for card in self.cards.values():
            card.tick(snapshot)

    def _ask_sign_out(self, provider: Provider) -> None:
        service = PROVIDER_NAMES[provider]
        lost = {
            "twitch": tr("Companion forgets this login: it no longer sees when you are live, and records no viewers."),
            "spotify": tr("Companion forgets this login: the song that plays is no longer shown, here or in OBS."),
            "twitch_bot": tr("Companion forgets this login: your own account answers in chat from now on."),
        }
        kept = tr("What was recorded so far stays.")
        ask(
            self.kit,
            self,
            title=tr("Sign out the bot account?")
            if provider == "twitch_bot"
            else tr("Sign out of {service}?").format(service=service),
            text=f"{lost[provider]} {kept}",
            verb=tr("Sign out"),
            on_yes=lambda: self._sign_out(provider),
        )

    def _sign_out(self, provider: Provider) -> None:
        self.kit.bridge.run(lambda: self.kit.app.sign_out(provider), f"sign out {provider}", self._answered)

    def _retry(self, provider: Provider) -> None:
        self._mend(RETRY_ACTIONS[provider])

    def _mend(self, action: MendAction) -> None:
        self.kit.bridge.run(lambda: self.kit.app.mend(action), action, self._answered)

    def _switch(self, name: str, on: bool) -> None:
        self.kit.bridge.run(lambda: self.kit.app.switch_feature(name, on=on), f"switch {name}", self._switched)

    def _switched(self, result: Result[None, Message]) -> None:
        self._answered(result)
        if isinstance(result, Err):
            self.features.show_snapshot(self.kit.bridge.snapshot)  # the switch goes back to what holds

    def _answered(self, result: Result[None, Message]) -> None:
        self.problem.show_message(result.error if isinstance(result, Err) else None)
