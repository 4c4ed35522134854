"""The definitions are data: seeded once, then the streamer's."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import pytest

from companion.kernel.result import Ok
from companion.objects.achievements.definitions import BUILTINS, emoji
from companion.ports.achievements import BadDefinition, Definition, NoSuchDefinition, Scope, Trigger
from tests.unit.objects.achievements.stage import Stage, refusal

OWN = Definition("night_owl", "Night Owl", "Ten lines of chat", "1f989", "chat_message", 10, "cumulative")


def ids(stage: Stage) -> list[str]:
    return [it.id for it in stage.object.definitions()]


THIRTEEN = """
first_request|1f3b5|Opening Track|A first song of yours made it onto the stream|song_request|1|cumulative
request_10|1f3b6|House Regular|Ten of your songs played|song_request|10|cumulative
request_50|1f3a7|Selector|Fifty of your songs played|song_request|50|cumulative
request_100|1f4bf|Resident DJ|A hundred of your songs played|song_request|100|cumulative
stream_opener|1f305|First Needle|You set the first song of this stream|stream_first_request|-|session
first_roll|1f3b2|In the Hat|Your first raffle roll|raffle_roll|1|cumulative
roll_25|1f3b0|Steady Hand|Twenty-five raffle rolls|raffle_roll|25|cumulative
roll_100|1f4aa|Iron Wrist|A hundred raffle rolls|raffle_roll|100|cumulative
first_win|1f3c6|Dead Centre|Your roll met the winning number|raffle_win|1|cumulative
close_call|1f62c|By a Whisker|A losing roll no more than 100 away|raffle_close|-|cumulative
closest_ever|1f494|Nearest Miss|The closest losing roll on record was yours|raffle_closest_record|-|cumulative
streak_3|1f525|Three in Tune|Three requests in a row played this stream|request_streak|3|session
streak_5|26a1|Full Chord|Five requests in a row played this stream|request_streak|5|session
"""


def written(it: Definition) -> str:
    threshold = "-" if it.threshold is None else str(it.threshold)
    return f"{it.id}|{it.icon}|{it.name}|{it.description}|{it.trigger}|{threshold}|{it.scope}"


async def test_thirteen_stand_there_at_the_first_start_in_order(stage: Stage) -> None:
    there = stage.object.definitions()
    assert [written(it) for it in there] == THIRTEEN.strip().splitlines()
    assert all(it.builtin and it.enabled for it in there)
    assert "".join(emoji(it.icon) or "" for it in there) == "🎵🎶🎧💿🌅🎲🎰💪🏆😬💔🔥⚡"


async def test_edits_deletions_and_order_survive_a_restart_and_an_update(stage: Stage) -> None:
    edited = replace(BUILTINS[0], name="Curtain Up", threshold=2)
    assert await stage.object.save(edited) == Ok(edited)
    assert await stage.object.delete("roll_100") == Ok(None)
    assert await stage.object.save(OWN) == Ok(OWN)
    assert await stage.object.move("night_owl", 1) == Ok(None)
    newer = Definition("night_owl", "Later Default", "x", "1f381", "raid", 1, "cumulative", builtin=True)
    added = Definition("encore", "Encore", "A default of later", "1f381", "raid", 1, "cumulative", builtin=True)
    stage.builtins = (*BUILTINS, newer, added)

    await stage.restart()

    definitions = {it.id: it for it in stage.object.definitions()}
    assert definitions["first_request"] == edited
    assert not definitions["roll_100"].enabled
    assert definitions["night_owl"] == OWN
    assert definitions["encore"] == added
    assert ids(stage)[0] == "night_owl"
    assert ids(stage)[-1] == "encore"


async def test_an_own_one_is_deleted_for_good(stage: Stage) -> None:
    await stage.object.save(replace(OWN, threshold=1))
    await stage.chatted()
    assert "night_owl" in await stage.has()

    assert await stage.object.delete("night_owl") == Ok(None)
    assert await stage.object.delete("night_owl") != Ok(None)
    await stage.restart()

    assert "night_owl" not in ids(stage)
    assert await stage.feed("marlow") == []
    assert [unlock.definition.name for unlock in await stage.feed()] == ["Night Owl"], "the feed still names it"

    await stage.object.save(OWN)
    assert await stage.progress("night_owl") == (0, False), "it begins anew"


async def test_unlocks_are_never_taken_away_by_an_edit(stage: Stage) -> None:
    await stage.rolled()
    await stage.object.save(replace(BUILTINS[5], threshold=50, trigger="raid", scope="session"))
    await stage.online("s1")

    assert "first_roll" in await stage.has()


async def test_another_trigger_starts_unfinished_progress_anew(stage: Stage) -> None:
    await stage.chatted(3)
    await stage.object.save(OWN)
    await stage.chatted(4)
    assert await stage.progress("night_owl") == (4, False)
    await stage.object.save(replace(OWN, trigger="raid"))

    assert await stage.progress("night_owl") == (0, False)


async def test_a_builtin_stays_one_whatever_is_saved(stage: Stage) -> None:
    await stage.object.save(replace(BUILTINS[0], builtin=False))
    await stage.object.save(replace(OWN, builtin=True))

    builtin = {it.id for it in stage.object.definitions() if it.builtin}
    assert builtin == {it.id for it in BUILTINS}


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (replace(OWN, id="Night Owl"), "id"),
        (replace(OWN, id=""), "id"),
        (replace(OWN, name=" x"), "name"),
        (replace(OWN, name="x" * 61), "name"),
        (replace(OWN, description=""), "description"),
        (replace(OWN, description="two\nlines"), "description"),
        (replace(OWN, icon="owl"), "icon"),
        (replace(OWN, icon="d800"), "icon"),
        (replace(OWN, icon="110000"), "icon"),
        (replace(OWN, trigger=cast("Trigger", "luck")), "trigger"),
        (replace(OWN, scope=cast("Scope", "week")), "scope"),
        (replace(OWN, threshold=0), "threshold"),
        (replace(OWN, threshold=1_000_001), "threshold"),
        (replace(OWN, threshold=True), "threshold"),
        (replace(OWN, trigger="request_streak", threshold=2), "threshold"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(stage: Stage, bad: Definition, field: str) -> None:
    saved = refusal(await stage.object.save(bad))
    assert isinstance(saved, BadDefinition)
    assert saved.detail.startswith(f"{field}:")
    assert refusal(await stage.object.preview(bad)) == saved


async def test_what_is_not_there_is_said_so(stage: Stage) -> None:
    missing = NoSuchDefinition("nothing")
    assert refusal(await stage.object.delete("nothing")) == missing
    assert refusal(await stage.object.move("nothing", 1)) == missing
    assert refusal(await stage.object.apply("nothing")) == missing


def test_an_icon_may_be_of_several_code_points() -> None:
    assert emoji("1f468-200d-1f4bb") == "👨‍💻"
    assert emoji("1F3B5") is None
