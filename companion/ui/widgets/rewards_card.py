"""Companion's channel-point rewards: what they cost, how they stand at Twitch, and what mends them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from companion.application.needs_you_items import REWARD_NAMES
from companion.ports.rewards import ManagedReward, RewardSettings, RewardSpec, RewardsView, RewardUse
from companion.ui.feature_words import points, reward_state
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import SMALL, XS
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.form import Form, figure, line, tick
from companion.ui.widgets.labels import IconLabel, Label, ShortLabel
from companion.ui.widgets.layout import Card, column, fill, row, rule
from companion.ui.widgets.wrap import Wrap

if TYPE_CHECKING:
    from companion.ui.pages.work_page import WorkPage

DEAREST = 1_000_000


class RewardRow(QWidget):
    """One reward."""

    def __init__(self, kit: Kit, use: RewardUse) -> None:
        super().__init__()
        self.use: RewardUse = use
        name = tr(REWARD_NAMES[use])
        self.title = ShortLabel(kit, strong=True)
        self._icon = IconLabel(kit, "off", size=16)
        self.state = Label(kit, size=SMALL)
        self.cost = Label(kit, size=SMALL, tone="ink-soft", tabular=True)
        self.trouble = Label(kit, size=SMALL, tone="warn", wrap=True)
        self.edit = Button(kit, tr("Change…"), icon="edit", name=tr("Change the reward: {name}").format(name=name))
        self.make = Button(
            kit, tr("Make it at Twitch"), icon="twitch", name=tr("Make it at Twitch: {name}").format(name=name)
        )
        line_ = row(self._icon, self.state, self.cost, None, spacing=XS)
        fill(QVBoxLayout(self), [column(self.title, line_, spacing=2), self.trouble, Wrap(self.edit, self.make)])

    def show_reward(self, reward: ManagedReward) -> None:
        """Show the newest state."""
        state = reward_state(reward)
        self.title.setText(reward.spec.title)
        self._icon.show_icon(state.icon, state.tone)
        self.state.setText(state.word)
        self.state.set_tone(state.tone)
        self.cost.setText(f" · {points(reward.spec.cost)}")
        self.trouble.say(reward.trouble or "")
        self.make.setVisible(reward.switched_on and (reward.reward is None or reward.trouble is not None))


class RewardsCard(Card):
    """All of ours; without channel points it says what viewers can do instead."""

    def __init__(self, kit: Kit, page: WorkPage) -> None:
        super().__init__(kit, tr("Rewards"))
        self._kit = kit
        self._page = page
        self.reason = Label(kit, tone="ink-soft", wrap=True)
        self._rows_box = QVBoxLayout()
        self._rows_box.setSpacing(16)
        self.rows: dict[RewardUse, RewardRow] = {}
        self._view = RewardsView(available=False, reason=None, rewards=())
        self.body.addWidget(self.reason)
        self.body.addLayout(self._rows_box)
        self.pauses = Button(kit, tr("Pauses…"), icon="settings", name=tr("When rewards pause by themselves"))
        self.pauses.clicked.connect(self._edit_pauses)
        self._rule = rule()
        self.body.addWidget(self._rule)
        self.body.addWidget(Wrap(self.pauses))

    def show_rewards(self, view: RewardsView) -> None:
        """Show the newest state."""
        self._view = view
        away = tr("Rewards need channel points, which Twitch gives to affiliates and partners. Viewers can use chat.")
        self.reason.say("" if view.available else view.reason or away)
        for reward in view.rewards:
            if reward.use not in self.rows:
                self._add(reward.use)
            self.rows[reward.use].show_reward(reward)
            self.rows[reward.use].setVisible(view.available)
        self.pauses.setVisible(view.available)
        self._rule.setVisible(view.available)

    def _add(self, use: RewardUse) -> None:
        added = RewardRow(self._kit, use)
        added.edit.clicked.connect(_caller(self._edit, use))
        added.make.clicked.connect(self._synchronise)
        self.rows[use] = added
        self._rows_box.addWidget(added)

    def _synchronise(self) -> None:
        self._page.do(self._kit.app.actions.rewards.synchronise, "make rewards")

    def _edit(self, use: RewardUse) -> None:
        reward = next(each for each in self._view.rewards if each.use == use)
        form = RewardForm(self._kit, self._page, reward)
        form.saved.connect(lambda: self._save(form, use))
        form.open()

    def _edit_pauses(self) -> None:
        actions = self._kit.app.actions.rewards
        form = PausesForm(self._kit, self._page, actions.settings())
        form.saved.connect(lambda: self._page.do_form(form, lambda: actions.save_settings(form.settings()), "pauses"))
        form.open()

    def _save(self, form: RewardForm, use: RewardUse) -> None:
        spec, on = form.spec(), form.switched_on.isChecked()
        actions = self._kit.app.actions.rewards
        self._page.do_form(form, lambda: actions.configure(use, spec, switched_on=on), "change reward")


class RewardForm(Form):
    """Title, cost and what it asks for. Twitch allows 45 characters in a title, 200 in a text."""

    def __init__(self, kit: Kit, parent: QWidget, reward: ManagedReward) -> None:
        name = tr(REWARD_NAMES[reward.use])
        super().__init__(kit, parent, title=tr("Reward: {name}").format(name=name), verb=tr("Save"))
        self._spec = reward.spec
        self.name = line(reward.spec.title, longest=45)
        self.cost = figure(reward.spec.cost, 1, DEAREST, unit=tr("points"))
        self.prompt = line(reward.spec.prompt, placeholder=tr("What viewers read when they redeem it"))
        self.switched_on = tick(tr("Viewers can redeem it"), on=reward.switched_on)
        self.add(tr("Title"), self.name)
        self.add(tr("Cost"), self.cost)
        self.add(tr("Text"), self.prompt)
        self.add(tr("Switched on"), self.switched_on)

    def spec(self) -> RewardSpec:
        """What the fields say."""
        old = self._spec
        return RewardSpec(
            self.name.text().strip(), self.cost.value(), self.prompt.text().strip(), old.input_required, old.color
        )


class PausesForm(Form):
    """When nobody can redeem anything, without anybody's doing."""

    def __init__(self, kit: Kit, parent: QWidget, settings: RewardSettings) -> None:
        super().__init__(kit, parent, title=tr("When rewards pause"), verb=tr("Save"))
        self.offline = tick(tr("While I am not live"), on=settings.pause_offline)
        self.unable = tick(tr("The song reward, while no request can be let in"), on=settings.pause_when_unable)
        self.add(tr("Both rewards"), self.offline, tr("They go on by themselves when you go live."))
        self.add(
            tr("Songs"), self.unable, tr("While Spotify is away, the queue is full, or the rules let nobody ask by it.")
        )

    def settings(self) -> RewardSettings:
        """What the fields say."""
        return RewardSettings(pause_offline=self.offline.isChecked(), pause_when_unable=self.unable.isChecked())


def _caller(action: Callable[[RewardUse], None], use: RewardUse) -> Callable[[], None]:
    return lambda: action(use)
