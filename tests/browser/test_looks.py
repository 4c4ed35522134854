"""What can be computed about the looks: contrast over any scene, nothing cut off, movement as agreed."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page

from companion.services.overlay.wire_topics import LiveData, NowPlayingData, QueueData, RaffleData, RaffleRecord
from tests.browser.studio import Studio, live, offline, queue, raffle, roll, shown, song

pytestmark = pytest.mark.asyncio(loop_scope="module")

Colour = tuple[float, float, float]
WHITE: Colour = (255, 255, 255)
BLACK: Colour = (0, 0, 0)
THEMES = ("dark", "light", "bare")


async def colour(page: Page, name: str) -> tuple[Colour, float]:
    """A custom property as the browser reads it, with its opacity."""
    text = await page.evaluate(
        """(name) => {
          const probe = document.createElement("i");
          probe.style.color = `var(${name})`;
          document.body.append(probe);
          const colour = getComputedStyle(probe).color;
          probe.remove();
          return colour;
        }""",
        name,
    )
    parts = [float(part) for part in re.findall(r"[\d.]+", text)]
    return (parts[0], parts[1], parts[2]), parts[3] if len(parts) > 3 else 1.0


def over(top: tuple[Colour, float], under: Colour) -> Colour:
    (red, green, blue), alpha = top
    return (
        red * alpha + under[0] * (1 - alpha),
        green * alpha + under[1] * (1 - alpha),
        blue * alpha + under[2] * (1 - alpha),
    )


def luminance(of: Colour) -> float:
    parts = [value / 255 for value in of]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: Colour, other: Colour) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


SCENES: list[Colour] = [WHITE, BLACK, (127, 127, 127), (255, 220, 0), (0, 60, 200)]


@pytest.mark.parametrize("theme", THEMES)
async def test_text_reads_over_any_scene(studio: Studio, theme: str) -> None:
    assert contrast(WHITE, BLACK) == pytest.approx(21)
    assert contrast((118, 118, 118), WHITE) == pytest.approx(4.54, abs=0.01)
    page = await studio.open("live", f"theme={theme}")
    names = ("--card", "--edge", "--ink", "--ink-soft", "--accent", "--live", "--on-live")
    colours = {name: await colour(page, name) for name in names}

    for scene in SCENES:
        ground = over(colours["--edge" if theme == "bare" else "--card"], scene)
        assert contrast(over(colours["--ink"], ground), ground) >= 4.5, scene
        assert contrast(over(colours["--ink-soft"], ground), ground) >= 4.5, scene
        assert contrast(over(colours["--accent"], ground), ground) >= 3, scene
        lamp = over(colours["--live"], ground)
        assert contrast(over(colours["--on-live"], lamp), lamp) >= 4.5, scene


SIZES = [(1920, 1080), (800, 600), (400, 120), (200, 80), (120, 400), (3840, 2160)]
PLACES = ["top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"]


LONGEST_NAME = "Wolkenverschiebungsbeauftragte 🌊 夜に駆けて"


@pytest.mark.parametrize("name", ["live", "now-playing", "queue", "raffle"])
async def test_the_card_keeps_inside_the_safe_margins(studio: Studio, name: str) -> None:
    studio.hub.publish_state("now_playing", song(studio.clock, title="Long " * 30))
    studio.hub.publish_state("queue", queue(studio.clock, requests=7, title="Long " * 30, viewer_name="x" * 60))
    studio.hub.publish_state("live", live(studio.clock, viewers=1_234_567, uptime=400_000))
    studio.hub.publish_state("raffle", raffle(record=RaffleRecord(viewer_name=LONGEST_NAME, distance=999_999)))
    page = await studio.open(name, "motion=off&scale=1.25&rest=on")
    await shown(page)

    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await page.wait_for_function(
            """([across, down]) => {
              const box = document.querySelector(".card").getBoundingClientRect();
              return box.width <= across && box.height <= down;
            }""",
            arg=[width * 0.9 + 1, height * 0.9 + 1],
        )
        for place in PLACES:
            box = await page.evaluate(
                """(place) => {
                  document.documentElement.dataset.place = place;
                  return document.querySelector(".card").getBoundingClientRect().toJSON();
                }""",
                place,
            )
            assert box["left"] >= width * 0.05 - 1, (width, place)
            assert box["top"] >= height * 0.05 - 1, (width, place)
            assert box["right"] <= width * 0.95 + 1, (width, place)
            assert box["bottom"] <= height * 0.95 + 1, (width, place)
            assert box["width"] > 30


def pictures(studio: Studio) -> list[tuple[str, LiveData | NowPlayingData | QueueData | RaffleData]]:
    bare = {"artists": (), "cover_url": None, "link": None, "duration_ms": None}
    return [
        ("live", live(studio.clock)),
        ("live", live(studio.clock, viewers=1_234_567, uptime=400_000)),
        ("live", live(studio.clock, viewers=None, points=0)),
        ("live", offline(studio.clock)),
        ("live", offline(studio.clock, known=False)),
        ("now-playing", song(studio.clock)),
        ("now-playing", song(studio.clock, is_playing=False)),
        ("now-playing", song(studio.clock, title="夜に駆けて 🌊 Ночной город", artists=("서울의 밤", "مدينة الليل"))),
        ("now-playing", song(studio.clock, kind="ad", title=None, **bare)),
        ("now-playing", song(studio.clock, duration_ms=7_200_000, progress_ms=7_100_000, is_playing=False)),
        ("queue", queue(studio.clock, requests=7, total=1_240)),
        ("queue", queue(studio.clock, requests=2, title=None)),
        ("queue", queue(studio.clock, requests=0)),
        ("raffle", raffle()),
        ("raffle", raffle(record=None, epoch=12_345, range=1_000_000)),
        ("raffle", raffle(record=RaffleRecord(viewer_name="M" * 50, distance=999_999), range=1_000_000)),
    ]


@pytest.mark.parametrize("theme", THEMES)
async def test_no_text_is_cut_off_but_by_an_ellipsis(studio: Studio, theme: str) -> None:
    query = f"motion=off&rest=on&theme={theme}"
    names = ("live", "now-playing", "queue", "raffle")
    pages = {name: await studio.open(name, query, size=(640, 260)) for name in names}
    for name, data in pictures(studio):
        if isinstance(data, LiveData):
            studio.hub.publish_state("live", data)
        elif isinstance(data, QueueData):
            studio.hub.publish_state("queue", data)
        elif isinstance(data, RaffleData):
            studio.hub.publish_state("raffle", data)
        else:
            studio.hub.publish_state("now_playing", data)
        page = pages[name]
        await shown(page)
        cut = await page.evaluate(
            """() => [...document.querySelectorAll(".body *")]
              .filter((it) => it instanceof HTMLElement && it.offsetParent !== null && !it.closest(".line, .bar"))
              .filter((it) => it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0)
              .map((it) => it.id || it.className)"""
        )
        outside = await page.evaluate(
            """() => {
              const card = document.querySelector(".card").getBoundingClientRect();
              return [...document.querySelectorAll(".body *")]
                .filter((it) => it.checkVisibility({ visibilityProperty: true }) && !it.closest(".line"))
                .map((it) => [it.id || it.tagName, it.getBoundingClientRect()])
                .filter(([, box]) => box.width > 0)
                .filter(([, box]) => box.left < card.left - 1 || box.right > card.right + 1
                  || box.top < card.top - 1 || box.bottom > card.bottom + 1)
                .map(([name]) => name);
            }"""
        )
        assert cut == []
        assert outside == []


@pytest.mark.parametrize("theme", THEMES)
async def test_no_part_of_a_roll_covers_another(studio: Studio, theme: str) -> None:
    page = await studio.open("raffle", f"motion=off&theme={theme}", size=(640, 360))
    studio.hub.publish_state("raffle", raffle())
    await studio.listening("raffle")
    studio.hub.publish_event("raffle_roll", roll(viewer_name=LONGEST_NAME, roll=1_000_000, winning=999_999, distance=1))
    await shown(page)

    boxes = [await page.locator(part).bounding_box() for part in ("#who", "#roll", "#winning", "#distance", "#proof")]
    who, rolled, winning, distance, proof = [box for box in boxes if box is not None]
    assert rolled["x"] + rolled["width"] <= winning["x"]
    assert distance["x"] + distance["width"] <= proof["x"]
    assert who["y"] + who["height"] <= rolled["y"] + 1 and rolled["y"] + rolled["height"] <= distance["y"] + 1
    baseline = """(where) => {
      const mark = document.createElement("i");
      mark.style.display = "inline-block";
      document.querySelector(where).append(mark);
      const at = mark.getBoundingClientRect().bottom;
      mark.remove();
      return at;
    }"""
    lines = [await page.evaluate(baseline, where) for where in ("#roll > span", "#winning")]
    assert lines[0] == pytest.approx(lines[1], abs=1)


async def test_only_transforms_and_opacity_move_and_for_the_agreed_time(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    page = await studio.open("live", "")
    moves = "document.querySelector('.body.moves')"
    style = (
        f"(() => {{ const it = getComputedStyle({moves}); return [it.transitionProperty, it.transitionDuration]; }})()"
    )

    await shown(page)
    assert await page.evaluate(style) == ["opacity, transform, visibility", "0.24s, 0.24s, 0s"]
    await page.evaluate("document.querySelector('.card').classList.remove('shown')")
    assert await page.evaluate(style) == ["opacity, transform, visibility", "0.18s, 0.18s, 0s"]


@pytest.mark.parametrize("name", ["live", "now-playing"])
async def test_reduced_motion_ends_all_movement(studio: Studio, name: str) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    studio.hub.publish_state("now_playing", song(studio.clock, title="Long " * 40))
    page = await studio.context.new_page()
    await page.emulate_media(reduced_motion="reduce")
    await page.goto(studio.url(name))
    await shown(page)
    studio.hub.publish_state("live", live(studio.clock, viewers=200))

    assert await page.evaluate("document.documentElement.dataset.motion") == "off"
    assert await page.evaluate("document.getAnimations().length") == 0


async def test_nothing_loops_for_ever(studio: Studio) -> None:
    studio.hub.publish_state("live", live(studio.clock))
    studio.hub.publish_state("now_playing", song(studio.clock, title="Long " * 40))
    studio.hub.publish_state("queue", queue(studio.clock, title="Long " * 40))
    for name in ("live", "now-playing", "queue"):
        page = await studio.open(name, "")
        await shown(page)
        await studio.forward(page, 2)
        endless = "document.getAnimations().filter(it => it.effect.getComputedTiming().endTime === Infinity).length"
        assert await page.evaluate(endless) == 0
