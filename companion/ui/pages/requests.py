"""The Requests page: what plays for whom, the queue, what was played, who and what is blocked, and the rewards."""

from __future__ import annotations

from companion.application.snapshots import AppSnapshot
from companion.ports.song_rules import QueueSettings
from companion.ui.kit import Kit
from companion.ui.pages.page import TWO_COLUMNS
from companion.ui.pages.work_page import WorkPage
from companion.ui.text import tr
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.layout import Columns, pile
from companion.ui.widgets.queue_settings_form import QueueSettingsForm
from companion.ui.widgets.request_blocks import BlocksCard
from companion.ui.widgets.request_history import HistoryView
from companion.ui.widgets.request_now import RequestNow
from companion.ui.widgets.request_queue import QueueCard
from companion.ui.widgets.rewards_card import RewardsCard
from companion.ui.widgets.tabs import Tabs


class RequestsPage(WorkPage):
    """The queue in front, history and block lists a word away."""

    def __init__(self, kit: Kit) -> None:
        self.skip = Button(kit, tr("Skip song"), icon="skip")
        super().__init__(kit, tr("Requests"), self.skip)
        self.skip.clicked.connect(lambda: self.do(kit.app.actions.requests.skip, "skip song"))
        self.now = RequestNow(kit)
        self.queue = QueueCard(kit, self)
        self.rewards = RewardsCard(kit, self)
        self.history = HistoryView(kit, self)
        self.blocks = BlocksCard(kit, self)
        self.rules = Button(kit, tr("Rules…"), icon="settings", name=tr("Rules for requests"))
        self.rules.clicked.connect(self._open_rules)
        first = Columns(pile(self.queue), pile(self.now, self.rewards), threshold=TWO_COLUMNS, shares=(3, 2))
        self.tabs = Tabs(
            kit, [(tr("Queue"), first), (tr("History"), self.history), (tr("Blocked"), pile(self.blocks))], [self.rules]
        )
        self.tabs.chosen.connect(self.reload)
        self.content.addWidget(self.tabs)
        self.content.addStretch(1)

    def render_snapshot(self, snapshot: AppSnapshot) -> None:
        self.skip.setEnabled(snapshot.queue.now_playing is not None)
        self.now.show_queue(snapshot.queue)
        self.queue.show_queue(snapshot.queue)
        self.rewards.show_rewards(snapshot.rewards)
        if self.tabs.number == 2:
            self.blocks.show_blocks(self.kit.app.actions.requests.blocks())

    def reload(self) -> None:
        if self.tabs.number == 1:
            self.history.reload()
        self.render_snapshot(self.kit.bridge.snapshot)

    def _open_rules(self) -> None:
        form = QueueSettingsForm(self.kit, self, self.kit.app.actions.requests.settings())
        form.saved.connect(lambda: self._save_rules(form, form.settings()))
        form.open()

    def _save_rules(self, form: QueueSettingsForm, settings: QueueSettings) -> None:
        self.do_form(
            form,
            lambda: self.kit.app.actions.requests.save_settings(settings),
            "save request rules",
            lambda _: self.say_info(tr("The rules are saved and hold from now on.")),
        )
