"""Reading and writing single secrets in a keyring back end: blocking, on the worker's thread, exceptions and all."""

from __future__ import annotations

import contextlib

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

from companion.services.system.vault_names import USER, read_parts, split


class NotReadBackError(Exception):
    """The back end said yes and then did not have what it was given."""


class IncompleteItemError(Exception):
    """A numbered part of a long secret is missing, or belongs to another one."""


def read_secret(backend: KeyringBackend, service: str) -> str | None:
    """The secret, its parts joined; None when there is none."""
    text = backend.get_password(service, USER)
    parts = read_parts(text)
    if parts is None:
        return text
    pieces = [backend.get_password(name, USER) or "" for name in parts.names(service)]
    secret = "".join(pieces)
    if not parts.fits(secret):
        raise IncompleteItemError
    return secret


def write_secret(backend: KeyringBackend, service: str, secret: str) -> None:
    """Store or replace, then read back. The old secret stays readable until the main item is replaced."""
    before = read_parts(backend.get_password(service, USER))
    long = split(secret)
    kept: list[str] = []
    if long is None:
        backend.set_password(service, USER, secret)
    else:
        parts, pieces = long
        kept = parts.names(service)
        for name, piece in zip(kept, pieces, strict=True):
            backend.set_password(name, USER, piece)
        backend.set_password(service, USER, parts.text())
    if read_secret(backend, service) != secret:
        raise NotReadBackError
    if before is not None:
        for name in before.names(service):
            if name not in kept:
                _remove(backend, name)


def delete_secret(backend: KeyringBackend, service: str) -> None:
    """Remove the item and its parts; one that does not exist is fine."""
    text = backend.get_password(service, USER)
    if text is None:
        return
    parts = read_parts(text)
    backend.delete_password(service, USER)
    if parts is not None:
        for name in parts.names(service):
            _remove(backend, name)


def probe(backend: KeyringBackend, service: str) -> None:
    """Write, read back and remove a throw-away item."""
    _remove(backend, service)
    write_secret(backend, service, "probe")
    backend.delete_password(service, USER)


def _remove(backend: KeyringBackend, service: str) -> None:
    with contextlib.suppress(PasswordDeleteError):  # it was not there
        backend.delete_password(service, USER)
