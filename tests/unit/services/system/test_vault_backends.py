"""Which back ends are trusted, and what people are told without one."""

from __future__ import annotations

from pathlib import Path

import pytest
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, fail, null

from companion.kernel.result import Err, Ok
from companion.services.system.vault_backends import advice_for, choose, name_for_people
from companion.services.system.vault_names import read_parts, service_name, split, vault_namespace
from tests.contract.vault.backends import DictBackend, PlaintextKeyring


class Chain(DictBackend):
    """Stands for keyring's ChainerBackend."""

    def __init__(self, *backends: KeyringBackend) -> None:
        super().__init__()
        self.backends = list(backends)


class WinVaultKeyring(DictBackend):
    """Stands for the one of Windows, whose own can be made only there."""

    persist = "enterprise"


WinVaultKeyring.__module__ = "keyring.backends.Windows"


def made(backend: type[KeyringBackend]) -> KeyringBackend:
    """An instance; keyring's constructors have no types."""
    return backend()


def secret_service() -> KeyringBackend:
    return made(SecretService.Keyring)


@pytest.mark.parametrize("backend", [fail.Keyring, null.Keyring, PlaintextKeyring, DictBackend, Chain])
def test_nothing_but_the_systems_own_is_trusted(backend: type[KeyringBackend]) -> None:
    chosen = choose([backend()], advice="Install one.")
    assert isinstance(chosen, Err)
    assert "Install one." in chosen.error.advice


def test_a_plain_text_back_end_is_named() -> None:
    chosen = choose([PlaintextKeyring()], advice="Install one.")
    assert isinstance(chosen, Err)
    assert "keyrings.alt.file" in chosen.error.advice


def test_a_chain_is_looked_into() -> None:
    good = secret_service()
    assert choose([Chain(PlaintextKeyring(), good)], advice="") == Ok(good)
    assert isinstance(choose([Chain(PlaintextKeyring(), made(null.Keyring))], advice=""), Err)


def test_the_first_trusted_one_wins() -> None:
    good = secret_service()
    assert choose([made(null.Keyring), good, secret_service()], advice="") == Ok(good)
    assert name_for_people(good).startswith("Secret Service")


def test_windows_credentials_stay_on_the_machine() -> None:
    backend = WinVaultKeyring()
    assert choose([backend], advice="") == Ok(backend)
    assert backend.persist == "local machine"


@pytest.mark.parametrize(
    "platform, environment, word",
    [
        ("linux", {"XDG_RUNTIME_DIR": "/run/user/1", "XDG_CURRENT_DESKTOP": "GNOME"}, "gnome-keyring"),
        ("linux", {"DBUS_SESSION_BUS_ADDRESS": "unix:x", "XDG_CURRENT_DESKTOP": "KDE"}, "KDE wallet"),
        ("linux", {"DBUS_SESSION_BUS_ADDRESS": "unix:x", "XDG_CURRENT_DESKTOP": "sway"}, "gnome-keyring"),
        ("linux", {}, "desktop session"),
        ("win32", {}, "Credential Manager"),
        ("darwin", {}, "Keychain Access"),
    ],
)
def test_advice_fits_the_desktop(platform: str, environment: dict[str, str], word: str) -> None:
    assert word in advice_for(platform, environment)


def test_names_tell_data_directories_and_secrets_apart(tmp_path: Path) -> None:
    first, second = vault_namespace(tmp_path / "a"), vault_namespace(tmp_path / "b")
    assert first != second
    assert first == vault_namespace(tmp_path / "b" / ".." / "a")
    assert str(tmp_path) not in service_name(first, "twitch-refresh-token")
    assert service_name(first, "twitch-refresh-token") != service_name(first, "spotify-refresh-token")


def test_short_secrets_stay_in_one_piece() -> None:
    assert split("x" * 1000) is None
    assert read_parts("x" * 1000) is None
    assert read_parts(None) is None


def test_long_ones_are_cut_and_fit_together_again() -> None:
    secret = "".join(chr(33 + n % 90) for n in range(2345))
    cut = split(secret)
    assert cut is not None
    parts, pieces = cut
    assert [len(piece) for piece in pieces] == [1000, 1000, 345]
    assert read_parts(parts.text()) == parts
    assert parts.fits("".join(pieces))
    assert not parts.fits("".join(pieces[::-1]))
    assert len(set(parts.names("s"))) == 3
