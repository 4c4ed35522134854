"""The hourly look: what the provider says of the access token in hand."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from companion.kernel.instant import Clock, Instant, seconds
from companion.kernel.result import Ok
from companion.objects.token import rules
from companion.objects.token.keeper import TokenKeeper
from companion.ports.tokens import AccessToken, AuthorizationServer, PassingFailure, Provider

VALIDATE_AGAIN = seconds(600)
"""After a look that came to nothing."""


@dataclass(frozen=True, slots=True)
class Looked:
    """The provider was asked. `again_at`: when to ask the next time."""

    again_at: Instant
    refused: AccessToken | None = None
    """The token that the provider does not know any more: it has to be replaced."""


class Validator:
    """Asks the provider, and takes its word into the keeper. Plans and replaces nothing itself."""

    def __init__(
        self,
        *,
        keeper: TokenKeeper,
        server: AuthorizationServer,
        clock: Clock,
        logger: logging.Logger,
        provider: Provider,
    ) -> None:
        self._keeper = keeper
        self._server = server
        self._clock = clock
        self._logger = logger
        self._provider = provider

    async def look(self) -> Looked | None:
        """Ask once; None when there is no login, or no token in hand, to ask about."""
        keeper = self._keeper
        token = keeper.token()
        if token is None or keeper.state.phase != "authorized":
            return None
        answer = await self._server.validate(token.value)
        now = self._clock.now()
        if isinstance(answer, Ok):
            if answer.value is not None and keeper.is_current(token.value):
                keeper.validated(answer.value)
            return Looked(now + rules.VALIDATE_EVERY)
        if isinstance(answer.error, PassingFailure):
            self._logger.info("%s could not validate the login: %s", self._provider, answer.error.detail)
            return Looked(now + VALIDATE_AGAIN)
        self._logger.info("%s says the access token is not valid any more", self._provider)
        if keeper.is_current(token.value):
            keeper.access_rejected = True
        return Looked(now + rules.VALIDATE_EVERY, refused=token)
