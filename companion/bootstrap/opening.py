"""What a run needs before its objects are made: settings, logs, and the demo's slate and simulator.

Importing this module takes its time; with a window that happens once the tray is there.
"""

from __future__ import annotations

import logging
import shutil
from dataclasses import dataclass, replace

from companion.application.features import TWITCH_FEATURES
from companion.bootstrap.logging import close_logging, configure_logging
from companion.bootstrap.options import Options, Run, addresses
from companion.bootstrap.paths import Paths
from companion.bootstrap.settings import Settings, load_settings
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Err, Ok, Result
from companion.services.demo.child import SimulatorChild, free_port
from companion.services.demo.logins import CLIENT_IDS


@dataclass(frozen=True, slots=True)
class Opened:
    """A run that may begin. `close` takes its logs down at the very end."""

    run: Run
    scrubber: Scrubber
    child: SimulatorChild | None
    handlers: list[logging.Handler]

    def close(self) -> None:
        """Flush the last log lines."""
        close_logging(self.handlers)


def open_run(options: Options, paths: Paths) -> Result[Opened, str]:
    """Read the settings, begin to log. The error says, for people, what is wrong with the settings."""
    loaded = load_settings(paths.settings)
    if isinstance(loaded, Err):
        return Err(f"The settings are not understood. {loaded.error}\nMend or remove {paths.settings}.")
    settings = loaded.value
    scrubber = Scrubber()
    handlers = configure_logging(folder=paths.logs, level=options.log_level or settings.log_level, scrubber=scrubber)
    child = None
    if options.demo:
        settings, options, child = _prepare_demo(settings, options, paths)
    run = Run(settings, options, addresses(settings, options.simulator), paths)
    return Ok(Opened(run, scrubber, child, handlers))


def _prepare_demo(
    settings: Settings, options: Options, paths: Paths
) -> tuple[Settings, Options, SimulatorChild | None]:
    """Client ids of the simulator, a child to run it, and a clean slate in the demo's own folder."""
    settings = settings.model_copy(
        update={
            "twitch": settings.twitch.model_copy(
                update={"client_id": CLIENT_IDS["twitch"], "features": tuple(TWITCH_FEATURES)}
            ),
            "spotify": settings.spotify.model_copy(update={"client_id": CLIENT_IDS["spotify"]}),
        }
    )
    if options.simulator is not None:
        return settings, options, None
    if options.data_dir is None:
        for suffix in ("", "-wal", "-shm"):
            paths.database.with_name(paths.database.name + suffix).unlink(missing_ok=True)
        shutil.rmtree(paths.simulator, ignore_errors=True)
    child = SimulatorChild(state=paths.simulator, port=free_port())
    return settings, replace(options, simulator=child.url), child
