"""What every vault promises: the one in memory, the fake, and the keyring over a dictionary and over the real thing."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from companion.kernel.redacted import Redacted
from companion.kernel.result import Ok
from companion.ports.vault import Vault
from companion.services.system.memory_vault import MemoryVault
from companion.services.system.vault import KeyringVault
from tests import needs
from tests.contract.vault.backends import DictBackend
from tests.fakes.vault import FakeVault

LOGGER = logging.getLogger("companion.test")


@pytest.fixture(params=["memory", "fake", "dictionary", "secret-service"])
def vault(request: pytest.FixtureRequest) -> Iterator[Vault]:
    match request.param:
        case "memory":
            yield MemoryVault()
        case "fake":
            yield FakeVault()
        case "dictionary":
            backend = DictBackend()
            keyring_vault = KeyringVault(namespace="test", logger=LOGGER, detect=lambda: Ok(backend))
            yield keyring_vault
            keyring_vault.close()
        case _:
            needs.secret_service()
            keyring_vault = KeyringVault(namespace=f"test-{request.node.name}", logger=LOGGER)
            yield keyring_vault
            keyring_vault.close()


async def test_nothing_is_there_at_first(vault: Vault) -> None:
    assert not vault.status().asked
    assert await vault.read("twitch-refresh-token") == Ok(None)
    assert vault.status().asked
    assert vault.status().error is None
    assert vault.status().backend


async def test_what_is_written_is_read(vault: Vault) -> None:
    assert await vault.write("twitch-refresh-token", Redacted("first")) == Ok(None)
    assert await vault.read("twitch-refresh-token") == Ok(Redacted("first"))
    assert await vault.write("twitch-refresh-token", Redacted("second")) == Ok(None)
    assert await vault.read("twitch-refresh-token") == Ok(Redacted("second"))


async def test_items_do_not_mix(vault: Vault) -> None:
    await vault.write("twitch-refresh-token", Redacted("a"))
    await vault.write("twitch-access-token", Redacted("b"))
    await vault.write("spotify-refresh-token", Redacted("c"))
    await vault.delete("twitch-access-token")
    assert await vault.read("twitch-refresh-token") == Ok(Redacted("a"))
    assert await vault.read("twitch-access-token") == Ok(None)
    assert await vault.read("spotify-refresh-token") == Ok(Redacted("c"))
    assert await vault.read("spotify-access-token") == Ok(None)


@pytest.mark.parametrize("secret", ["x" * 1000, "y" * 1001, "long " * 800, "äöü-🎵" * 300, "companion-parts:2:abc"])
async def test_secrets_of_every_length_and_look(vault: Vault, secret: str) -> None:
    await vault.write("spotify-access-token", Redacted("z" * 2500))
    assert await vault.write("spotify-access-token", Redacted(secret)) == Ok(None)
    assert await vault.read("spotify-access-token") == Ok(Redacted(secret))
    assert await vault.delete("spotify-access-token") == Ok(None)
    assert await vault.read("spotify-access-token") == Ok(None)


async def test_deleting_what_is_not_there_is_fine(vault: Vault) -> None:
    assert await vault.delete("spotify-refresh-token") == Ok(None)
    assert await vault.delete("spotify-refresh-token") == Ok(None)


async def test_a_probe_leaves_everything_as_it_was(vault: Vault) -> None:
    await vault.write("twitch-refresh-token", Redacted("kept"))
    assert await vault.probe() == Ok(None)
    assert await vault.probe() == Ok(None)
    assert await vault.read("twitch-refresh-token") == Ok(Redacted("kept"))
