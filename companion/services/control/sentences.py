"""Typed errors as sentences, for people at a terminal."""

from __future__ import annotations

from companion.application.messages import Message
from companion.ports import failures, stream
from companion.services.control.sentences_of_play import explained


def sentence(problem: object) -> str:  # noqa: C901  (one line per error type is the clearest form)
    """One plain sentence. An error type that has none of its own is named."""
    match problem:
        case Message():
            return problem.text()
        case stream.NotLive():
            return "No stream is live, so there is no session to record into."
        case stream.InvalidCount():
            return f"A viewer count is a whole number from 0 up, not {problem.value}."
        case stream.BadRange():
            return f"This range does not work: {problem.detail}."
        case failures.StorageFailed():
            return f"The database could not be written: {problem.detail}."
        case failures.NetworkDown():
            return "The provider could not be reached."
        case failures.RateLimited() | failures.QuotaExhausted():
            return f"The provider asks for patience until {problem.retry_at:%H:%M:%S} UTC."
        case failures.ProviderUnavailable():
            return f"The provider has trouble of its own (status {problem.status})."
        case failures.MalformedAnswer():
            return f"The provider's answer could not be read: {problem.where}."
        case failures.Unauthorized() | failures.Forbidden():
            return "The provider refused this for the signed-in account."
        case failures.NotFound():
            return "The provider does not know what was asked for."
        case failures.Refused():
            return f"The provider refused the request (status {problem.status})."
        case failures.NoAccess():
            return sentence(problem.reason)
        case failures.NotConfigured():
            return "Nobody has signed in yet. Sign in with: companion login."
        case failures.ReauthorizationRequired():
            return "The login has ended. Sign in again with: companion login."
        case failures.RefreshDelayed():
            return f"The login is being renewed; next attempt at {problem.next_attempt_at:%H:%M:%S} UTC."
        case failures.LoginUnreadable():
            return "The keyring that holds the login cannot be read just now."
        case failures.SetUpWrong():
            return "The provider does not accept the client id. Check it on the Accounts page."
        case _:
            return explained(problem) or f"This did not work: {type(problem).__name__}."
