"""What a person must know about the local server's files and addresses at start."""

from __future__ import annotations

from collections.abc import Sequence

from companion.application.messages import Message
from companion.services.system.local_access import LocalAccess

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def local_access_notices(access: LocalAccess, bind: str) -> Sequence[Message]:
    """A file that was set aside or cannot be written, and a server that others can reach."""
    messages: list[Message] = []
    if access.set_aside is not None:
        title = "The file with the overlay addresses could not be read, so they have changed."
        advice = "Copy the new addresses from the Overlays page into OBS."
        messages.append(Message(title, access.set_aside.reason, advice))
    if access.problem is not None:
        title = "The overlay addresses could not be stored."
        meaning = f"They hold until Companion is closed ({access.problem.detail})."
        messages.append(Message(title, meaning, "Check the disk and the folder's permissions.", "warn"))
    if bind not in LOOPBACK:
        title = f"Other computers can reach the overlay pages (overlay.bind is {bind})."
        meaning = "Whoever has an address with its token can read them; control stays on this computer."
        messages.append(
            Message(title, meaning, "Remove overlay.bind from the settings if you did not mean this.", "warn")
        )
    return messages
