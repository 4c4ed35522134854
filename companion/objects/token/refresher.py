"""The single refresh: however many callers wait for it, the provider sees one request."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import assert_never

from companion.kernel.instant import Clock, Instant
from companion.kernel.result import Ok
from companion.kernel.tasks import TaskSupervisor
from companion.objects.token import rules
from companion.objects.token.keeper import TokenKeeper
from companion.ports.tokens import (
    AuthorizationServer,
    ClientRefused,
    GrantEnded,
    PassingFailure,
    Provider,
    RefreshError,
)


class Refresher:
    """Runs at most one refresh at a time; its outcome is read from the keeper's state."""

    def __init__(
        self,
        *,
        keeper: TokenKeeper,
        server: AuthorizationServer,
        supervisor: TaskSupervisor,
        clock: Clock,
        logger: logging.Logger,
        provider: Provider,
        rotates: bool,
    ) -> None:
        self._keeper = keeper
        self._server = server
        self._supervisor = supervisor
        self._clock = clock
        self._logger = logger
        self._provider = provider
        self._rotates = rotates
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether a refresh is under way."""
        return self._task is not None

    async def join(self) -> bool:
        """Start the refresh or wait for the one under way; False when the application is stopping."""
        if self._task is None:
            task = self._supervisor.spawn(self._refresh(), name=f"refresh the {self._provider} login")
            if task is None:
                return False
            task.add_done_callback(self._ended)
            self._task = task
        # Shielded: one caller's cancellation must not cost everybody the login.
        await asyncio.shield(self._task)
        return True

    async def finish(self) -> None:
        """Wait for a refresh under way: cut off, it could cost the login."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._task = None
        self._keeper.changed()

    async def _refresh(self) -> None:
        """Probe, note the intent, one request, store, use."""
        keeper = self._keeper
        await keeper.settled()
        if not self._needed():
            return
        generation = keeper.generation
        keeper.changed()
        refresh_token, client_id = keeper.refresh_token, keeper.state.client_id
        if refresh_token is None or client_id is None:
            await self._end("the keyring holds no login", generation)
            return
        if self._rotates and not keeper.unsaved and not await self._may_spend(generation):
            return
        keeper.save(replace(keeper.state, refresh_started_with=refresh_token.fingerprint()))
        answer = await self._server.refresh(client_id=client_id, refresh_token=refresh_token)
        if keeper.generation != generation:
            self._overtaken()
        elif isinstance(answer, Ok):
            grant, now = answer.value, self._clock.now()
            if not await keeper.take(grant, lambda state: rules.after_grant(state, grant, now), generation=generation):
                self._overtaken()
        else:
            await self._settle_failure(answer.error, generation)

    def _needed(self) -> bool:
        """Not any more, when a sign-in or sign-out has come to its end meanwhile."""
        keeper = self._keeper
        valid = rules.is_valid(keeper.expires_at, self._clock.now()) and not keeper.access_rejected
        return keeper.state.phase == "authorized" and not valid

    def _overtaken(self) -> None:
        self._logger.info("a refresh was overtaken by a sign-in or sign-out; its answer is dropped")

    async def _end(self, reason: str, generation: int) -> None:
        now = self._clock.now()
        await self._keeper.end(lambda state: rules.after_end(state, reason, now), generation=generation)

    async def _settle_failure(self, error: RefreshError, generation: int) -> None:
        keeper, now = self._keeper, self._clock.now()
        match error:
            case GrantEnded(reason):
                told = rules.end_reason(reason, killed=keeper.killed_while_refreshing, lost=keeper.answer_lost)
                self._logger.warning("%s ended the login: %s", self._provider, told)
                await self._end(told, generation)
            case ClientRefused(detail):
                self._logger.warning("%s refuses the client id: %s", self._provider, detail)
                keeper.save(rules.after_client_refused(keeper.state, detail, now))
            case PassingFailure(detail, retry_at):
                keeper.answer_lost = True
                self._fail(detail, retry_at)
            case _:
                assert_never(error)

    async def _may_spend(self, generation: int) -> bool:
        """Whether a single-use token may be spent: the vault takes writes, or the old login is of no use any more."""
        keeper = self._keeper
        probed = await keeper.probe()
        if keeper.generation != generation:
            self._overtaken()
            return False
        if isinstance(probed, Ok):
            return True
        if keeper.access_rejected or not rules.is_usable(keeper.expires_at, self._clock.now()):
            self._logger.warning("the keyring cannot be written; the renewed login will last for this session")
            return True
        self._fail("the keyring cannot be written, so the login is not renewed while the old one works", None)
        return False

    def _fail(self, detail: str, retry_at: Instant | None) -> None:
        self._logger.info("%s login not renewed: %s", self._provider, detail)
        self._keeper.save(rules.after_passing_failure(self._keeper.state, detail, self._clock.now(), retry_at))
