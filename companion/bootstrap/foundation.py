"""The lower half of the graph: storage, runtime and the shared HTTP client."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

from companion.bootstrap.evening_reactions import EveningReactions
from companion.bootstrap.paths import Paths
from companion.bootstrap.reactions import Reactions
from companion.bootstrap.storage_trouble import StorageTrouble
from companion.kernel.ids import IdSource
from companion.kernel.instant import Clock
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Result
from companion.kernel.tasks import TaskSupervisor
from companion.ports.timer import Timer
from companion.ports.vault import Vault
from companion.runtime.alarms import Alarms
from companion.runtime.durable_object import Runtime
from companion.runtime.event_bus import EventBus
from companion.runtime.transactions import Transactions
from companion.services.http import HttpCaller
from companion.storage.checkpoints import Checkpoints
from companion.storage.engine import open_engine, open_reader


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What differs between a window, a headless run, the demo and a test."""

    clock: Clock
    ids: IdSource
    random: Random
    make_timer: Callable[[], Timer]
    vault: Vault
    supervisor: TaskSupervisor
    scrubber: Scrubber
    open_address: Callable[[str], Awaitable[Result[None, str]]]
    request_quit: Callable[[bool], None]
    """Begins the stop; True keeps a session that is offline for now."""
    show_window: Callable[[], bool]


@dataclass(frozen=True, slots=True)
class Foundation:
    """Storage, runtime, HTTP; everything else is built on these."""

    transactions: Transactions
    alarms: Alarms
    bus: EventBus
    runtime: Runtime
    http: HttpCaller
    worker: ThreadPoolExecutor
    reactions: Reactions
    evening: EveningReactions
    trouble: StorageTrouble
    close_storage: Callable[[], None]


def lay_foundation(paths: Paths, around: Surroundings) -> Foundation:
    """Make storage and runtime; the database is touched only when something is started."""
    worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="companion-db")
    storage_log = logging.getLogger("companion.storage")
    checkpoints = Checkpoints(path=paths.database, worker=worker, logger=storage_log)
    engine, reader = open_engine(paths.database, checkpoints), open_reader(paths.database)
    reactions = Reactions(supervisor=around.supervisor)
    evening = EveningReactions(supervisor=around.supervisor, changed=reactions.changed)
    trouble = StorageTrouble(clock=around.clock, catch_up=reactions.storage_back)
    transactions = Transactions(
        engine=engine,
        reader=reader,
        worker=worker,
        logger=storage_log,
        on_failure=trouble.failed,
        on_recovery=trouble.recovered,
    )
    runtime = _runtime(transactions, around)

    def close_storage() -> None:
        worker.shutdown(wait=True)
        engine.dispose()
        reader.dispose()

    return Foundation(
        transactions=transactions,
        alarms=runtime.alarms,
        bus=runtime.bus,
        runtime=runtime,
        http=HttpCaller.over_network(),
        worker=worker,
        reactions=reactions,
        evening=evening,
        trouble=trouble,
        close_storage=close_storage,
    )


def _runtime(transactions: Transactions, around: Surroundings) -> Runtime:
    alarms = Alarms(
        transactions=transactions,
        timer=around.make_timer(),
        clock=around.clock,
        supervisor=around.supervisor,
        logger=logging.getLogger("companion.alarms"),
    )
    bus = EventBus(
        transactions=transactions,
        alarms=alarms,
        clock=around.clock,
        supervisor=around.supervisor,
        logger=logging.getLogger("companion.events"),
    )
    return Runtime(transactions, alarms, bus, around.clock)
