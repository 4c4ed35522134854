"""Cards, feed, leaderboard, and definitions applied to the past."""

from __future__ import annotations

from companion.kernel.result import Ok, expect_ok
from companion.ports.achievements import Definition, NoSuchViewer
from companion.ports.viewers import Viewer
from companion.runtime import outbox
from companion.runtime.transactions import session_of
from tests.unit.objects.achievements.stage import MARLOW, ODETTE, QUILL, Stage, later, refusal

TALKER = Definition("talker", "Talker", "Three lines", "1f4ac", "chat_message", 3, "cumulative")


async def test_a_viewer_is_found_by_any_spelling_and_by_id(stage: Stage) -> None:
    for name in ("marlow", "@MARLOW", " Marlow ", "101"):
        assert (await stage.card(name)).viewer == MARLOW
    assert refusal(await stage.object.get_viewer("nobody")) == NoSuchViewer("nobody")
    assert refusal(await stage.object.get_unlocked("nobody")) == NoSuchViewer("nobody")


async def test_a_card_has_all_definitions_in_order_also_for_somebody_new(stage: Stage) -> None:
    card = await stage.card("odette")

    assert [row.definition.id for row in card.achievements] == [it.id for it in stage.object.definitions()]
    assert (card.unlocked, card.streak, card.longest_streak) == (0, 0, 0)
    assert all(row.progress == 0 for row in card.achievements)


async def test_the_feed_is_newest_first_and_limited(stage: Stage) -> None:
    await stage.rolled()
    stage.clock.advance(1)
    await stage.played(who=ODETTE, session=None)

    assert [(it.viewer, it.definition.id) for it in await stage.feed()] == [
        (ODETTE, "first_request"),
        (MARLOW, "first_roll"),
    ]
    assert [it.definition.id for it in await stage.feed("marlow")] == ["first_roll"]
    assert len(await stage.feed(limit=1)) == 1
    assert len(await stage.feed(limit=0)) == 1


async def test_the_leaderboard_goes_by_unlocks_and_ties_by_name(stage: Stage) -> None:
    await stage.rolled(42, who=QUILL)
    await stage.rolled(who=ODETTE)
    await stage.rolled(who=MARLOW)

    ranks = expect_ok(await stage.object.get_leaderboard())
    assert [(rank.viewer.display_name, rank.unlocked) for rank in ranks] == [("quill", 2), ("Marlow", 1), ("Odette", 1)]
    assert len(expect_ok(await stage.object.get_leaderboard(limit=2))) == 2


async def test_ties_go_by_name_and_not_by_id(stage: Stage) -> None:
    zora, abel = Viewer("100", "zora", "Zora"), Viewer("199", "abel", "abel")
    stage.viewers.known = [zora, MARLOW, abel]
    for viewer in (zora, MARLOW, abel):
        await stage.rolled(who=viewer)
        stage.clock.advance(1)

    ranks = expect_ok(await stage.object.get_leaderboard())
    assert [(rank.viewer.display_name, rank.unlocked) for rank in ranks] == [("abel", 1), ("Marlow", 1), ("Zora", 1)]


async def test_somebody_whom_nobody_remembers_is_still_listed(stage: Stage) -> None:
    await stage.rolled(who=Viewer("999", "x", "Gone"))

    assert [rank.viewer.user_id for rank in expect_ok(await stage.object.get_leaderboard())] == ["999"]
    assert [it.viewer.display_name for it in await stage.feed()] == ["Gone"]


async def test_a_new_definition_is_previewed_and_applied_to_the_past(stage: Stage) -> None:
    await stage.chatted(4, session=None)
    await stage.chatted(3, who=ODETTE, session=None)
    await stage.chatted(2, who=QUILL, session=None)
    with stage.rig.transactions.begin() as tx:
        outbox.purge(session_of(tx), stage.clock.now() + later(10**8))

    preview = expect_ok(await stage.object.preview(TALKER))
    assert ([it.display_name for it in preview.viewers], preview.total) == (["Marlow", "Odette"], 2)
    assert "talker" not in {it.id for it in stage.object.definitions()}, "a preview writes nothing"

    await stage.object.save(TALKER)
    assert await stage.object.apply("talker") == Ok(2)
    assert await stage.progress("talker") == (3, True)
    assert await stage.progress("talker", "quill") == (2, False)
    assert stage.voice.said == [], "not announced in chat"
    assert {it.announcement for it in await stage.feed()} == {None}
    assert len(await stage.feed()) == 2, "but shown"

    assert await stage.object.apply("talker") == Ok(0), "the same again finds nothing new"
    await stage.chatted(who=QUILL, session=None)
    assert "talker" in await stage.has("quill")
    assert len(stage.voice.said) == 1


async def test_applying_takes_nothing_away(stage: Stage) -> None:
    await stage.rolled()
    await stage.object.save(Definition("first_roll", "In the Hat", "x", "1f3b2", "raffle_roll", 5, "cumulative"))

    assert await stage.object.apply("first_roll") == Ok(0)
    assert "first_roll" in await stage.has()


async def test_per_session_only_the_present_one_is_applied(stage: Stage) -> None:
    await stage.online("s1")
    await stage.chatted(5)
    await stage.offline("s1")
    await stage.online("s2")
    await stage.chatted(3, who=ODETTE, session="s2")
    await stage.define("chatty", "chat_message", 3, "session")

    assert await stage.object.apply("chatty") == Ok(1)
    assert await stage.has("odette") == {"chatty"}


async def test_a_streak_of_the_past_unlocks_by_its_amount(stage: Stage) -> None:
    await stage.online()
    await stage.played(4)
    await stage.define("four", "request_streak", 4)
    await stage.define("six", "request_streak", 6)

    assert await stage.object.apply("four") == Ok(1)
    assert await stage.object.apply("six") == Ok(0)


async def test_every_change_is_told(stage: Stage) -> None:
    before = stage.changes
    await stage.rolled()
    assert stage.changes > before
    before = stage.changes
    await stage.object.save(TALKER)
    assert stage.changes > before
