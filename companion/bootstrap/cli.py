"""The command line: `companion`, `companion ctl`, `companion login`, `companion simulator`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from companion import __version__
from companion.bootstrap.display import has_display

PROVIDERS = ("twitch", "spotify", "twitch_bot")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the answer is the exit code. 2 for wrong usage, else as each command says."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    if arguments[:1] == ["simulator"]:
        from companion.simulator.main import main as simulate

        return simulate(arguments[1:])
    parser = _parser()
    try:
        chosen = parser.parse_args(arguments)
        if chosen.command == "simulator":
            parser.error("simulator stands first: its options are its own (see companion simulator --help)")
    except SystemExit as end:
        return int(end.code or 0)
    if chosen.command == "ctl":
        from companion.bootstrap.ctl import ctl

        return ctl(chosen.data_dir, chosen.method, chosen.params, demo=chosen.demo or chosen.simulator is not None)
    if chosen.command in ("login", "logout"):
        from companion.bootstrap.login import login

        return login(chosen)
    if chosen.self_test:
        from companion.bootstrap.self_test import self_test

        return self_test()
    from companion.bootstrap.launch import launch
    from companion.bootstrap.options import Options

    return launch(
        Options(
            demo=chosen.demo,
            headless=chosen.headless or not has_display(os.environ),
            data_dir=chosen.data_dir,
            port=chosen.port,
            simulator=chosen.simulator,
            log_level=chosen.log_level,
        ),
        told_headless=chosen.headless,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="companion", description="Keeps Twitch and Spotify together while you stream, and feeds OBS overlays."
    )
    parser.add_argument("--version", action="version", version=f"Companion {__version__}")
    _where(parser)
    parser.set_defaults(data_dir=None, demo=False, simulator=None)
    parser.add_argument("--headless", action="store_true", help="no window, no tray")
    parser.add_argument("--port", type=_port, help="port of the overlay server (default 17800, demo 17900)")
    _simulator(parser)
    parser.add_argument("--log-level", choices=("debug", "info", "warning", "error"), help="how much is logged")
    parser.add_argument("--self-test", action="store_true", help="start, serve a page, keep a secret, and end")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    control = commands.add_parser("ctl", help="ask the running Companion something")
    _where(control)
    control.add_argument("method", help="for example stream_lifecycle.get_stream_state; rpc.methods lists all")
    control.add_argument("params", nargs="?", help="parameters as JSON")
    for name, text in (("login", "sign in from the terminal"), ("logout", "sign out")):
        command = commands.add_parser(name, help=text)
        _where(command)
        command.add_argument("provider", choices=PROVIDERS)
        _simulator(command)
    commands.add_parser("simulator", help="run the simulated Twitch and Spotify alone", add_help=False)
    return parser


def _where(parser: argparse.ArgumentParser) -> None:
    """The same flags before and after a command: without defaults, or the second parser would undo the first."""
    parser.add_argument("--data-dir", type=Path, default=argparse.SUPPRESS, help="folder of settings, data and logs")
    parser.add_argument(
        "--demo", action="store_true", default=argparse.SUPPRESS, help="the built-in simulator is Twitch and Spotify"
    )


def _simulator(parser: argparse.ArgumentParser) -> None:
    text = "use a running simulator as Twitch and Spotify (without --data-dir: in the demo's folder)"
    parser.add_argument("--simulator", metavar="URL", type=_address, default=argparse.SUPPRESS, help=text)


def _port(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if not 0 <= value <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (0 to 65535)")
    return value


def _address(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise argparse.ArgumentTypeError(f"{text!r} is not an address (http://...)")
    return text
