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
        keeper, generation = self._keeper, self._keeper.generation
        keeper.changed()
        refresh_token, client_id = keeper.refresh_token, keeper.state.client_id
        if refresh_token is None or client_id is None:
            await keeper.end(rules.after_end(keeper.state, "the keyring holds no login", self._clock.now()))
            return
        if self._rotates and not keeper.unsaved and not await self._may_spend():
            return
        keeper.save(replace(keeper.state, refresh_started_with=refresh_token.fingerprint()))
        answer = await self._server.refresh(client_id=client_id, refresh_token=refresh_token)
        if keeper.generation != generation:
            self._logger.info("a refresh was overtaken by a sign-in or sign-out; its answer is dropped")
        elif isinstance(answer, Ok):
            await keeper.take(answer.value, rules.after_grant(keeper.state, answer.value, self._clock.now()))
        else:
            await self._settle_failure(answer.error)

    async def _settle_failure(self, error: RefreshError) -> None:
        keeper, now = self._keeper, self._clock.now()
        match error:
            case GrantEnded(reason):
                told = rules.end_reason(reason, killed=keeper.killed_while_refreshing, lost=keeper.answer_lost)
                self._logger.warning("%s ended the login: %s", self._provider, told)
                await keeper.end(rules.after_end(keeper.state, told, now))
            case ClientRefused(detail):
                self._logger.warning("%s refuses the client id: %s", self._provider, detail)
                keeper.save(rules.after_client_refused(keeper.state, detail, now))
            case PassingFailure(detail, retry_at):
                keeper.answer_lost = True
                self._fail(detail, retry_at)
            case _:
                assert_never(error)

    async def _may_spend(self) -> bool:
        """Whether a single-use token may be spent: the vault takes writes, or the old login is of no use any more."""
        keeper = self._keeper
        if isinstance(await keeper.probe(), Ok):
            return True
        if keeper.access_rejected or not rules.is_usable(keeper.expires_at, self._clock.now()):
            self._logger.warning("the keyring cannot be written; the renewed login will last for this session")
            return True
        self._fail("the keyring cannot be written, so the login is not renewed while the old one works", None)
        return False

    def _fail(self, detail: str, retry_at: Instant | None) -> None:
        self._logger.info("%s login not renewed: %s", self._provider, detail)
        self._keeper.save(rules.after_passing_failure(self._keeper.state, detail, self._clock.now(), retry_at))
