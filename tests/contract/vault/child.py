"""Scenes with a real Secret Service of their own, each run in a child process: `python child.py SCENE`.

The last line printed is JSON: what the vault answered, step by step.
"""

from __future__ import annotations

import asyncio
import json
import logging
import subprocess
import sys
import threading
import time

import secretstorage
from jeepney import message_bus

from companion.kernel.redacted import Redacted
from companion.kernel.result import Err, Ok, Result
from companion.ports.vault import VaultError, VaultItem
from companion.services.system.vault import KeyringVault
from tests.contract.vault.backends import DictBackend

ITEM: VaultItem = "twitch-refresh-token"
SECRET_SERVICE = "org.freedesktop.secrets"


def a_vault() -> KeyringVault:
    return KeyringVault(namespace="scene", logger=logging.getLogger("companion.test"), time_limit=10.0)


def start_daemon() -> subprocess.Popen[bytes]:
    """An unlocked gnome-keyring on this process' session bus, ready when it returns."""
    daemon = subprocess.Popen(
        ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdin is not None
    daemon.stdin.write(b"not empty")
    daemon.stdin.close()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        connection = secretstorage.dbus_init()
        try:
            # Asked for anything else, the bus might start a locked one of its own before this one is there.
            if connection.send_and_get_reply(message_bus.NameHasOwner(SECRET_SERVICE)).body == (True,):
                collection = secretstorage.get_default_collection(connection)
                if not collection.is_locked():
                    return daemon
        except secretstorage.exceptions.SecretStorageException:
            pass
        finally:
            connection.close()
        time.sleep(0.05)
    raise AssertionError("gnome-keyring did not come up")


def word(result: Result[Redacted | None, VaultError] | Result[None, VaultError]) -> str:
    match result:
        case Ok(Redacted() as secret):
            return secret.reveal()
        case Ok():
            return "ok"
        case Err(error):
            return type(error).__name__


async def killed() -> list[str]:
    """The daemon is killed in mid-run; whatever the bus starts in its place is locked."""
    daemon, vault = start_daemon(), a_vault()
    said = [word(await vault.write(ITEM, Redacted("kept")))]
    daemon.kill()
    daemon.wait()
    return [*said, word(await vault.read(ITEM)), word(await vault.write(ITEM, Redacted("lost")))]


async def back_again() -> list[str]:
    """The daemon is killed in mid-run and comes back."""
    daemon, vault = start_daemon(), a_vault()
    said = [word(await vault.write(ITEM, Redacted("kept")))]
    daemon.kill()
    daemon.wait()
    said.append(word(await vault.read(ITEM)))
    daemon = start_daemon()
    said.append(word(await vault.read(ITEM)))
    daemon.kill()
    daemon.wait()
    return said


async def locked() -> list[str]:
    """The collection is locked, nobody can be asked for the password, and then it is unlocked again."""
    daemon, vault = start_daemon(), a_vault()
    said = [word(await vault.write(ITEM, Redacted("kept")))]
    connection = secretstorage.dbus_init()
    secretstorage.get_default_collection(connection).lock()
    connection.close()
    said += [word(await vault.read(ITEM)), word(await vault.write(ITEM, Redacted("lost"))), word(await vault.probe())]
    daemon.kill()
    daemon.wait()
    daemon = start_daemon()
    said.append(word(await vault.read(ITEM)))
    daemon.kill()
    daemon.wait()
    return said


async def absent() -> list[str]:
    """There is no Secret Service, or not even a bus."""
    vault = a_vault()
    said = [word(await vault.read(ITEM)), word(await vault.write(ITEM, Redacted("lost"))), word(await vault.probe())]
    error = vault.status().error
    return [*said, getattr(error, "advice", "")]


async def stuck() -> list[str]:
    """A call never ends; the process must."""
    backend = DictBackend()
    backend.answering = threading.Event()
    vault = KeyringVault(
        namespace="scene", logger=logging.getLogger("companion.test"), time_limit=0.1, detect=lambda: Ok(backend)
    )
    return [word(await vault.read(ITEM))]


SCENES = {"killed": killed, "back_again": back_again, "locked": locked, "absent": absent, "stuck": stuck}

if __name__ == "__main__":
    logging.disable()
    print(json.dumps(asyncio.run(SCENES[sys.argv[1]]())))
