"""The login window: one guide at a time, from the first step to the account's name and picture."""

from __future__ import annotations

from typing import Final, assert_never

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QShowEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from companion.application.messages import Message
from companion.application.sign_in_states import (
    ConfirmAccount,
    Failed,
    Finished,
    Idle,
    SignInState,
    Starting,
    WaitingForBrowser,
    WaitingForCode,
)
from companion.application.snapshots import AppSnapshot
from companion.kernel.result import Err, Result
from companion.ports.tokens import Provider
from companion.ui.guides.guide import Guide
from companion.ui.guides.spotify import spotify_guide
from companion.ui.guides.twitch import bot_guide, twitch_guide
from companion.ui.kit import Kit
from companion.ui.text import tr
from companion.ui.theme import XL, L, M, S
from companion.ui.widgets.buttons import Button
from companion.ui.widgets.guide_steps import ClientIdStep, ReadStep, StepHead
from companion.ui.widgets.layout import rule
from companion.ui.widgets.notice import Notice
from companion.ui.widgets.sign_in_views import ConfirmView, DoneView, FailedView, WaitView

_TICK_MS: Final = 1000


def guide_of(provider: Provider) -> Guide:
    """The guide of this provider."""
    match provider:
        case "twitch":
            return twitch_guide()
        case "spotify":
            return spotify_guide()
        case "twitch_bot":
            return bot_guide()
        case _:
            assert_never(provider)


class LoginWindow(QDialog):
    """Signs in to one provider. Closing it in mid-way cancels; `another_wanted` leads on to the other provider."""

    another_wanted = Signal(object)

    def __init__(self, kit: Kit, provider: Provider, parent: QWidget) -> None:
        super().__init__(parent)
        self._kit = kit
        self.guide = guide_of(provider)
        self.state: SignInState = Idle()
        self._dismissed: SignInState | None = None
        self._step = 0
        self._other_missing: Provider | None = None
        self.setWindowTitle(self.guide.title or tr("Sign in to {service}").format(service=self.guide.service))
        self.setMinimumSize(640, 460)
        self.resize(680, 540)
        self.head = StepHead(kit)
        self.problem = Notice(kit)
        self.wait = WaitView(kit, self.guide)
        self.done_view = DoneView(kit, self.guide)
        self.confirm_view = ConfirmView(kit)
        self.failed_view = FailedView(kit)
        self._views = QStackedWidget()
        self._step_views = [self._step_view(index) for index in range(len(self.guide.steps))]
        for view in (self.done_view, self.confirm_view, self.failed_view):
            self._views.addWidget(view)
        self._build_footer()
        self._build_frame()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self.wait.tick)
        self.go_to(0)

    # ---- what the rest of the window asks --------------------------------------------------------------------------

    def begin(self, snapshot: AppSnapshot) -> None:
        """Open at the first step that is still to be done: with a client id known, at the browser."""
        self.client_id.field.setText(snapshot.client_ids.get(self.guide.provider, ""))
        self.show_snapshot(snapshot)
        if isinstance(self.state, Idle):
            if snapshot.tokens[self.guide.provider].phase == "set_up_wrong" or not self.client_id.usable():
                self.go_to(0)
            else:
                self.sign_in()
        self.open()

    def show_snapshot(self, snapshot: AppSnapshot) -> None:
        """Follow the sign-in."""
        others: tuple[Provider, ...] = ("twitch", "spotify")
        self._other_missing = next(
            (
                other
                for other in others
                if other != self.guide.provider and snapshot.tokens[other].phase == "not_configured"
            ),
            None,
        )
        state = snapshot.sign_in[self.guide.provider]
        if state == self._dismissed:
            return
        self._dismissed = None
        if state != self.state:
            self.state = state
            self._show_state(state)

    def sign_in(self) -> None:
        """Ask the provider and wait."""
        self._dismissed = None
        self.go_to(len(self.guide.steps) - 1)
        provider = self.guide.provider
        self._kit.bridge.run(lambda: self._kit.app.start_sign_in(provider), f"sign in {provider}")

    def go_to(self, index: int) -> None:
        """Show this step."""
        self._step = index
        step = self.guide.steps[index]
        self.head.show_step(self.guide, index)
        self._views.setCurrentWidget(self._step_views[index])
        self.problem.show_message(None)
        if step.kind == "wait":
            self.wait.show_state(self.state if isinstance(self.state, WaitingForCode | WaitingForBrowser) else None)
        self._show_footer(
            back=tr("Back") if index else "",
            leave=tr("Cancel") if step.kind == "wait" else tr("Later"),
            forward=step.forward,
        )
        self._enable_forward()
        focus = {"client_id": self.client_id.field, "wait": self.wait.main, "read": self.forward}
        focus[step.kind].setFocus()

    # ---- following the state ---------------------------------------------------------------------------------------

    def _show_state(self, state: SignInState) -> None:
        match state:
            case Idle():
                if self._step == len(self.guide.steps) - 1:
                    self.go_to(self.guide.first_of("client_id"))
            case Starting() | WaitingForCode() | WaitingForBrowser():
                self.go_to(len(self.guide.steps) - 1)
            case ConfirmAccount():
                self._show_end(self.confirm_view, tr("Is this the right account?"))
                self.confirm_view.show_state(state)
                verb = tr("Go on as {name}").format(name=state.offered.display_name)
                self._show_footer(back="", leave=tr("Cancel"), forward=verb)
            case Finished():
                self._show_end(self.done_view, tr("You are signed in"))
                self.done_view.show_state(state)
                more = tr("Go on with Spotify") if self._other_missing == "spotify" else tr("Go on with Twitch")
                self._show_footer(back="", leave=tr("Close"), forward=more if self._other_missing else "")
            case Failed():
                self._show_end(self.failed_view, tr("The sign-in did not work"))
                self.failed_view.show_message(state.message)
                verb = tr("Back to the set-up") if state.mend else tr("Try again")
                self._show_footer(back=tr("Change the Client ID"), leave=tr("Close"), forward=verb)
            case _:
                assert_never(state)

    def _show_end(self, view: QWidget, title: str) -> None:
        self.head.show_title(self.guide.service, title)
        self.problem.show_message(None)
        self._views.setCurrentWidget(view)

    # ---- buttons ---------------------------------------------------------------------------------------------------

    def _forward(self) -> None:
        match self.state:
            case ConfirmAccount():
                self._kit.bridge.run(lambda: self._kit.app.confirm_account(self.guide.provider), "confirm account")
            case Finished():
                other = self._other_missing
                self.close()
                if other is not None:
                    self.another_wanted.emit(other)
            case Failed(message=message, mend=mend):
                if mend is None:
                    self.sign_in()
                else:
                    self._dismiss()
                    self.go_to(self.guide.mending_step(mend))
                    self.problem.show_message(message)
            case Idle() | Starting() | WaitingForCode() | WaitingForBrowser():
                self._next_step()
            case _:
                assert_never(self.state)

    def _next_step(self) -> None:
        if self.guide.steps[self._step].kind != "client_id":
            self.go_to(self._step + 1)
            return
        if not self.client_id.usable():
            return
        self.forward.setEnabled(False)
        text = self.client_id.text()
        self._kit.bridge.run(
            lambda: self._kit.app.save_client_id(self.guide.provider, text), "save client id", self._saved
        )

    def _saved(self, result: Result[None, Message]) -> None:
        self._enable_forward()
        if isinstance(result, Err):
            self.problem.show_message(result.error)
        else:
            self.sign_in()

    def _back(self) -> None:
        if isinstance(self.state, Failed):
            self._dismiss()
            self.go_to(self.guide.first_of("client_id"))
        elif self.guide.steps[self._step].kind == "wait":
            self._dismiss()
            self.go_to(self._step - 1)
        else:
            self.go_to(max(self._step - 1, 0))

    def _dismiss(self) -> None:
        """Back to idle, here at once and in the application as soon as it can."""
        if not isinstance(self.state, Idle):
            provider = self.guide.provider
            self._kit.bridge.run(lambda: self._kit.app.cancel_sign_in(provider), f"cancel sign in {provider}")
            self._dismissed, self.state = self.state, Idle()

    def _open_address(self, address: str) -> None:
        def answered(result: Result[None, Message]) -> None:
            self.problem.show_message(result.error if isinstance(result, Err) else None)

        self._kit.bridge.run(lambda: self._kit.app.open_in_browser(address), "open browser", answered)

    def reject(self) -> None:
        """Esc and *Later*: leave, and stop waiting."""
        self._dismiss()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._dismiss()
        super().closeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    # ---- putting it together ---------------------------------------------------------------------------------------

    def _step_view(self, index: int) -> QWidget:
        step = self.guide.steps[index]
        if step.kind == "wait":
            self.wait.open_wanted.connect(self._open_address)
            self._views.addWidget(self.wait)
            return self.wait
        if step.kind == "client_id":
            self.client_id = ClientIdStep(self._kit, self.guide, step)
            self.client_id.changed.connect(self._enable_forward)
            self.client_id.submitted.connect(self._next_step)
            self._views.addWidget(self.client_id)
            return self.client_id
        page = ReadStep(self._kit, step)
        page.link_wanted.connect(self._open_address)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        page.setProperty("role", "page")
        self._views.addWidget(scroll)
        return scroll

    def _build_footer(self) -> None:
        self.back = Button(self._kit, tr("Back"), icon="back", kind="quiet")
        self.leave = Button(self._kit, tr("Later"))
        self.forward = Button(self._kit, tr("Go on"), kind="primary")
        self.forward.setDefault(True)
        self.back.clicked.connect(self._back)
        self.leave.clicked.connect(self.reject)
        self.forward.clicked.connect(self._forward)

    def _build_frame(self) -> None:
        body = QVBoxLayout()
        body.setContentsMargins(XL, XL, XL, L)
        body.setSpacing(L)
        body.addWidget(self.head)
        body.addWidget(self.problem)
        body.addWidget(self._views, 1)
        foot = QHBoxLayout()
        foot.setContentsMargins(XL, M, XL, M)
        foot.addWidget(self.back)
        foot.setSpacing(S)
        foot.addStretch(1)
        foot.addWidget(self.leave)
        foot.addWidget(self.forward)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addLayout(body, 1)
        box.addWidget(rule())
        box.addLayout(foot)

    def _show_footer(self, *, back: str, leave: str, forward: str) -> None:
        for button, text in ((self.back, back), (self.leave, leave), (self.forward, forward)):
            button.setVisible(bool(text))
            if text:
                button.relabel(text)
        self.forward.setEnabled(True)

    def _enable_forward(self) -> None:
        if hasattr(self, "forward"):
            step = self.guide.steps[self._step]
            self.forward.setEnabled(step.kind != "client_id" or self.client_id.usable())
