"""An owner of alarms on the runtime."""

from __future__ import annotations

import pytest

from tests.fakes.runtime import Rig
from tests.unit.runtime.owner import Owner


@pytest.fixture
def owner(rig: Rig) -> Owner:
    """Whose alarms these are; the rig is started."""
    rig.start()
    return Owner(rig)
