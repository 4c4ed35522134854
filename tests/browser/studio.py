"""What the tests of the overlay pages work with: the real server, a clock for both sides, made-up data."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import BrowserContext, ConsoleMessage, Page, expect

from companion.kernel.tasks import TaskSupervisor
from companion.services.overlay.hub import OverlayHub
from companion.services.overlay.server import LocalServer
from companion.services.overlay.wire_events import AchievementUnlockedData, RaffleRollData
from companion.services.overlay.wire_topics import (
    HoldData,
    LiveData,
    NowPlayingData,
    QueueData,
    QueuedSong,
    QueuePlaying,
    RaffleData,
    RaffleRecord,
    SparklinePoint,
)
from companion.services.system.local_access import LocalAccess
from tests.helpers.waiting import until

RESOURCES = Path(__file__).parents[2] / "resources" / "overlay"
START = datetime(2026, 5, 1, 18, 0, tzinfo=UTC)
COMMITMENT = "3f0c9a7d55e1b2084c6f9e8d7a6b5c4d3e2f1a0b9c8d7e6f5a4b3c2d1e0f9a8b"
COVER = "https://i.scdn.co/image/cover"
COVER_PICTURE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="300" height="300">
<rect width="64" height="64" fill="#274060"/><circle cx="32" cy="34" r="20" fill="#f2c14e"/>
<path d="M0 46 L20 30 L34 44 L48 26 L64 42 V64 H0 Z" fill="#d1495b"/>
<path d="M0 0h6v6H0zM58 0h6v6h-6zM0 58h6v6H0zM58 58h6v6h-6z" fill="#ffffff"/></svg>"""


@dataclass
class TestClock:
    """Wall time stands where it is put; the pages' own clock is set to the same."""

    __test__ = False
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()


@dataclass
class Studio:
    """The server, its hub, and how to open its pages."""

    server: LocalServer
    hub: OverlayHub
    access: LocalAccess
    clock: TestClock
    context: BrowserContext
    tasks: TaskSupervisor
    logger: logging.Logger
    errors: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)

    def url(self, name: str, query: str = "") -> str:
        return self.server.urls()[name] + (f"&{query}" if query else "")

    async def open(self, name: str, query: str = "motion=off", *, size: tuple[int, int] = (800, 600)) -> Page:
        """A page on a standing clock; `forward` moves it."""
        page = await self.context.new_page()
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", self._listen)
        page.on("websocket", lambda socket: self.sockets.append(socket.url))
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.clock.install(time=self.clock.at - timedelta(seconds=1))
        await page.clock.pause_at(self.clock.at)
        await page.goto(self.url(name, query))
        return page

    async def listening(self, name: str) -> None:
        """A page with this name is connected."""
        await until(lambda: self.hub.pages().connected.get(name) == 1, what=f"the page {name} connected")

    async def forward(self, page: Page, seconds: float) -> None:
        """Time goes on, for the server and for the page alike."""
        self.clock.at += timedelta(seconds=seconds)
        await page.clock.run_for(int(seconds * 1000))

    async def restart(self) -> None:
        """Companion stops and starts again on the same port: another run, the same tokens."""
        port = self.server.state().port
        await self.server.close()
        self.hub = new_hub(self.clock, self.logger, epoch="second")
        self.server = new_server(self.hub, self.access, self.clock, self.tasks, self.logger, port)
        await self.server.start()

    def _listen(self, line: ConsoleMessage) -> None:
        if "Content Security Policy" in line.text:
            self.errors.append(line.text)


def new_hub(clock: TestClock, logger: logging.Logger, epoch: str = "first") -> OverlayHub:
    return OverlayHub(epoch=epoch, clock=clock, logger=logger)


def new_server(
    hub: OverlayHub, access: LocalAccess, clock: TestClock, tasks: TaskSupervisor, logger: logging.Logger, port: int
) -> LocalServer:
    return LocalServer(
        hub=hub,
        access=access,
        resources=RESOURCES,
        websocket_routes={},
        tasks=tasks,
        clock=clock,
        logger=logger,
        port=port,
    )


def live(clock: TestClock, *, viewers: int | None = 183, uptime: float = 8049, points: int = 90) -> LiveData:
    at = clock.now()
    counts = [150 + (index * 37) % 23 + index // 3 for index in range(points)]
    return LiveData(
        is_live=True,
        session_id="session",
        started_at=at - timedelta(seconds=uptime),
        ended_at=None,
        resume_until=None,
        viewers=viewers,
        viewers_seen_at=None if viewers is None else at - timedelta(seconds=20),
        peak_viewers=1240,
        sparkline=tuple(
            SparklinePoint(at=at - timedelta(minutes=points - index), viewers=count)
            for index, count in enumerate(counts)
        ),
    )


def offline(clock: TestClock, *, known: bool = True) -> LiveData:
    at = clock.now()
    return LiveData(
        is_live=False,
        session_id="session" if known else None,
        started_at=at - timedelta(hours=5) if known else None,
        ended_at=at - timedelta(hours=2, minutes=46) if known else None,
        resume_until=None,
        viewers=None,
        viewers_seen_at=None,
        peak_viewers=1240 if known else 0,
        sparkline=(),
    )


def song(clock: TestClock, **changes: object) -> NowPlayingData:
    values: dict[str, object] = {
        "kind": "track",
        "is_playing": True,
        "title": "Harbour Lights",
        "artists": ("The Paper Kites of Tern", "Mira Voss"),
        "album": "Low Tide",
        "explicit": False,
        "cover_url": COVER,
        "link": "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC",
        "progress_ms": 83_000,
        "duration_ms": 225_000,
        "seen_at": clock.now(),
        "trouble": None,
        "trouble_since": None,
    }
    return NowPlayingData.model_validate(values | changes)


REQUESTS = (
    ("Harbour Lights", ("Mira Voss",), "Odette"),
    ("Slow Weather", ("Tern",), "quill_22"),
    ("夜に駆けて 🌊", ("서울의 밤",), "夜猫子"),
    ("مدينة الليل", ("فرقة النور",), "ليلى"),
    ("<b>A Very Long Title</b> " * 6, ("An Even Longer Band Name Than Anybody Would Print", "Another"), "x" * 25),
    ("Six", (), "Marlow"),
    ("Seven", ("S",), "Marlow"),
)


def queue(clock: TestClock, *, requests: int = 5, total: int | None = None, **playing: object) -> QueueData:
    """Lantern Season plays for Marlow (`playing` changes that; `title=None`: nothing plays), others wait."""
    now: dict[str, object] = {
        "title": "Lantern Season",
        "artists": ("The Paper Boats", "Ines Vale"),
        "viewer_name": "Marlow",
        "explicit": False,
        "cover_url": COVER,
        "link": "https://open.spotify.com/track/4uLU6hMCjMI75M1A2tKUQC",
        "is_playing": True,
    }
    now |= playing
    return QueueData(
        now=None if now["title"] is None else QueuePlaying.model_validate(now),
        requests=tuple(
            QueuedSong(
                position=number,
                title=title,
                artists=artists,
                viewer_name=viewer,
                state="waiting",
                cover_url=None,
                link=f"https://open.spotify.com/track/{number}",
            )
            for number, (title, artists, viewer) in enumerate(REQUESTS[:requests], start=1)
        ),
        total=requests if total is None else total,
        autoplay=(),
        paused_reason=None,
        seen_at=clock.now(),
    )


def unlock(number: int = 1, **changes: object) -> AchievementUnlockedData:
    """Marlow unlocks something."""
    values: dict[str, object] = {
        "event_id": f"unlock-{number}",
        "viewer_name": "Marlow",
        "achievement_id": "first_roll",
        "name": f"In the Hat {number}",
        "description": "Your first raffle roll",
        "icon": "1f3b2",
        "session_id": "session",
    }
    return AchievementUnlockedData.model_validate(values | changes)


def roll(number: int = 1, **changes: object) -> RaffleRollData:
    """Marlow Fen rolls, 42 away."""
    values: dict[str, object] = {
        "event_id": f"roll-{number}",
        "viewer_name": "Marlow Fen",
        "epoch": 3,
        "roll": 4211,
        "winning": 4169,
        "distance": 42,
        "won": False,
        "new_record": False,
        "entry": number,
        "chain": "1a2b3c4d" * 8,
        "prize": "eternal bragging rights",
        "session_id": "session",
    }
    return RaffleRollData.model_validate(values | changes)


def raffle(**changes: object) -> RaffleData:
    """The third raffle is open."""
    values: dict[str, object] = {
        "epoch": 3,
        "epoch_state": "open",
        "commitment": COMMITMENT,
        "range": 10_000,
        "prize": "eternal bragging rights",
        "record": RaffleRecord(viewer_name="Marlow Fen", distance=42),
        "leaderboard": (),
        "recent": (),
    }
    return RaffleData.model_validate(values | changes)


def hold(*, held: bool) -> HoldData:
    return HoldData(held=held)


async def shown(page: Page) -> None:
    """The card is on the stage (or on its way in)."""
    await expect(page.locator(".card.shown")).to_have_count(1)


async def gone(page: Page) -> None:
    """The card has left (or is leaving)."""
    await expect(page.locator(".card")).to_have_count(1)
    await expect(page.locator(".card.shown")).to_have_count(0)


async def cover_untouched(page: Page, size: int) -> None:
    """What Spotify asks: the whole picture at `size` CSS pixels, corners of 4 pixels, nothing on it or moving it."""
    styles = await page.locator("#cover").evaluate(
        """cover => {
          const found = [];
          for (let it = cover; it !== null; it = it.parentElement) {
            const style = getComputedStyle(it);
            found.push([style.opacity, style.filter, style.animationName, style.transform, style.mixBlendMode,
              style.transitionDuration, style.backdropFilter, style.clipPath].join(" "));
          }
          return found;
        }"""
    )
    assert set(styles) == {"1 none none none normal 0s none none"}
    cover = await page.locator("#cover").evaluate(
        """it => { const box = it.getBoundingClientRect(); const style = getComputedStyle(it);
          const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
          return [style.objectFit, style.borderRadius, box.width, box.height, top === it]; }"""
    )
    assert cover == ["contain", "4px", size, size, True]
