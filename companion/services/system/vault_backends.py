"""Which keyring back end holds the secrets: the operating system's own, or none. Never one that writes plain text.

What the person configured for the `keyring` package (environment, keyringrc.cfg) is respected as far as it is one of
the operating system's; a frozen program takes the system's at once, since entry points may be lost in the bundle
(keyring #324, #591).
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterable, Mapping

import keyring.core
from keyring.backend import KeyringBackend

from companion.kernel.result import Err, Ok, Result
from companion.ports.vault import VaultMissing

_NAMES = {
    "keyring.backends.SecretService.Keyring": "Secret Service (GNOME Keyring, KWallet)",
    "keyring.backends.libsecret.Keyring": "Secret Service (libsecret)",
    "keyring.backends.kwallet.DBusKeyring": "KWallet",
    "keyring.backends.kwallet.DBusKeyringKWallet4": "KWallet",
    "keyring.backends.macOS.Keyring": "macOS Keychain",
    "keyring.backends.Windows.WinVaultKeyring": "Windows Credential Manager",
}
"""The only back ends that are trusted with a login, and what people call them."""
_CANDIDATES = {
    "win32": ("keyring.backends.Windows.WinVaultKeyring",),
    "darwin": ("keyring.backends.macOS.Keyring",),
}
_LINUX = ("keyring.backends.SecretService.Keyring", "keyring.backends.kwallet.DBusKeyring")


def detect_backend() -> Result[KeyringBackend, VaultMissing]:
    """Find a usable back end. May ask the session bus, so it is called off the loop; never cached here."""
    advice = advice_for(sys.platform, os.environ)
    if not getattr(sys, "frozen", False):
        try:
            configured = keyring.core.load_env() or keyring.core.load_config()
        except (ImportError, AttributeError, RuntimeError, ValueError):
            return Err(VaultMissing(f"The keyring set in your Python configuration cannot be loaded. {advice}"))
        if configured is not None:
            return choose([configured], advice=f"Your Python configuration names a keyring that is no use. {advice}")
    return choose(_system_backends(), advice=advice)


def _system_backends() -> Iterable[KeyringBackend]:
    for name in _CANDIDATES.get(sys.platform, _LINUX):
        module_name, _, class_name = name.rpartition(".")
        backend_class = getattr(importlib.import_module(module_name), class_name)
        if backend_class.viable:
            yield backend_class()


def choose(found: Iterable[KeyringBackend], *, advice: str) -> Result[KeyringBackend, VaultMissing]:
    """The first trusted one; a chain is looked into, since it would go on to plain text when its first one fails."""
    refused: list[str] = []
    for backend in found:
        members = getattr(backend, "backends", None)
        chosen = choose(members, advice=advice) if isinstance(members, list) else _judge(backend)
        if isinstance(chosen, Ok):
            return chosen
        refused.append(type(backend).__module__)
    if any(not name.startswith("keyring.backends.") for name in refused):
        advice = f"{refused[0]} is not the system's own keyring, so no login is put there. {advice}"
    return Err(VaultMissing(advice))


def _judge(backend: KeyringBackend) -> Result[KeyringBackend, VaultMissing]:
    if qualified_name(backend) not in _NAMES:
        return Err(VaultMissing(""))
    if qualified_name(backend).endswith(".WinVaultKeyring"):
        # The default roams with the Windows profile to other machines.
        setattr(backend, "persist", "local machine")  # noqa: B010 - a descriptor that exists on Windows only
    return Ok(backend)


def qualified_name(backend: KeyringBackend) -> str:
    """Module and class."""
    return f"{type(backend).__module__}.{type(backend).__qualname__}"


def name_for_people(backend: KeyringBackend) -> str:
    """What the window calls it."""
    return _NAMES.get(qualified_name(backend), type(backend).__module__)


def advice_for(platform: str, environment: Mapping[str, str]) -> str:
    """What to install or start so that logins outlive the session, in words for the person."""
    if platform == "win32":
        return "Start the Windows service “Credential Manager”, then press Retry."
    if platform == "darwin":
        return "Open “Keychain Access”, check that the login keychain is there, then press Retry."
    if not environment.get("DBUS_SESSION_BUS_ADDRESS") and not environment.get("XDG_RUNTIME_DIR"):
        return "There is no desktop session here. Start Companion from a desktop that has a keyring."
    desktop = environment.get("XDG_CURRENT_DESKTOP", "").upper()
    if "KDE" in desktop or "LXQT" in desktop:
        return "Switch on the “KDE wallet subsystem” in the system settings (package kwalletmanager), then press Retry."
    return "Install the package gnome-keyring, sign out of your desktop and in again, then press Retry."
