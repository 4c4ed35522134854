"""The world on disk: replaced whole and atomically, so that a kill leaves the old file or the new one."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from pydantic import ValidationError

from companion.simulator.world_state import WorldState

_log = logging.getLogger("companion.simulator")


class StateFile:
    """`DIR/world.json`. One process at a time may use a directory."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / "world.json"

    def load(self) -> WorldState | None:
        """What was saved last; `None` when nothing was, or when it cannot be read (it is then set aside)."""
        try:
            return WorldState.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except ValidationError as error:
            aside = self.path.with_suffix(".json.unreadable")
            self.path.replace(aside)
            _log.warning("world file set aside as %s: %d problems", aside.name, error.error_count())
            return None

    def save(self, state: WorldState) -> None:
        """Write the state and make it outlive a power cut. Raises `OSError` when the disk refuses."""
        temporary = self.path.with_suffix(".json.new")
        with temporary.open("wb") as file:
            file.write(state.model_dump_json(indent=1).encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.path)
        if os.name == "posix":
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
