"""A vault in memory that can be told to be missing, locked, slow, refusing, or gone in mid-run."""

from __future__ import annotations

import asyncio
from typing import Literal, TypeAlias

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.vault import VaultError, VaultItem, VaultRefused, VaultStatus, VaultTimedOut

VaultCall: TypeAlias = Literal["read", "write", "delete", "probe"]


class FakeVault:
    """`items` is what it holds, `calls` what it was asked. Faults hold until taken back:

    - `fault`: every call answers this error;
    - `faults_of["write"]`: calls of this kind answer this error;
    - `fail_next(n, error)`: only the next `n` calls do;
    - `gone_after(n)`: after `n` more good calls, all are refused until `fault` is set to None again;
    - `hold()`: calls wait until `release()`, as behind a prompt; `expire_held()` lets them time out.
    """

    def __init__(self) -> None:
        self.items: dict[VaultItem, Redacted] = {}
        self.calls: list[tuple[VaultCall, VaultItem | None]] = []
        self.fault: VaultError | None = None
        self.faults_of: dict[VaultCall, VaultError] = {}
        self._next: list[VaultError] = []
        self._good_calls_left: int | None = None
        self._open = asyncio.Event()
        self._open.set()
        self._expired = False
        self._status = VaultStatus(backend="fake", error=None, asked=False)

    def fail_next(self, count: int, error: VaultError) -> None:
        self._next = [error] * count

    def gone_after(self, count: int) -> None:
        self._good_calls_left = count

    def hold(self) -> None:
        self._expired = False
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def expire_held(self) -> None:
        self._expired = True
        self._open.set()

    async def read(self, item: VaultItem) -> Result[Redacted | None, VaultError]:
        error = await self._serve("read", item)
        return Ok(self.items.get(item)) if error is None else Err(error)

    async def write(self, item: VaultItem, secret: Redacted) -> Result[None, VaultError]:
        error = await self._serve("write", item)
        if error is not None:
            return Err(error)
        self.items[item] = secret
        return Ok(None)

    async def delete(self, item: VaultItem) -> Result[None, VaultError]:
        error = await self._serve("delete", item)
        if error is not None:
            return Err(error)
        self.items.pop(item, None)
        return Ok(None)

    async def probe(self) -> Result[None, VaultError]:
        error = await self._serve("probe", None)
        return Ok(None) if error is None else Err(error)

    def status(self) -> VaultStatus:
        return self._status

    async def _serve(self, call: VaultCall, item: VaultItem | None) -> VaultError | None:
        self.calls.append((call, item))
        await self._open.wait()
        error = self._error(call)
        self._status = VaultStatus(backend="fake", error=error, asked=True)
        return error

    def _error(self, call: VaultCall) -> VaultError | None:
        if self._expired:
            return VaultTimedOut(20.0)
        if self._next:
            return self._next.pop(0)
        if self._good_calls_left == 0:
            self._good_calls_left, self.fault = None, VaultRefused("the keyring went away")
        elif self._good_calls_left is not None:
            self._good_calls_left -= 1
        return self.fault or self.faults_of.get(call)
