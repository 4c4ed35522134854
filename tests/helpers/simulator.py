"""The simulator as a process of its own, steered over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from companion.services.control.codec import Json
from tests.helpers.children import Child, companion_command, free_port
from tests.helpers.waiting import until

TWITCH_CLIENT = "simjourneys0000000000000000000"
SPOTIFY_CLIENT = "0a1b2c3d0a1b2c3d0a1b2c3d0a1b2c3d"
CLIENTS = {"twitch": TWITCH_CLIENT, "spotify": SPOTIFY_CLIENT}
SPOTIFY_SCOPES = ["user-modify-playback-state", "user-read-currently-playing", "user-read-playback-state"]
STREAMER = "LanternHarbor"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""No proxy: an environment that sets one means the internet, not this machine."""


class SimulatorProcess:
    """`companion simulator` with a world on disk; `kill` and `start` again keep port and world."""

    def __init__(self, folder: Path, *, auto_approve: bool = False, keepalive: float = 2.0) -> None:
        self.folder = folder
        self.state = folder / "world"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._options = ["--keepalive", str(keepalive), *(["--auto-approve"] if auto_approve else [])]
        self._child: Child | None = None

    @property
    def child(self) -> Child:
        assert self._child is not None, "the simulator was not started"
        return self._child

    async def start(self) -> None:
        arguments = ("simulator", "--port", str(self.port), "--state", str(self.state), *self._options)
        self._child = Child(companion_command(*arguments), folder=self.folder, name="simulator", environ=None)
        await until(self._ready, what="the simulator answers", hint=self._child.told)

    def kill(self) -> None:
        if self._child is not None:
            self._child.kill()

    def get(self, path: str) -> Json:
        return self._ask("GET", path, None)

    def post(self, path: str, /, **body: object) -> dict[str, Json]:
        answer = self._ask("POST", path, body)
        assert isinstance(answer, dict)
        return answer

    def delete(self, path: str) -> Json:
        return self._ask("DELETE", path, None)

    def count(self, name: str) -> int:
        counters = self.get("/sim/counters")
        assert isinstance(counters, dict)
        value = counters.get(name, 0)
        assert isinstance(value, int)
        return value

    def fault(self, name: str, **fields: object) -> None:
        self.post("/sim/faults", name=name, **fields)

    def play(self, track: int = 0) -> None:
        self.post("/sim/spotify/play", track=track)

    def online(self, stream_id: str = "41000001", viewers: int = 87, **fields: object) -> None:
        self.post("/sim/stream/online", stream_id=stream_id, viewers=viewers, **fields)

    def make_reward(self, title: str, **fields: object) -> str:
        """A reward of the app under test (`client_id=""`: made in the dashboard); its id."""
        return str(self.post("/sim/rewards", **{"title": title, "client_id": TWITCH_CLIENT, **fields})["id"])

    def rewards(self) -> list[dict[str, Json]]:
        """Every reward of the channel, with its `owner`."""
        return _rows(self.get("/sim/rewards"))

    def make_redemption(self, reward: str, text: str = "", login: str = "fennelbrook", **fields: object) -> str:
        """A viewer redeems a reward (id or title); the redemption's id."""
        body = {"reward": reward, "text": text, "viewer": {"login": login}, **fields}
        return str(self.post("/sim/redemptions", **body)["id"])

    def burst(self, reward: list[str], count: int, **fields: object) -> dict[str, Json]:
        """Many redemptions; with `wait=False` it answers before they are all sent."""
        return self.post("/sim/redemptions/burst", reward=reward, count=count, **fields)

    def chat(self, text: str, login: str = "fennelbrook", *, roles: tuple[str, ...] = (), **fields: object) -> str:
        """A viewer writes; the message id."""
        viewer = {"login": login, "roles": list(roles)}
        return str(self.post("/sim/chat", text=text, **{"viewer": viewer, **fields})["message_id"])

    def raid(self, login: str = "mossybellows", viewers: int = 42) -> None:
        self.post("/sim/raid", viewer={"login": login}, viewers=viewers)

    def speed(self, times: float) -> None:
        """Songs are so many times shorter from now on."""
        self.post("/sim/spotify/speed", times=times)

    def ledger(self, *kinds: str, after: int = 0, **fields: str) -> list[dict[str, Json]]:
        """What happened, oldest first: of these kinds (none: all), behind number `after`, with these fields."""
        query = urllib.parse.urlencode([("after", after), *(("kind", kind) for kind in kinds), *fields.items()])
        return _rows(self.get(f"/sim/ledger?{query}"))

    def issued(self) -> set[str]:
        """Every secret that this world ever gave out: tokens, device codes, authorization codes."""
        world = json.loads((self.state / "world.json").read_text("utf-8"))
        return set(_secrets_of(world))

    def _ready(self) -> bool:
        if self.child.ended:
            raise AssertionError(self.child.told())
        try:
            self.get("/sim/ready")
        except OSError:
            return False
        return True

    def _ask(self, method: str, path: str, body: dict[str, object] | None) -> Json:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310 - our own address, always http
            self.url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        try:
            with _OPENER.open(request, timeout=20) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            said = error.read().decode("utf-8", "replace")
            error.close()
            raise AssertionError(f"{method} {path} was answered {error.code}: {said}") from error
        parsed: Json = json.loads(text or b"null")
        return parsed


def _rows(answer: Json) -> list[dict[str, Json]]:
    assert isinstance(answer, list)
    return [row for row in answer if isinstance(row, dict)]


def _secrets_of(world: dict[str, dict[str, dict[str, object]]]) -> Iterator[str]:
    for provider in ("twitch", "spotify"):
        for kind in ("access", "refresh", "device_codes", "codes"):
            yield from world[provider].get(kind, {})
