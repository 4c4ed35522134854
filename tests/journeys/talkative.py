"""Companion with a tour through every fault and every kind of crash, each with a living token at hand.

Arguments: data folder, address of the simulator, file for the vault. Ends with an uncaught exception and an abort.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import logging
import os
import sys
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NoReturn, TypeAlias
from urllib.parse import quote

from companion.application.sign_in_states import Failed, Finished, WaitingForBrowser, WaitingForCode
from companion.bootstrap import lifecycle
from companion.bootstrap.foundation import Surroundings
from companion.bootstrap.graph import Graph
from companion.bootstrap.launch import launch
from companion.bootstrap.lifecycle import Process
from companion.bootstrap.options import Options
from companion.kernel.instant import SystemClock
from companion.kernel.result import Err, Ok
from companion.kernel.tasks import TaskSupervisor
from companion.objects.rewards.rules import DEFAULTS
from companion.objects.token.object import TokenObject
from companion.services.demo.logins import DemoLogins
from tests.crash.deaths import Deaths, FileVault

DATA, SIMULATOR, VAULT = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
Order: TypeAlias = dict[str, object]
API_FAULTS: tuple[Order, ...] = (
    {"name": "unauthorized_burst", "times": 3},
    {"name": "rate_limited", "seconds": 1},
    {"name": "rate_limited", "seconds": 1, "kind": "quota"},
    {"name": "server_error"},
    {"name": "server_error", "status": 500},
    {"name": "slow", "seconds": 0.2},
    {"name": "malformed", "kind": "broken_json"},
    {"name": "malformed", "kind": "missing_fields"},
    {"name": "malformed", "kind": "wrong_types"},
    {"name": "proxy_html", "status": 200},
    {"name": "proxy_html", "status": 403},
    {"name": "proxy_html", "status": 407},
    {"name": "proxy_html", "status": 511},
    {"name": "answer_lost"},
    {"name": "request_lost"},
)
OAUTH_FAULTS: tuple[Order, ...] = (*API_FAULTS[3:], {"name": "token_endpoint_down"})
SOCKET_FAULTS: tuple[Order, ...] = (
    *(Order(name="close", code=code) for code in (4000, 4002, 4005, 4006, 4007)),
    {"name": "reconnect"},
    {"name": "reconnect", "old_dies_early": True},
    {"name": "revocation"},
    *(
        Order(name="malformed", target="socket", kind=kind)
        for kind in ("broken_json", "missing_fields", "unknown_type", "binary", "wrong_types")
    ),
    {"name": "keepalives_silent"},
    {"name": "orphans"},
    {"name": "socket_dropped"},
)
EVENING_PATHS = (
    "/twitch/helix/channel_points/custom_rewards",
    "/twitch/helix/chat/messages",
    "/spotify/v1/search",
    "/spotify/v1/me/player/queue",
)
log = logging.getLogger("companion.talkative")


class TalkativeProcess(Process):
    """Companion as it is, its vault in a file; `main` takes the tour."""

    def _around(self, supervisor: TaskSupervisor) -> Surroundings:
        around = super()._around(supervisor)
        self.supervisor = supervisor
        return replace(around, vault=FileVault(VAULT, Deaths(die_at=None, trace=VAULT.with_suffix(".trace"))))

    async def main(self) -> int:
        companion = asyncio.ensure_future(super().main())
        await until(lambda: companion.done() or self._has_started())
        assert not companion.done(), "Companion did not start"
        tour = Tour(self._graph, self.supervisor)
        await tour.take()
        token = await tour.token()
        assert not companion.done()
        raise RuntimeError(f"the end, holding {token}")

    def _has_started(self) -> bool:
        return hasattr(self, "_graph") and not self._graph.application.snapshot().starting


class Tour:
    """One thing after the other; each fault's counter shows that it was met."""

    def __init__(self, graph: Graph, supervisor: TaskSupervisor) -> None:
        self._graph = graph
        self._supervisor = supervisor
        self._logins = (graph.logins.twitch, graph.logins.spotify)

    async def take(self) -> None:
        await self._sign_in_in_many_ways()
        await self._steer("spotify/play", track=0)
        await self._steer("stream/online", viewers=12)
        await self._faults_of_the_apis()
        await self._an_evening_of_faults()
        await self._faults_of_the_logins()
        await self._faults_of_the_socket()
        await self._crashes()

    async def token(self) -> str:
        answer = await self._graph.logins.twitch.get_valid_token()
        assert isinstance(answer, Ok), answer
        return answer.value.value.reveal()

    async def _sign_in_in_many_ways(self) -> None:
        application = self._graph.application
        await self._steer("faults", name="invalid_device_code")
        await application.start_sign_in("twitch")
        for fault in (*OAUTH_FAULTS, {"name": "slow", "seconds": 0.1}):
            await self._steer("faults", **fault, path="/spotify/accounts/api/token")
            await application.start_sign_in("spotify")
            await until(lambda: isinstance(application.snapshot().sign_in["spotify"], WaitingForBrowser))
            state = application.snapshot().sign_in["spotify"]
            assert isinstance(state, WaitingForBrowser)
            await asyncio.to_thread(agree, state.address.reveal())
            await until(lambda: isinstance(application.snapshot().sign_in["spotify"], Failed | Finished))
        await self._counted("fault.invalid_device_code", 1)
        await self._clear()
        waiting = application.snapshot().sign_in["twitch"]
        assert isinstance(waiting, WaitingForCode), waiting
        await self._steer("approve", user_code=waiting.user_code)
        await until(lambda: isinstance(application.snapshot().sign_in["twitch"], Failed | Finished))
        assert isinstance(application.snapshot().sign_in["twitch"], Finished)
        await self._mend_logins()
        await self._listening()

    async def _faults_of_the_apis(self) -> None:
        paths = {"twitch": "/twitch/helix/streams", "spotify": "/spotify/v1/me/player"}
        for fault in API_FAULTS:
            for provider, path in paths.items():
                await self._steer("faults", **fault, provider=provider, path=path)
            await self._graph.stream.lifecycle.reconcile()
            await self._graph.stream.playback.refresh()
            await self._clear()
        await self._steer("faults", name="no_device")
        await self._graph.stream.playback.refresh()
        await self._clear()
        await self._mend_logins()

    async def _an_evening_of_faults(self) -> None:
        """Rewards, redemptions, rolls and chat, while every call that belongs to them fails in every way."""
        rewards = self._graph.evening.objects.rewards
        for use, spec in DEFAULTS.items():
            async with asyncio.timeout(40):  # an earlier fault has told us to wait
                while isinstance(await rewards.configure(use, spec, switched_on=True), Err):
                    await asyncio.sleep(0.1)
        raffle = self._graph.evening.objects.raffle
        await until(lambda: (epoch := raffle.view().epoch) is not None and epoch.state == "open")
        for number, fault in enumerate(API_FAULTS):
            for path in EVENING_PATHS:
                await self._steer("faults", **fault, path=path)
            before = self._runs()
            for use, text in (("song_request", "Kiln Song"), ("raffle", "")):
                viewer = {"login": f"guest{number}"}
                await self._try("redemptions", reward=DEFAULTS[use].title, viewer=viewer, text=text)
            await self._steer("chat", viewer={"login": f"talker{number}"}, text=f"!sr Nine Moths {number}")
            await rewards.synchronise()
            await self._graph.stream.playback.refresh()
            await until(partial(self._more_runs_than, before))
            await self._clear()
        await self._mend_logins()

    def _runs(self) -> int:
        return len(self._graph.evening.objects.sagas.list_runs(limit=100))

    def _more_runs_than(self, count: int) -> bool:
        return self._runs() > count

    async def _faults_of_the_logins(self) -> None:
        for fault in OAUTH_FAULTS:
            for path in ("/twitch/oauth2/token", "/twitch/oauth2/validate", "/spotify/accounts/api/token"):
                await self._steer("faults", **fault, path=path)
            for login in self._logins:
                await self._steer(f"{login.provider}/expire")
                before = await login.get_valid_token()
                await login.get_valid_token(rejected=before.value if isinstance(before, Ok) else None)
                await login.on_alarm("validate")
            await self._clear()
            await self._mend_logins()
        for fault in OAUTH_FAULTS:
            await self._steer("faults", **fault, path="/twitch/oauth2/revoke")
            await self._graph.logins.twitch.sign_out()
            await self._clear()
            await self._mend_logins()
        await self._listening()

    async def _faults_of_the_socket(self) -> None:
        for fault in SOCKET_FAULTS:
            before = await self._count("eventsub.connects")
            await self._steer("faults", **fault)
            if fault["name"] == "orphans":
                await self._steer("faults", name="socket_dropped")
            if fault["name"] in ("close", "reconnect", "keepalives_silent", "orphans", "socket_dropped"):
                await self._counted("eventsub.connects", before + 1)
            await self._clear()
            await self._steer("eventsub/reap")
            await self._listening()

    async def _crashes(self) -> None:
        """Everything that a bug could do with a token in its hands."""
        token = await self.token()
        for text in (token, quote(token), repr(token.encode()), f"https://x.example/?access_token={token}"):
            self._supervisor.spawn(fail(text), name="a task that fails")
            asyncio.get_running_loop().call_soon(fail_at_once, text)
            threading.Thread(target=fail_at_once, args=(text,)).start()
            Unraisable(text)
            forgotten = asyncio.ensure_future(fail(text))
            await asyncio.wait({forgotten})
            del forgotten
            gc.collect()
            log.debug("at hand: %s", text)
            log.warning("at hand", extra={"token": text})
            logging.getLogger("httpx").warning("HTTP Request: GET %s", text)
            try:
                fail_at_once(text)
            except RuntimeError:
                log.exception("caught")
        for secret in (token, base64.b64encode(token.encode()).decode()):
            del secret  # a local variable that no log may show

    async def _mend_logins(self) -> None:
        """Whatever a fault has done to the logins, go on with good ones."""
        for login in self._logins:
            await login.retry()
            if isinstance(await login.get_valid_token(), Err):
                await self._ready_login(login)

    async def _ready_login(self, login: TokenObject) -> None:
        http, scopes = self._graph.foundation.http, self._graph.logins.scopes[login.provider]
        signed_in = await DemoLogins(http=http, base_url=SIMULATOR, clock=SystemClock()).sign_in(login.provider, scopes)
        assert isinstance(signed_in, Ok), signed_in
        own = replace(signed_in.value, account=login.status().account or signed_in.value.account)
        taken = await login.set_tokens(own, confirm_account=True)
        assert isinstance(taken, Ok), taken

    async def _counted(self, name: str, enough: int) -> None:
        end = time.monotonic() + 30
        while await self._count(name) < enough:
            assert time.monotonic() < end, f"{name} stayed below {enough}"
            await asyncio.sleep(0.05)

    async def _listening(self) -> None:
        def good() -> bool:
            lamps = self._graph.application.snapshot().connections
            return any(lamp.name == "eventsub" and lamp.level == "good" for lamp in lamps)

        self._graph.ears.eventsub.reconnect_now()
        await until(good)

    async def _count(self, name: str) -> int:
        answer = await self._graph.foundation.http.send("GET", f"{SIMULATOR}/sim/counters")
        assert isinstance(answer, Ok), answer
        return int(json.loads(answer.value.body).get(name, 0))

    async def _steer(self, order: str, /, **body: object) -> None:
        answer = await self._graph.foundation.http.send("POST", f"{SIMULATOR}/sim/{order}", json=body)
        assert isinstance(answer, Ok) and answer.value.status == 200, answer

    async def _try(self, order: str, /, **body: object) -> None:
        """Move the world, if it can be moved so: a paused reward cannot be redeemed."""
        answer = await self._graph.foundation.http.send("POST", f"{SIMULATOR}/sim/{order}", json=body)
        assert isinstance(answer, Ok), answer

    async def _clear(self) -> None:
        answer = await self._graph.foundation.http.send("DELETE", f"{SIMULATOR}/sim/faults")
        assert isinstance(answer, Ok), answer


class Unraisable:
    """Fails where nobody can catch it."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __del__(self) -> None:
        raise RuntimeError(f"at the end of an object holding {self.text}")


async def fail(text: str) -> NoReturn:
    fail_at_once(text)


def fail_at_once(text: str) -> NoReturn:
    held = {"access_token": text}
    raise RuntimeError(f"something broke, holding {held}")


def agree(address: str) -> None:
    """What the browser sends when Agree is pressed; it is then sent on to our listener."""
    page, _, query = address.partition("?")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(page, data=f"{query}&decision=agree".encode(), timeout=10) as answer:
        answer.read()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(40):
        while not condition():
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    lifecycle.Process = TalkativeProcess  # type: ignore[misc]  # the one way into `launch`, which is all real
    options = Options(headless=True, data_dir=DATA, port=0, simulator=SIMULATOR, log_level="debug")
    try:
        sys.exit(launch(options, told_headless=True))
    except RuntimeError:
        sys.excepthook(*sys.exc_info())  # as the interpreter does with what nobody catches
        os.abort()  # the write-ahead log stays, and the crash of last resort is written
