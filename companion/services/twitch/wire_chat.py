"""What Helix answers to a chat message.

Source of the shape: dev.twitch.tv/docs/api/reference#send-chat-message.
"""

from __future__ import annotations

from pydantic import BaseModel


class WireDropReason(BaseModel):
    """Why Twitch did not show a message. The codes are left undocumented on purpose: only the text is used."""

    code: str = ""
    message: str = ""


class WireSent(BaseModel):
    """The fate of one message; the key `drop_reason` may be missing."""

    message_id: str = ""
    is_sent: bool
    drop_reason: WireDropReason | None = None


class SentAnswer(BaseModel):
    """`POST /chat/messages`: answered with 200 also when the message was dropped."""

    data: list[WireSent]
