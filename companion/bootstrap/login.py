"""`companion login` and `companion logout`: the same sign-in as in the window, told in the terminal.

A running Companion does it, so that the login works at once; otherwise this process does, and the keyring
carries the login to the next start.
"""

from __future__ import annotations

import asyncio
import sys
from argparse import Namespace
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from companion.bootstrap.offline import offline_calls
from companion.bootstrap.paths import data_folder
from companion.kernel.result import Err, Ok, Result
from companion.services.control.client import NoAnswer, NotRunning, RpcFailed, call

FAILED = 1
Calls: TypeAlias = Callable[[str, dict[str, Any]], Awaitable[Result[object, str]]]
POLL = 1.0
NAMES = {"twitch": "Twitch", "spotify": "Spotify", "twitch_bot": "Twitch (the bot account)"}
_NOBODY_KEEPS_IT = (
    "Nobody was signed in: Companion is not running, and this computer has no keyring that carries the login to its "
    "next start. Start Companion, then sign in again."
)


def login(chosen: Namespace) -> int:
    """0 when signed in (or out), 1 with the reason on standard error otherwise."""
    try:
        return asyncio.run(_run(chosen))
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; nobody was signed in.\n")
        return FAILED


async def _run(chosen: Namespace) -> int:
    folder = data_folder(chosen=chosen.data_dir, demo=chosen.demo or chosen.simulator is not None)

    async def over_socket(method: str, params: dict[str, Any]) -> Result[object, str]:
        answer = await call(folder, method, params)
        if isinstance(answer, Ok):
            return Ok(answer.value)
        match answer.error:
            case RpcFailed(message=message):
                return Err(message)
            case NotRunning() | NoAnswer():
                return Err("Companion does not answer any more.")

    if isinstance(await call(folder, "stream_lifecycle.ping", {}), Ok):
        return await _talk(over_socket, chosen.command, chosen.provider, running=True)
    async with offline_calls(folder, chosen.simulator) as calls:
        if isinstance(calls, str):
            return _failed(calls)
        return await _talk(calls, chosen.command, chosen.provider, running=False)


async def _talk(calls: Calls, command: str, provider: str, *, running: bool) -> int:
    if command == "logout":
        done = await calls("sign_in.sign_out", {"provider": provider})
        if isinstance(done, Err):
            return _failed(done.error)
        sys.stdout.write(f"Signed out of {NAMES[provider]}.\n")
        return 0
    begun = await calls("sign_in.start", {"provider": provider})
    if isinstance(begun, Err):
        return _failed(begun.error)
    try:
        return await _follow(calls, provider, running=running)
    except asyncio.CancelledError:  # Ctrl+C: a running Companion would go on waiting
        await calls("sign_in.cancel", {"provider": provider})
        raise


async def _follow(calls: Calls, provider: str, *, running: bool) -> int:
    shown: object = None
    while True:
        asked = await calls("sign_in.status", {"provider": provider})
        if isinstance(asked, Err):
            return _failed(asked.error)
        status = asked.value if isinstance(asked.value, dict) else {}
        match status.get("state"):
            case "waiting_for_code" | "waiting_for_browser" if shown != status.get("address"):
                shown = status.get("address")
                who = ", signed in there as the bot and not as yourself," if provider == "twitch_bot" else ""
                code = f"\nand{who} confirm the code {status['code']}" if "code" in status else ""
                sys.stdout.write(f"Open {shown}{code}\n(until {status.get('expires_at')})\n")
                sys.stdout.flush()
            case "confirm_account":
                if not await _confirmed(calls, provider, status):
                    return _failed("Nobody was signed in; the data keeps its account.")
            case "finished" if status.get("session_only") and not running:
                await calls("sign_in.sign_out", {"provider": provider})
                return _failed(_NOBODY_KEEPS_IT)
            case "finished":
                return _finished(status, provider)
            case "failed":
                return _failed(str(status.get("message")))
            case "idle":
                return _failed("The sign-in was cancelled.")
        await asyncio.sleep(POLL)


async def _confirmed(calls: Calls, provider: str, status: dict[str, Any]) -> bool:
    known, offered = status["known"]["display_name"], status["offered"]["display_name"]
    sys.stdout.write(f"This data belongs to {known}, but you signed in as {offered}. Go on with {offered}? [y/N] ")
    sys.stdout.flush()
    answer = await asyncio.to_thread(sys.stdin.readline)
    if answer.strip().lower() in ("y", "yes"):
        await calls("sign_in.confirm_account", {"provider": provider})
        return True
    await calls("sign_in.cancel", {"provider": provider})
    return False


def _finished(status: dict[str, Any], provider: str) -> int:
    sys.stdout.write(f"Signed in to {NAMES[provider]} as {status['account']['display_name']}.\n")
    if status.get("session_only"):
        sys.stdout.write("The keyring could not keep the login: it lasts until Companion stops.\n")
    return 0


def _failed(reason: str) -> int:
    sys.stderr.write(reason + "\n")
    return FAILED
