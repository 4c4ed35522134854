"""Stream sessions: what they clear, what they keep, and who was there."""

from __future__ import annotations

from tests.fakes.events import CHEERED, ONLINE, RAIDED, changed
from tests.unit.objects.achievements.stage import ODETTE, Stage


async def test_a_new_session_clears_what_counts_per_session(stage: Stage) -> None:
    await stage.online()
    await stage.played(4)
    await stage.offline()
    await stage.end()
    assert {"streak_3", "stream_opener"} <= await stage.has(), "shown until the next session begins"

    await stage.online("s2")

    assert await stage.has() == {"first_request"}
    assert await stage.progress("streak_5") == (0, False)
    card = await stage.card()
    assert (card.streak, card.longest_streak) == (0, 4)


async def test_session_achievements_can_be_unlocked_again(stage: Stage) -> None:
    for session in ("s1", "s2"):
        await stage.online(session)
        await stage.played(3, session=session)
        await stage.offline(session)

    assert [unlock.achievement_id for unlock in stage.unlocks].count("streak_3") == 2
    assert [unlock.definition.id for unlock in await stage.feed()].count("streak_3") == 2
    assert [unlock.definition.id for unlock in await stage.feed("marlow")].count("streak_3") == 1


async def test_a_stream_that_comes_back_resets_no_streak(stage: Stage) -> None:
    await stage.online()
    await stage.played(2)
    await stage.offline()
    await stage.online(resumed=True)
    await stage.played()

    assert "streak_3" in await stage.has()


async def test_a_streak_ends_with_the_session(stage: Stage) -> None:
    await stage.online()
    await stage.played(2)
    await stage.offline()
    await stage.end()

    assert (await stage.card()).streak == 0


async def test_online_not_later_than_the_watermark_is_ignored(stage: Stage) -> None:
    await stage.online()
    await stage.played(2)
    await stage.offline()
    old = stage.clock.now()
    await stage.tell(changed(ONLINE, event_id="late", at=old, session_id="s0", started_at=old))

    assert (await stage.card()).streak == 2
    await stage.online(resumed=True)
    await stage.played()
    assert "streak_3" in await stage.has()


async def test_online_again_for_the_same_session_is_ignored(stage: Stage) -> None:
    await stage.online()
    await stage.played(2)
    await stage.online()
    await stage.played()

    assert "streak_3" in await stage.has()


async def test_the_session_is_known_after_a_restart(stage: Stage) -> None:
    await stage.online()
    await stage.played(2)
    await stage.restart()
    await stage.played()

    assert "streak_3" in await stage.has()


async def test_an_end_of_another_session_ends_nothing(stage: Stage) -> None:
    await stage.online()
    await stage.played(2)
    await stage.end("s0")

    assert (await stage.card()).streak == 2


async def test_a_new_session_abandons_only_the_session_lines_that_wait(stage: Stage) -> None:
    stage.object.set_held(held=True)
    await stage.online()
    await stage.played()
    await stage.offline()
    await stage.online("s2")

    assert await stage.lines() == {"first_request": "pending", "stream_opener": "abandoned"}
    stage.object.set_held(held=False)
    await stage.rig.pass_time(0.01)
    assert [line.split(" unlocked ")[1].split(" ")[0] for line in stage.voice.said] == ["Opening"]


async def test_streams_attended_and_the_watch_streak(stage: Stage) -> None:
    await stage.define("regular", "streams_attended", 3)
    await stage.define("faithful", "watch_streak", 3)
    for session in ("s1", "s2"):
        await stage.online(session)
        await stage.chatted(3, session=session)
        await stage.rolled(session=session)
        await stage.offline(session)
    assert (await stage.progress("regular"), await stage.progress("faithful")) == ((2, False), (2, False))

    await stage.online("s3")
    await stage.chatted(who=ODETTE, session="s3")
    await stage.offline("s3")
    await stage.online("s4")
    assert await stage.progress("faithful") == (0, False), "a missed stream ends it"
    await stage.restart()
    await stage.chatted(session="s4")

    assert "regular" in await stage.has()
    assert await stage.progress("faithful") == (1, False)


async def test_a_cheer_or_raid_on_air_is_being_there(stage: Stage) -> None:
    await stage.define("regular", "streams_attended", 1)
    await stage.tell(changed(RAIDED, at=stage.clock.now()))
    assert await stage.progress("regular") == (0, False), "off air nobody attends"

    await stage.online()
    await stage.tell(changed(CHEERED, at=stage.clock.now()))
    assert await stage.progress("regular") == (1, True)


async def test_a_message_of_another_session_is_not_attendance(stage: Stage) -> None:
    await stage.define("regular", "streams_attended", 1)
    await stage.online()
    await stage.chatted(session="unknown")

    assert await stage.progress("regular") == (0, False)


async def test_per_session_counts_only_the_present_one(stage: Stage) -> None:
    await stage.define("chatty", "chat_message", 3, "session")
    await stage.chatted(5, session=None)
    assert await stage.progress("chatty") == (0, False)
    await stage.online()
    await stage.chatted(2)
    await stage.offline()
    await stage.online("s2")
    await stage.chatted(2, session="s2")
    assert await stage.progress("chatty") == (2, False)
    await stage.chatted(session="s2")
    assert await stage.progress("chatty") == (3, True)
