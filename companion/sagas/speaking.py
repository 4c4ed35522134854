"""A chat line as a saga's step."""

from __future__ import annotations

from typing import assert_never

from companion.kernel.result import Ok, Result
from companion.ports.chat import ChatBusy, ChatDropped, ChatOff, ChatRefused, ChatUncertain, SayError, Sent
from companion.runtime.saga.definition import ActOutcome, Done, Failed, Retry, Unknown


def said(result: Result[Sent, SayError]) -> ActOutcome:
    """A chat line as a step's outcome: never sent twice, and no reason to stop a run.

    One that a hold kept from leaving is said after the release: nobody has seen it, and the hold is no try.
    """
    if isinstance(result, Ok):
        return Done("said")
    match result.error:
        case ChatUncertain():
            return Unknown("the line may or may not stand in chat")
        case ChatBusy(retry_at):
            return Retry("the chat's limit is reached", not_before=retry_at)
        case ChatDropped(reason):
            return Failed("dropped", reason)
        case ChatOff(held=True):
            return Retry("everything is on hold", free=True)
        case ChatOff(reason):
            return Failed("chat_off", reason)
        case ChatRefused():
            return Failed("chat_refused", "Twitch would not take the line.")
        case _:
            assert_never(result.error)
