"""Asking the control methods as a script does."""

from __future__ import annotations

import json
import logging
from typing import Any

from companion.services.control.methods import control_methods
from companion.services.control.rpc import Dispatcher
from tests.unit.services.control.desk import Desk

LOGGER = logging.getLogger("companion.control")


async def ask(desk: Desk, method: str, params: object = None) -> Any:  # noqa: ANN401  (JSON)
    request: dict[str, object] = {"jsonrpc": "2.0", "id": 7, "method": method}
    if params is not None:
        request["params"] = params
    text = await Dispatcher(control_methods(desk.ports()), LOGGER).answer(json.dumps(request))
    assert text is not None
    answer = json.loads(text)
    assert (answer["jsonrpc"], answer["id"]) == ("2.0", 7)
    return answer.get("result") if "result" in answer else answer["error"]
