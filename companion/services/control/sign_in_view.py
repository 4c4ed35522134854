"""A sign-in's state for `companion login`: the one place where an address is revealed, because a person needs it."""

from __future__ import annotations

from typing import assert_never

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


def sign_in_view(state: SignInState) -> dict[str, object]:
    """`state` names it; the other fields are what a terminal shows."""
    match state:
        case Idle():
            return {"state": "idle"}
        case Starting():
            return {"state": "starting"}
        case WaitingForCode():
            return {
                "state": "waiting_for_code",
                "code": state.user_code,
                "address": state.address.reveal(),
                "expires_at": state.expires_at,
                "trouble": None if state.trouble is None else state.trouble.text(),
            }
        case WaitingForBrowser():
            return {
                "state": "waiting_for_browser",
                "address": state.address.reveal(),
                "expires_at": state.expires_at,
            }
        case ConfirmAccount():
            return {"state": "confirm_account", "known": state.known, "offered": state.offered}
        case Finished():
            return {"state": "finished", "account": state.account, "session_only": state.session_only}
        case Failed():
            return {"state": "failed", "message": state.message.text(), "mend": state.mend}
    assert_never(state)
