"""The keyring vault over back ends that are slow, locked, refusing, forgetful or gone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator

import pytest
from keyring.errors import InitError, KeyringError, KeyringLocked, NoKeyringError

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok
from companion.ports.vault import VaultError, VaultLocked, VaultMissing, VaultRefused, VaultTimedOut
from companion.services.system.vault import KeyringVault
from companion.services.system.vault_names import LONGEST_ITEM
from tests.contract.vault.backends import DictBackend

LOGGER = logging.getLogger("companion.test")
TOKEN = Redacted("a-token")
pytestmark = pytest.mark.expected_logs("keyring: ")


@pytest.fixture
def backend() -> DictBackend:
    return DictBackend()


@pytest.fixture
def vault(backend: DictBackend) -> Iterator[KeyringVault]:
    vault = KeyringVault(namespace="test", logger=LOGGER, time_limit=0.1, detect=lambda: Ok(backend))
    yield vault
    backend.answering.set()
    vault.close()


async def eventually(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    "error, seen",
    [
        (KeyringLocked("Failed to unlock the collection!"), VaultLocked()),
        (NoKeyringError("none"), VaultMissing("This computer has no keyring that Companion can use.")),
        (InitError("Failed to create the collection: secret"), VaultRefused("the keyring answered with InitError")),
        (KeyringError("with a-token in it"), VaultRefused("the keyring answered with KeyringError")),
        (OSError(1783, "The stub received bad data"), VaultRefused("the keyring answered with OSError")),
        (ConnectionResetError("peer"), VaultRefused("the keyring went away")),
        (EOFError(), VaultRefused("the keyring went away")),
    ],
)
async def test_every_error_is_told_apart_and_visible(
    vault: KeyringVault, backend: DictBackend, error: Exception, seen: VaultError
) -> None:
    backend.error = error
    assert await vault.write("twitch-refresh-token", TOKEN) == Err(seen)
    assert await vault.read("twitch-refresh-token") == Err(seen)
    assert await vault.delete("twitch-refresh-token") == Err(seen)
    assert await vault.probe() == Err(seen)
    assert vault.status().error == seen
    backend.error = None
    assert await vault.probe() == Ok(None)
    assert vault.status().error is None


async def test_status_changes_are_told_once(vault: KeyringVault, backend: DictBackend) -> None:
    seen: list[VaultError | None] = []
    vault.on_status = lambda: seen.append(vault.status().error)
    await vault.probe()
    await vault.probe()
    backend.error = KeyringLocked("locked")
    await vault.probe()
    await vault.read("twitch-refresh-token")
    backend.error = None
    await vault.probe()
    assert seen == [None, VaultLocked(), None]


async def test_what_cannot_be_read_back_was_not_written(vault: KeyringVault, backend: DictBackend) -> None:
    backend.forgetful = True
    refused = Err(VaultRefused("what was written could not be read back"))
    assert await vault.write("twitch-refresh-token", TOKEN) == refused
    assert await vault.probe() == refused


async def test_a_stuck_call_is_given_up_and_the_loop_goes_on(vault: KeyringVault, backend: DictBackend) -> None:
    backend.answering.clear()
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.005)

    counting = asyncio.ensure_future(count())
    assert await vault.read("twitch-refresh-token") == Err(VaultTimedOut(0.1))
    counting.cancel()
    assert turns > 5
    assert vault.status().error == VaultTimedOut(0.1)


async def test_while_one_is_stuck_later_calls_answer_at_once(vault: KeyringVault, backend: DictBackend) -> None:
    backend.answering.clear()
    await vault.read("twitch-refresh-token")
    asked = backend.calls
    loop = asyncio.get_running_loop()
    before = loop.time()
    for _ in range(20):
        assert await vault.write("twitch-refresh-token", TOKEN) == Err(VaultTimedOut(0.1))
    assert loop.time() - before < 0.1
    assert backend.calls == asked
    assert backend.kept == {}


async def test_when_the_stuck_call_ends_everything_works_again(vault: KeyringVault, backend: DictBackend) -> None:
    backend.answering.clear()
    assert await vault.write("twitch-refresh-token", TOKEN) == Err(VaultTimedOut(0.1))
    backend.answering.set()
    await eventually(lambda: vault.status().error is None)
    assert await vault.read("twitch-refresh-token") == Ok(TOKEN)  # the late write did happen
    assert await vault.write("twitch-refresh-token", Redacted("newer")) == Ok(None)
    assert await vault.read("twitch-refresh-token") == Ok(Redacted("newer"))


async def test_one_call_at_a_time(vault: KeyringVault, backend: DictBackend) -> None:
    results = await asyncio.gather(
        *(vault.write("twitch-refresh-token", Redacted(f"token-{n}")) for n in range(30)),
        *(vault.read("twitch-refresh-token") for _ in range(30)),
    )
    assert all(isinstance(it, Ok) for it in results)
    assert backend.most_at_once == 1
    assert await vault.read("twitch-refresh-token") == Ok(Redacted("token-29"))


async def test_waiting_calls_give_up_with_the_stuck_one(vault: KeyringVault, backend: DictBackend) -> None:
    backend.answering.clear()
    results = await asyncio.gather(*(vault.read("twitch-refresh-token") for _ in range(10)))
    assert results == [Err(VaultTimedOut(0.1))] * 10
    assert backend.calls == 1


async def test_a_caller_that_goes_away_leaves_order_behind(vault: KeyringVault, backend: DictBackend) -> None:
    backend.answering.clear()
    first = asyncio.ensure_future(vault.write("twitch-refresh-token", Redacted("older")))
    await eventually(lambda: backend.calls == 1)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    second = asyncio.ensure_future(vault.write("twitch-refresh-token", Redacted("newer")))
    await asyncio.sleep(0)
    backend.answering.set()
    assert await second == Ok(None)
    assert await vault.read("twitch-refresh-token") == Ok(Redacted("newer"))


async def test_a_call_that_waited_in_vain_behind_another_never_happens(
    vault: KeyringVault, backend: DictBackend
) -> None:
    backend.answering.clear()
    first = asyncio.ensure_future(vault.read("twitch-refresh-token"))
    await eventually(lambda: backend.calls == 1)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert await vault.write("twitch-refresh-token", TOKEN) == Err(VaultTimedOut(0.1))
    backend.answering.set()
    await eventually(lambda: vault.status().error is None)
    assert await vault.read("twitch-refresh-token") == Ok(None)


async def test_a_torn_long_secret_leaves_the_old_one(vault: KeyringVault, backend: DictBackend) -> None:
    old, new = Redacted("o" * (LONGEST_ITEM * 2)), Redacted("n" * (LONGEST_ITEM * 2))
    await vault.write("spotify-access-token", old)
    main = ("companion/test/spotify-access-token", "companion")
    header = backend.kept[main]
    await vault.write("spotify-access-token", new)
    assert len([name for name, _ in backend.kept if name.startswith(main[0] + "/")]) == 2  # the old parts are gone
    await vault.write("spotify-access-token", old)
    backend.kept[main] = header  # as if the process had died before the main item moved
    assert await vault.read("spotify-access-token") == Ok(old)
    del backend.kept[f"{main[0]}/{header.split(':')[2][:8]}-2", "companion"]
    assert await vault.read("spotify-access-token") == Err(VaultRefused("a part of the stored secret is missing"))


async def test_two_data_directories_share_nothing(backend: DictBackend) -> None:
    here, there = (KeyringVault(namespace=it, logger=LOGGER, detect=lambda: Ok(backend)) for it in ("a", "b"))
    await here.write("twitch-refresh-token", TOKEN)
    assert await there.read("twitch-refresh-token") == Ok(None)
    here.close()
    there.close()


async def test_a_keyring_installed_meanwhile_is_taken_up(backend: DictBackend) -> None:
    found = False
    vault = KeyringVault(
        namespace="test", logger=LOGGER, detect=lambda: Ok(backend) if found else Err(VaultMissing("install one"))
    )
    assert await vault.probe() == Err(VaultMissing("install one"))
    assert vault.status().backend == ""
    found = True
    assert await vault.probe() == Ok(None)
    assert vault.status().error is None
    vault.close()


async def test_no_error_and_no_log_names_the_secret(
    vault: KeyringVault, backend: DictBackend, caplog: pytest.LogCaptureFixture
) -> None:
    backend.error = KeyringError("could not store a-token")
    result = await vault.write("twitch-refresh-token", TOKEN)
    assert "a-token" not in repr(result)
    assert "a-token" not in caplog.text
    assert "a-token" not in repr(vault.status())


class Panic(BaseException):
    """What a library written in Rust raises when it breaks: no `Exception`."""


async def test_a_panic_in_a_back_end_does_not_end_the_keyring_for_good(
    vault: KeyringVault, backend: DictBackend
) -> None:
    backend.error = Panic()
    assert await vault.write("twitch-refresh-token", TOKEN) == Err(VaultRefused("the keyring answered with Panic"))
    backend.error = None
    assert await vault.write("twitch-refresh-token", TOKEN) == Ok(None)
