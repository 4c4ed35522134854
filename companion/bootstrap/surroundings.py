"""What differs between a window, a headless run, the demo and a command: made in one place."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from random import Random

from companion.bootstrap.foundation import Surroundings
from companion.kernel.ids import random_ids
from companion.kernel.instant import SystemClock
from companion.kernel.redacted import Scrubber
from companion.kernel.tasks import TaskSupervisor
from companion.ports.timer import Timer
from companion.ports.vault import Vault
from companion.services.system.memory_vault import MemoryVault
from companion.services.system.vault import KeyringVault
from companion.services.system.vault_names import vault_namespace


def keyring_of(data: Path) -> KeyringVault:
    """The system's keyring, under names that belong to this data folder alone."""
    return KeyringVault(namespace=vault_namespace(data), logger=logging.getLogger("companion.keyring"))


def surroundings(
    *,
    data: Path,
    supervisor: TaskSupervisor,
    scrubber: Scrubber,
    window: bool = False,
    demo: bool = False,
    request_quit: Callable[[bool], None] = lambda _: None,
    show_window: Callable[[], bool] = lambda: False,
) -> Surroundings:
    """The real clock, randomness, timers and keyring (the demo's vault is memory)."""
    make_timer: Callable[[], Timer]
    if window:
        from companion.services.qt.browser import open_address
        from companion.services.qt.timer import QtTimer

        make_timer = QtTimer
    else:
        from companion.services.system.browser import open_address
        from companion.services.system.loop_timer import LoopTimer

        make_timer = LoopTimer
    vault: Vault = MemoryVault() if demo else keyring_of(data)
    return Surroundings(
        clock=SystemClock(),
        ids=random_ids(),
        random=Random(),
        make_timer=make_timer,
        vault=vault,
        supervisor=supervisor,
        scrubber=scrubber,
        open_address=open_address,
        request_quit=request_quit,
        show_window=show_window,
    )
