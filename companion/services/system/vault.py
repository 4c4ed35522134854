"""The operating system's keyring as `ports.vault.Vault`."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeAlias, TypeVar

from keyring.backend import KeyringBackend
from keyring.errors import InitError, KeyringLocked, NoKeyringError

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.vault import (
    VaultError,
    VaultItem,
    VaultLocked,
    VaultMissing,
    VaultRefused,
    VaultStatus,
    VaultTimedOut,
)
from companion.services.system import vault_items
from companion.services.system.vault_backends import detect_backend, name_for_people
from companion.services.system.vault_names import service_name
from companion.services.system.vault_worker import TookTooLong, VaultWorker

T = TypeVar("T")
Detect: TypeAlias = Callable[[], Result[KeyringBackend, VaultMissing]]

TIME_LIMIT = 20.0
"""Seconds that a call may take; long enough to type a password, short enough to notice a prompt behind a window."""
_LOCKED = frozenset({"LockedException", "PromptDismissedException"})
_GONE = frozenset({"SecretServiceNotAvailableException", "ConnectionRefusedError", "ConnectionResetError"})


class KeyringVault:
    """Implements `ports.vault.Vault`. No call blocks the loop, none outlasts `time_limit` (seconds).

    `namespace` names the data directory (see `vault_names.vault_namespace`). The back end is looked for at the first
    call, and again at every call until one is found, so that a keyring installed meanwhile is taken up.
    `on_status`, if set, is called on the loop's thread whenever `status()` has changed.
    """

    def __init__(
        self,
        *,
        namespace: str,
        logger: logging.Logger,
        time_limit: float = TIME_LIMIT,
        detect: Detect = detect_backend,
    ) -> None:
        self._namespace = namespace
        self._logger = logger
        self._time_limit = time_limit
        self._detect = detect
        self._worker = VaultWorker(name="vault", time_limit=time_limit)
        self._backend: KeyringBackend | None = None
        self._status = VaultStatus(backend="", error=None, asked=False)
        self.on_status: Callable[[], None] | None = None

    async def read(self, item: VaultItem) -> Result[Redacted | None, VaultError]:
        service = service_name(self._namespace, item)
        match await self._call(lambda backend: vault_items.read_secret(backend, service)):
            case Err() as error:
                return error
            case Ok(secret):
                return Ok(None if secret is None else Redacted(secret))

    async def write(self, item: VaultItem, secret: Redacted) -> Result[None, VaultError]:
        service = service_name(self._namespace, item)
        return await self._call(lambda backend: vault_items.write_secret(backend, service, secret.reveal()))

    async def delete(self, item: VaultItem) -> Result[None, VaultError]:
        service = service_name(self._namespace, item)
        return await self._call(lambda backend: vault_items.delete_secret(backend, service))

    async def probe(self) -> Result[None, VaultError]:
        service = service_name(self._namespace, "probe")
        return await self._call(lambda backend: vault_items.probe(backend, service))

    def status(self) -> VaultStatus:
        return self._status

    def close(self) -> None:
        """Let the thread go. A call that is stuck does not hold up the end of the process."""
        self._worker.close()

    async def _call(self, work: Callable[[KeyringBackend], T]) -> Result[T, VaultError]:
        try:
            return await self._worker.call(lambda: self._attempt(work), ended=self._saw)
        except TookTooLong:
            late: Err[VaultError] = Err(VaultTimedOut(self._time_limit))
            self._saw(late)
            return late

    def _attempt(self, work: Callable[[KeyringBackend], T]) -> Result[T, VaultError]:
        """On the worker's thread: the one place where a back end's exceptions become results."""
        try:
            if self._backend is None:
                match self._detect():
                    case Err() as error:
                        return error
                    case Ok(backend):
                        self._backend = backend
            return Ok(work(self._backend))
        # All of it ends here, a panic of the Rust below the Secret Service too, which is no `Exception`.
        except BaseException as error:  # noqa: BLE001 - back ends raise what their libraries raise
            return Err(_error_of(error))

    def _saw(self, result: Result[object, VaultError]) -> None:
        error = result.error if isinstance(result, Err) else None
        if error is not None and error != self._status.error:
            self._logger.warning("keyring: %s", _in_words(error))
        if isinstance(error, VaultMissing):
            self._backend = None
        name = "" if self._backend is None else name_for_people(self._backend)
        status = VaultStatus(backend=name, error=error, asked=True)
        if status != self._status:
            self._status = status
            if self.on_status is not None:
                self.on_status()


def _error_of(error: BaseException) -> VaultError:
    """Told apart by type; texts are not passed on, since back ends put what they like into them."""
    name = type(error).__name__
    if isinstance(error, KeyringLocked) or name in _LOCKED:
        return VaultLocked()
    cause = error.__cause__
    if isinstance(error, InitError) and cause is not None:
        return _error_of(cause)
    if isinstance(error, NoKeyringError):
        return VaultMissing("This computer has no keyring that Companion can use.")
    if isinstance(error, vault_items.NotReadBackError):
        return VaultRefused("what was written could not be read back")
    if isinstance(error, vault_items.IncompleteItemError):
        return VaultRefused("a part of the stored secret is missing")
    if name in _GONE or isinstance(error, ConnectionError | EOFError):
        return VaultRefused("the keyring went away")
    return VaultRefused(f"the keyring answered with {name}")


def _in_words(error: VaultError) -> str:
    match error:
        case VaultMissing():
            return "none that can be used"
        case VaultLocked():
            return "locked"
        case VaultTimedOut(limit):
            return f"no answer within {limit:g} s"
        case VaultRefused(detail):
            return detail
