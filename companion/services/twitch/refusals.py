"""What a refusal of Twitch's OAuth host means: the few terminal messages, told apart from everything else.

Only a JSON answer with a listed message may end a login or blame the client id. A captive portal, a proxy,
an outage or a message nobody has seen before is a passing failure.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from pydantic import ValidationError

from companion.ports.tokens import ClientRefused
from companion.services.http import HttpAnswer
from companion.services.twitch.wire_auth import RefusalAnswer

Verdict: TypeAlias = Literal[
    "pending", "dead_code", "grant_ended", "no_secret", "unknown_client", "dead_token", "passing"
]

_MEANINGS: Final[dict[str, Verdict]] = {
    "authorization_pending": "pending",
    "invalid device code": "dead_code",
    "invalid_grant": "grant_ended",
    "invalid refresh token": "grant_ended",
    "missing client secret": "no_secret",
    "invalid client": "unknown_client",
    "client does not exist": "unknown_client",
    "invalid token": "dead_token",
    "invalid access token": "dead_token",
}
"""Lower case. Messages: dev.twitch.tv/docs/authentication/{getting-tokens-oauth,refresh-tokens,validate-tokens,
revoke-tokens}; that the reason stands in `message` and not in `error`: github.com/twitchdev/issues/issues/953."""

_NO_SECRET: Final = "it asks for a client secret, so the app is registered as Confidential, not as Public"
_UNKNOWN_CLIENT: Final = "no app of the client type Public has it"


def read_refusal(answer: HttpAnswer) -> RefusalAnswer | None:
    """The provider's own words, or None when something else (a proxy, a portal, an outage) spoke."""
    if answer.status not in (400, 401, 403, 404) or not answer.is_json:
        return None
    try:
        return RefusalAnswer.model_validate_json(answer.body)
    except ValidationError:
        return None


def verdict_of(answer: HttpAnswer) -> Verdict:
    """What a 4xx answer of the OAuth host means."""
    refusal = read_refusal(answer)
    if refusal is None:
        return "passing"
    for text in (refusal.message, refusal.error):
        meaning = _MEANINGS.get(text.strip().lower())
        if meaning is not None:
            return meaning
    return "passing"


def client_refused(verdict: Literal["no_secret", "unknown_client"]) -> ClientRefused:
    """The refusal of a client id: half a sentence, for the middle of one."""
    return ClientRefused(_NO_SECRET if verdict == "no_secret" else _UNKNOWN_CLIENT)
