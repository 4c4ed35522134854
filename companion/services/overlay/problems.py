"""What people read when the local server cannot serve."""

from __future__ import annotations

from typing import assert_never

from companion.application.messages import Message
from companion.services.overlay.port_keeper import CannotListen, PortError, PortTaken


def waiting_for_port(port: int) -> Message:
    """The port was found taken; it is being waited for."""
    return Message(
        f"Port {port} is in use just now.",
        "The overlays in OBS wait until it is free.",
        "Companion tries again by itself.",
        "info",
    )


def port_problem(error: PortError) -> Message:
    """The server does not serve."""
    match error:
        case PortTaken():
            holder = f"{error.holder} uses it." if error.holder else "Another program uses it."
            move = f", or Move to {error.free_port} (the overlay addresses change)" if error.free_port else ""
            return Message(
                f"Port {error.port} is taken: {holder}",
                "The overlays in OBS stay empty meanwhile.",
                f"Close that program and press Try again{move}.",
            )
        case CannotListen():
            return Message(
                f"The overlay server cannot listen on {error.host}, port {error.port}: {error.detail}.",
                "The overlays in OBS stay empty meanwhile.",
                "Check overlay.bind and the port in the settings file, then press Try again.",
            )
    assert_never(error)
