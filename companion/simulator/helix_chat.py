"""`POST /helix/chat/messages` and `POST /helix/chat/shoutouts`.

Source: dev.twitch.tv/docs/api/reference#send-chat-message, #send-a-shoutout.
"""

from __future__ import annotations

from aiohttp import web
from pydantic import BaseModel, ValidationError

from companion.simulator.answers import Json, answer, helix_error
from companion.simulator.chat_room import ChatRoom, Dropped, Line
from companion.simulator.crowd import Crowd
from companion.simulator.helix import HelixGate
from companion.simulator.people import TWITCH_PEOPLE
from companion.simulator.shoutouts import ShoutoutDesk
from companion.simulator.world_state import AccessGrant

_LONGEST = 500


class _Message(BaseModel):
    broadcaster_id: str
    sender_id: str
    message: str
    reply_parent_message_id: str | None = None
    for_source_only: bool | None = None


class HelixChat:
    """The two calls that speak for the streamer or the bot."""

    def __init__(self, *, room: ChatRoom, shoutouts: ShoutoutDesk, crowd: Crowd, gate: HelixGate) -> None:
        self._room = room
        self._shoutouts = shoutouts
        self._crowd = crowd
        self._gate = gate

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/twitch/helix/chat/messages", self._gate.guard(self._say)),
            web.post("/twitch/helix/chat/shoutouts", self._gate.guard(self._shout_out)),
        ]

    async def _say(self, request: web.Request, grant: AccessGrant) -> web.Response:
        if request.content_type != "application/json":
            return helix_error(400, "Content-Type must be application/json")
        try:
            body = _Message.model_validate_json(await request.read())
        except ValidationError as error:
            fields = ", ".join(".".join(str(part) for part in problem["loc"]) for problem in error.errors())
            return helix_error(400, f"The request body is not valid: {fields or 'body'}")
        refusal = self._refused(body, grant)
        if refusal is not None:
            return refusal
        sender = self._crowd.known(body.sender_id)
        line = Line(
            sender=sender,
            channel=TWITCH_PEOPLE[body.broadcaster_id],
            text=body.message,
            by=f"app:{grant.client_id}",
            reply_to=body.reply_parent_message_id,
        )
        result = await self._room.send(line)
        if isinstance(result, Dropped):
            reason: Json = {"code": result.code, "message": result.message}
            return answer({"data": [{"message_id": "", "is_sent": False, "drop_reason": reason}]})
        return answer({"data": [{"message_id": result, "is_sent": True, "drop_reason": None}]})

    def _refused(self, body: _Message, grant: AccessGrant) -> web.Response | None:
        if "user:write:chat" not in grant.scopes:
            return helix_error(401, "Missing scope: user:write:chat")
        if body.sender_id != grant.user_id:
            return helix_error(401, "The ID in sender_id must match the user ID found in the request's OAuth token.")
        if body.for_source_only is not None:
            return helix_error(400, "Cannot set for_source_only if User Access Token is used.")
        if body.broadcaster_id not in TWITCH_PEOPLE:
            return helix_error(400, "The ID in broadcaster_id is not valid.")
        if not body.message.strip():
            return helix_error(400, "The message must not be empty.")
        if len(body.message) > _LONGEST:
            return helix_error(422, "The message is too large.")
        parent = body.reply_parent_message_id
        if parent is not None and not self._room.knows(parent):
            return helix_error(400, "The ID in reply_parent_message_id is not valid.")
        if self._crowd.banned(body.sender_id) == "banned":
            return helix_error(403, "The sender is not permitted to send chat messages to the broadcaster's chat room.")
        return None

    async def _shout_out(self, request: web.Request, grant: AccessGrant) -> web.Response:
        query = request.query
        sides = {key: query.get(key, "") for key in ("from_broadcaster_id", "to_broadcaster_id", "moderator_id")}
        for key, value in sides.items():
            if not value:
                return helix_error(400, f'Missing required parameter "{key}"')
        if "moderator:manage:shoutouts" not in grant.scopes:
            return helix_error(401, "Missing scope: moderator:manage:shoutouts")
        if sides["moderator_id"] != grant.user_id:
            return helix_error(401, "The ID in moderator_id must match the user ID found in the request's OAuth token.")
        refusal = await self._shoutouts.shout_out(
            sides["from_broadcaster_id"], sides["to_broadcaster_id"], grant.user_id
        )
        return web.Response(status=204) if refusal is None else helix_error(refusal.status, refusal.message)
