"""The life of the process: from the instance lock to the last log line."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from typing import TYPE_CHECKING

from companion import __version__
from companion.application.messages import Message
from companion.bootstrap import stages
from companion.bootstrap.compose import compose
from companion.bootstrap.evening import open_the_demos_rewards
from companion.bootstrap.foundation import Surroundings
from companion.bootstrap.graph import Graph
from companion.bootstrap.loop import watch_signals
from companion.bootstrap.notices import local_access_notices
from companion.bootstrap.options import Run
from companion.bootstrap.paths import resources_folder
from companion.bootstrap.surroundings import surroundings
from companion.kernel.instant import SystemClock
from companion.kernel.redacted import Scrubber
from companion.kernel.result import Err, Ok
from companion.kernel.tasks import TaskSupervisor
from companion.ports.tokens import Provider
from companion.services.demo.child import SimulatorChild
from companion.services.demo.logins import DemoLogins
from companion.services.system.vault import KeyringVault

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSystemTrayIcon

    from companion.services.qt.network import NetworkWatch
    from companion.ui.app_ui import UserInterface

SAME_WISH = 1.0
"""Seconds within which a repeated quit counts as the first one."""
_log = logging.getLogger("companion.lifecycle")


class Process:
    """One run. With `window`, Qt's loop is running and a `QApplication` exists; `tray_icon` may be shown already."""

    def __init__(
        self,
        *,
        run: Run,
        scrubber: Scrubber,
        window: bool,
        child: SimulatorChild | None,
        tray_icon: QSystemTrayIcon | None = None,
    ) -> None:
        self._run = run
        self._scrubber = scrubber
        self._window = window
        self._child = child
        self._tray_icon = tray_icon
        self._clock = SystemClock()
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._asked_at = 0.0
        self._keep = False
        self._ui: UserInterface | None = None

    def request_quit(self, keep: bool = False) -> None:
        """The first call begins the stop; another one, a second later or more, goes straight to the end.

        `keep`: a session that is offline for now stays open, and what waits in it.

        Sooner it is the same wish told twice: a terminal and a service manager signal the whole group.
        """
        if not self._stop.is_set():
            self._asked_at = self._clock.monotonic()
            self._keep = keep
            self._stop.set()
        elif self._clock.monotonic() - self._asked_at >= SAME_WISH:
            self._hurry.set()

    def bring_forward(self) -> bool:
        """Show the window; False where there is none."""
        if self._ui is None:
            return False
        self._ui.bring_forward()
        return True

    async def main(self) -> int:
        """Start, run until asked to quit, stop. 0 after a clean run, 4 when the data could not be opened."""
        watch_signals(asyncio.get_running_loop(), self.request_quit)
        supervisor = TaskSupervisor(logging.getLogger("companion.tasks"), on_crash=self._crashed)
        around = self._around(supervisor)
        graph = self._graph = compose(self._run, around)
        self._learn_access(graph)
        if isinstance(around.vault, KeyringVault):
            around.vault.on_status = graph.foundation.reactions.changed
        network = None
        if self._window:
            self._ui = self._make_ui(graph, supervisor)
            network = self._watch_network(graph)
        _log.info("Companion %s starts, data in %s", __version__, self._run.paths.data)
        started = await stages.start_storage(graph, self._run, self._clock)
        if isinstance(started, Err):
            await self._refuse(graph, started.error)
        else:
            await self._start(graph, supervisor)
            await self._stop.wait()
        _log.info("Companion stops")
        if network is not None:
            network.close()
        if self._ui is not None:
            self._ui.close()
        await stages.stop(graph, self._run, supervisor, hurry=self._hurry, keep_session=self._keep)
        if self._child is not None:
            await self._child.stop()
        return 4 if isinstance(started, Err) else 0

    def _around(self, supervisor: TaskSupervisor) -> Surroundings:
        return surroundings(
            data=self._run.paths.data,
            supervisor=supervisor,
            scrubber=self._scrubber,
            window=self._window,
            demo=self._run.options.demo,
            request_quit=self.request_quit,
            show_window=self.bring_forward,
        )

    async def _start(self, graph: Graph, supervisor: TaskSupervisor) -> None:
        await stages.start_objects(graph)
        graph.ears.eventsub.start()
        supervisor.spawn(self._serve(graph), name="start the overlay server")
        supervisor.spawn(self._open_logins(graph), name="open the logins")
        if not self._run.options.demo:
            supervisor.spawn(stages.daily_backup(graph, self._run, self._clock), name="daily backup")
        graph.application.set_started()
        # What the start has made lives as long as the process: a collection that looks at it holds the loop for 0.1 s.
        gc.freeze()

    async def _serve(self, graph: Graph) -> None:
        served = await graph.server.start()
        if isinstance(served, Ok) and self._ui is None:
            for name, address in graph.server.urls().items():
                sys.stdout.write(f"{name}: {address}\n")
            sys.stdout.flush()
        elif isinstance(served, Err):
            problem = graph.server.state().problem
            _log.error("%s", problem.text() if problem else "the overlay server does not run")

    async def _open_logins(self, graph: Graph) -> None:
        if self._run.options.demo:
            await self._demo_logins(graph)
        else:
            await asyncio.gather(*(login.open_vault() for login in graph.logins.all))
        graph.foundation.reactions.login_changed()

    async def _demo_logins(self, graph: Graph) -> None:
        if self._child is not None:
            started = await self._child.start()
            if isinstance(started, Err):
                graph.application.notice(Message(f"The demo cannot run: {started.error}.", "", "Start it again."))
                return
        base = self._run.options.simulator or (self._child.url if self._child else "")
        logins = DemoLogins(http=graph.foundation.http, base_url=base, clock=self._clock)
        for login in (graph.logins.twitch, graph.logins.spotify):
            provider: Provider = login.provider
            signed_in = await logins.sign_in(provider, graph.logins.scopes[provider])
            if isinstance(signed_in, Err):
                text = f"The simulator gave no login for {provider.title()}."
                graph.application.notice(Message(text, "", "Is it running? Start Companion again then."))
                continue
            await login.set_tokens(signed_in.value, confirm_account=True)
        await open_the_demos_rewards(graph.evening.objects.rewards)

    async def _refuse(self, graph: Graph, message: Message) -> None:
        """The data cannot be opened: say so, touch nothing, wait for the person."""
        sys.stderr.write(message.text() + "\n")
        graph.application.notice(message)
        if self._ui is not None:
            self._ui.show_window()
            await self._stop.wait()

    def _make_ui(self, graph: Graph, supervisor: TaskSupervisor) -> UserInterface:
        from companion.ui.app_ui import UserInterface

        ui = UserInterface(
            app=graph.application,
            supervisor=supervisor,
            clock=self._clock,
            load_image=graph.images.load,
            resources=resources_folder(),
            tray_icon=self._tray_icon,
        )
        ui.start()
        if self._run.options.demo:
            ui.show_window()
        return ui

    def _watch_network(self, graph: Graph) -> NetworkWatch:
        from companion.services.qt.network import NetworkWatch

        network = NetworkWatch(on_back=graph.foundation.reactions.reconnect)
        network.start()
        return network

    def _learn_access(self, graph: Graph) -> None:
        """Local access tokens never stand in a log either, renewed ones included."""

        def learn() -> None:
            self._scrubber.learn(graph.access.overlay_token)
            self._scrubber.learn(graph.access.control_token)

        learn()
        graph.server.subscribe(lambda _: learn())
        for message in local_access_notices(graph.access, self._run.settings.overlay.bind):
            graph.application.notice(message)

    def _crashed(self, name: str, _: BaseException) -> None:
        title = "Something in Companion broke."
        advice = "Companion goes on; the log has the details."
        self._graph.application.notice(Message(title, f"It happened in: {name}.", advice, "warn"))
