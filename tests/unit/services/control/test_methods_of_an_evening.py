"""What scripts may do with queue, raffle, achievements, commands, sagas, dead letters, hold and rewards."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from companion.kernel.result import Err, Ok, Result
from companion.ports.chat_commands import NameTaken
from companion.ports.events import DomainEvent, NowPlayingChanged
from companion.ports.inbox import NoSuchLetter
from companion.ports.raids import RaidSettings
from companion.ports.rewards import RewardSettings
from companion.ports.song_queue import CannotWithdraw
from companion.ports.song_rules import SourceRules
from companion.services.control.methods import control_methods
from tests.fakes.clock import START, FakeClock
from tests.fakes.runtime import Rig
from tests.fakes.show import ANN, BUS_LETTER, make_run, request
from tests.unit.services.control.asking import ask
from tests.unit.services.control.desk import Desk

BEN = replace(ANN, user_id="202", login="ben_example", display_name="Ben")
SONG_PLAYS = NowPlayingChanged(
    event_id="", at=START, playing_kind="track", track_id="x", title="Tide", artists=("A",), is_playing=True
)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.mark.parametrize(
    ("method", "key"),
    [
        ("song_queue.get_queue", "requests"),
        ("song_queue.get_now_playing", "now_playing"),
        ("song_queue.get_history", "songs"),
        ("song_queue.top_tracks", "tracks"),
        ("song_queue.top_requesters", "requesters"),
        ("song_queue.blocks", "blocks"),
        ("song_queue.get_settings", "hand_over"),
        ("keyboard_raffle.view", "settings"),
        ("keyboard_raffle.get_leaderboard", "leaderboard"),
        ("keyboard_raffle.verify", "sound"),
        ("achievements.definitions", "definitions"),
        ("achievements.get_unlocked", "unlocked"),
        ("achievements.get_leaderboard", "leaderboard"),
        ("chat_commands.list", "commands"),
        ("sagas.list", "runs"),
        ("sagas.needs_you", "runs"),
        ("event_bus.dead_letters", "dead_letters"),
        ("event_inbox.dead_letters", "dead_letters"),
        ("hold.get", "held"),
        ("rewards.view", "rewards"),
        ("rewards.get_settings", "pause_offline"),
        ("raids.get_settings", "minimum"),
    ],
)
async def test_every_read_answers_an_object(desk: Desk, method: str, key: str) -> None:
    assert key in await ask(desk, method)


@pytest.mark.parametrize(
    ("method", "params", "asked"),
    [
        ("song_queue.skip", {}, ("skip",)),
        ("song_queue.block", {"kind": "artist", "key": "ned", "label": "Ned"}, ("block", "artist", "ned", "Ned")),
        ("song_queue.unblock", {"kind": "artist", "key": "ned"}, ("unblock", "artist", "ned")),
        ("keyboard_raffle.get_leaderboard", {}, ("leaderboard", "wins")),
        ("keyboard_raffle.get_leaderboard", {"sort": "rolls"}, ("leaderboard", "rolls")),
        ("keyboard_raffle.get_leaderboard", {"sort": "closest", "limit": 3}, ("leaderboard", "closest")),
        ("keyboard_raffle.export_proof", {"epoch": 3}, ("proof", "3")),
        ("achievements.apply", {"id": "first_roll"}, ("apply", "first_roll")),
        ("achievements.delete", {"id": "first_roll"}, ("delete_achievement", "first_roll")),
        ("achievements.move", {"id": "first_roll", "position": 2}, ("move_achievement", "first_roll", "2")),
        ("chat_commands.create", {"name": "discord", "template": "It is here."}, ("create", "discord")),
        ("chat_commands.update", {"name": "a", "command": {"name": "b", "template": "x"}}, ("update", "a")),
        ("chat_commands.delete", {"name": "lurk"}, ("delete", "lurk")),
        ("chat_commands.set_value", {"name": "deaths", "text": "7"}, ("set_value", "deaths", "7")),
        ("event_inbox.replay", {"message_id": "m"}, ("replay", "m")),
        ("event_inbox.discard", {"message_id": "m"}, ("discard", "m")),
        ("hold.set", {"held": True}, ("hold", "True", "a script")),
        ("rewards.configure", {"use": "raffle", "title": "Roll", "cost": 100}, ("configure", "raffle")),
        ("rewards.synchronise", {}, ("synchronise",)),
    ],
)
async def test_every_action_reaches_its_object(
    desk: Desk, method: str, params: dict[str, object], asked: tuple[str, ...]
) -> None:
    answer = await ask(desk, method, params)
    assert not (isinstance(answer, dict) and "code" in answer)
    assert desk.objects.asked[-1] == asked


async def test_a_request_is_moved_removed_and_approved(desk: Desk) -> None:
    first = desk.objects.queue.shown.requests[0].id
    await ask(desk, "song_queue.remove", {"request_id": first})
    await ask(desk, "song_queue.reorder", {"request_id": first, "position": 2})
    await ask(desk, "song_queue.approve", {"request_id": first, "yes": True})
    assert desk.objects.asked == [
        ("remove", first, "the streamer"),
        ("reorder", first, "2"),
        ("approve", first, "True"),
    ]


async def test_settings_change_by_name_and_the_others_stay(desk: Desk) -> None:
    answer = await ask(desk, "song_queue.set_settings", {"settings": {"refund_after": 60}})
    assert answer["refund_after"] == 60
    settings = desk.objects.queue.settings
    assert (settings.refund_after, settings.hand_over) == (timedelta(minutes=1), "early")
    await ask(desk, "keyboard_raffle.set_settings", {"settings": {"range": 500}})
    assert desk.objects.raffle.shown.settings.range == 500
    await ask(desk, "raids.set_settings", {"settings": {"minimum": 5}})
    assert desk.raids.settings == RaidSettings(minimum=5)
    await ask(desk, "rewards.set_settings", {"settings": {"pause_offline": False}})
    assert desk.objects.rewards.settings == RewardSettings(pause_offline=False)


async def test_a_rule_changes_for_the_source_and_role_named_and_the_others_stay(desk: Desk) -> None:
    shown = await ask(desk, "song_queue.get_settings")
    assert sorted(shown["rules"]) == ["command", "reward"]
    assert shown["rules"]["command"]["subscriber"]["queue_cap"] == 50
    assert shown["rules"]["reward"]["everyone"]["live_only"] is True
    for rules in (
        {"reward": {"vip": {"most_at_once": 9, "cooldown": 5}}},
        {"reward": {"vip": {"queue_cap": 7, "cooldown": None}, "everyone": {"live_only": False}}},
        {"command": {"moderator": {"duplicate_window": 60}}},
    ):
        answer = await ask(desk, "song_queue.set_settings", {"settings": {"rules": rules}})
        assert sorted(answer["rules"]) == ["command", "reward"]
    settings = desk.objects.queue.settings
    assert settings.rules_for("reward", "vip") == SourceRules(most_at_once=9, queue_cap=7)
    assert settings.rules_for("reward", "everyone") == SourceRules(live_only=False)
    assert settings.rules_for("command", "moderator") == SourceRules(duplicate_window=timedelta(minutes=1))
    assert settings.rules_for("command", "vip") == SourceRules()


async def test_ten_requests_are_told_unless_up_to_a_hundred_are_wanted(desk: Desk) -> None:
    queue = desk.objects.queue
    queue.shown = replace(queue.shown, requests=tuple(request(number, ANN) for number in range(120)), total=120)
    assert len((await ask(desk, "song_queue.get_queue"))["requests"]) == 10
    assert len((await ask(desk, "song_queue.get_queue", {"limit": 100}))["requests"]) == 100
    for limit in (0, 101):
        assert (await ask(desk, "song_queue.get_queue", {"limit": limit}))["code"] == -32602


@pytest.mark.parametrize(
    ("method", "settings", "named"),
    [
        ("song_queue.set_settings", {"colour": "red"}, "BadSettings"),
        ("song_queue.set_settings", {"hand_over": "never"}, "BadSettings"),
        ("song_queue.set_settings", {"queue_cap": 7}, "BadSettings"),
        ("song_queue.set_settings", {"rules": 7}, "BadSettings"),
        ("song_queue.set_settings", {"rules": {"post": {}}}, "BadSettings"),
        ("song_queue.set_settings", {"rules": {"reward": {"vip": {"queue_kap": 7}}}}, "BadSettings"),
        ("song_queue.set_settings", {"rules": {"reward": {"vip": {"queue_cap": "many"}}}}, "BadSettings"),
        ("song_queue.set_settings", {"rules": {"reward": {"vip": 7}}}, "BadSettings"),
        ("keyboard_raffle.set_settings", {"range": "many"}, "BadRaffleSettings"),
        ("raids.set_settings", {"minimum": 0}, "BadRaidSettings"),
        ("rewards.set_settings", {"pause_offline": "perhaps"}, "BadRewardSettings"),
    ],
)
async def test_settings_that_cannot_be_are_refused_in_words(
    desk: Desk, method: str, settings: dict[str, object], named: str
) -> None:
    error = await ask(desk, method, {"settings": settings})
    assert error["code"] == -32000 and error["data"]["error"] == named
    assert error["message"].endswith(".") and named not in error["message"]


async def test_typed_errors_come_with_a_sentence(desk: Desk) -> None:
    desk.objects.queue.error = CannotWithdraw("r1")
    first = desk.objects.queue.shown.requests[0].id
    desk.objects.commands.error = NameTaken("song")
    desk.objects.inbox.error = NoSuchLetter("m")
    calls: list[tuple[str, dict[str, object], str]] = [
        ("song_queue.remove", {"request_id": first}, "CannotWithdraw"),
        ("song_queue.remove", {"request_id": "nobody's"}, "NoSuchRequest"),
        ("chat_commands.create", {"name": "song"}, "NameTaken"),
        ("event_inbox.replay", {"message_id": "m"}, "NoSuchLetter"),
        ("event_bus.replay", {"event_id": "e", "receiver": "r"}, "NoSuchLetter"),
        ("event_bus.discard", {"event_id": "e", "receiver": "r"}, "NoSuchLetter"),
        ("sagas.get", {"run_id": "r"}, "NoSuchRun"),
        ("sagas.settle", {"run_id": "r", "settlement": "refund"}, "NoSuchRun"),
        ("achievements.get_viewer", {"name": "nobody"}, "NoSuchViewer"),
    ]
    for method, params, named in calls:
        error = await ask(desk, method, params)
        assert error["data"]["error"] == named, method
        assert not error["message"].startswith("This did not work"), method


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("sagas.list", {}),
        ("sagas.get", {"run_id": "r"}),
        ("sagas.needs_you", {}),
        ("event_bus.dead_letters", {}),
        ("event_bus.replay", {"event_id": "e", "receiver": "r"}),
        ("event_bus.discard", {"event_id": "e", "receiver": "r"}),
        ("event_inbox.dead_letters", {}),
    ],
)
async def test_a_database_that_fails_is_told_in_words(desk: Desk, method: str, params: dict[str, object]) -> None:
    desk.objects.sagas.broken = desk.objects.bus.broken = desk.objects.inbox.broken = True
    error = await ask(desk, method, params)
    assert (error["code"], error["data"]) == (-32000, {"error": "StorageFailed", "detail": "disk I/O error"})
    assert "disk I/O error" in error["message"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("hold.set", {"held": "yes"}),
        ("hold.set", {"held": 1}),
        ("song_queue.approve", {"request_id": "r", "yes": "off"}),
        ("song_queue.reorder", {"request_id": "r", "position": "2"}),
        ("song_queue.reorder", {"request_id": "r", "position": 2.0}),
        ("song_queue.reorder", {"request_id": "r", "position": True}),
        ("rewards.configure", {"use": "raffle", "title": "Roll", "cost": "100"}),
        ("rewards.configure", {"use": "raffle", "title": "Roll", "cost": 100, "switched_on": "no"}),
        ("chat_commands.create", {"name": "hi", "template": "x", "enabled": 0}),
        ("keyboard_raffle.verify", {"epoch": "3"}),
    ],
)
async def test_what_only_resembles_a_number_or_a_switch_is_refused(
    desk: Desk, method: str, params: dict[str, object]
) -> None:
    assert (await ask(desk, method, params))["code"] == -32602
    assert desk.objects.asked == []


@pytest.mark.parametrize("verb", ["replay", "discard"])
async def test_a_dead_letter_is_named_by_its_event_and_its_receiver(desk: Desk, verb: str) -> None:
    desk.objects.bus.letters = [BUS_LETTER]
    letter = {"event_id": BUS_LETTER.event_id, "receiver": BUS_LETTER.receiver}
    assert await ask(desk, f"event_bus.{verb}", letter) is None
    assert desk.objects.asked == [(f"{verb}_event", BUS_LETTER.event_id, BUS_LETTER.receiver)]
    crossed = {"event_id": BUS_LETTER.receiver, "receiver": BUS_LETTER.event_id}
    assert (await ask(desk, f"event_bus.{verb}", crossed))["data"]["error"] == "NoSuchLetter"


@pytest.mark.expected_logs("did not take event")
async def test_a_letter_of_the_bus_itself_is_delivered_again_or_deleted(
    desk: Desk, tmp_path: Path, clock: FakeClock
) -> None:
    rig = Rig(tmp_path / "companion.db", clock)
    taken: list[str] = []
    answer: Result[None, str] = Err("no page is there")

    async def receive(event: DomainEvent) -> Result[None, str]:
        taken.append(event.event_id)
        return answer

    rig.bus.receive("pages", receive)
    rig.start()
    with rig.transactions.begin() as tx:
        for event_id in ("event-1", "event-2"):
            rig.bus.add(tx, replace(SONG_PLAYS, event_id=event_id))
    await rig.pass_time(60)
    desk.objects.bus = rig.bus  # type: ignore[assignment]  # the real one
    letters = (await ask(desk, "event_bus.dead_letters"))["dead_letters"]
    assert {(each["event_id"], each["receiver"]) for each in letters} == {("event-1", "pages"), ("event-2", "pages")}
    taken.clear()
    answer = Ok(None)
    assert await ask(desk, "event_bus.replay", {"event_id": "event-1", "receiver": "pages"}) is None
    assert await ask(desk, "event_bus.discard", {"event_id": "event-2", "receiver": "pages"}) is None
    await rig.pass_time(60)
    assert taken == ["event-1"]
    assert (await ask(desk, "event_bus.dead_letters"))["dead_letters"] == []
    await rig.close()


async def test_the_history_is_of_a_viewer_and_of_a_session(desk: Desk) -> None:
    one = desk.objects.queue.played[0]
    songs = desk.objects.queue.played = [
        replace(one, request_id=f"{viewer.user_id} {session}", viewer=viewer, session_id=session)
        for viewer in (ANN, BEN)
        for session in ("s1", "s2")
    ]

    async def told(**params: object) -> tuple[list[str], int]:
        answer = await ask(desk, "song_queue.get_history", params)
        return [song["request_id"] for song in answer["songs"]], answer["total"]

    assert await told(user_id=ANN.user_id) == ([songs[0].request_id, songs[1].request_id], 2)
    assert await told(session_id="s2") == ([songs[1].request_id, songs[3].request_id], 2)
    assert await told(user_id=BEN.user_id, session_id="s1") == ([songs[2].request_id], 1)
    assert await told(offset=3) == ([songs[3].request_id], 4)
    assert await told(limit=1, offset=1) == ([songs[1].request_id], 4)


async def test_runs_are_listed_by_status_and_kind(desk: Desk) -> None:
    desk.objects.sagas.runs = [
        make_run(1, status="failed"),
        make_run(2, status="completed"),
        make_run(3, status="completed", kind="raid"),
    ]

    async def told(**params: object) -> list[str]:
        return [run["id"] for run in (await ask(desk, "sagas.list", params))["runs"]]

    assert await told(statuses=["failed", "completed"], kind="song_request") == ["run-1", "run-2"]
    assert await told(statuses=["completed"]) == ["run-2", "run-3"]
    assert await told(statuses=[]) == []
    assert await told(kind="raid") == ["run-3"]
    assert await told(limit=1, offset=1) == ["run-2"]
    assert (await ask(desk, "sagas.list", {"statuses": ["burnt"]}))["code"] == -32602


async def test_runs_are_settled(desk: Desk) -> None:
    run = make_run()
    desk.objects.sagas.runs = [run]
    assert (await ask(desk, "sagas.get", {"run_id": run.id}))["id"] == run.id
    await ask(desk, "sagas.settle", {"run_id": run.id, "settlement": "ignore"})
    assert desk.objects.asked == [("settle", run.id, "ignore")]
    assert (await ask(desk, "sagas.settle", {"run_id": run.id, "settlement": "burn"}))["code"] == -32602


async def test_a_definition_is_saved_and_previewed(desk: Desk) -> None:
    given = {
        "id": "regular",
        "name": "Regular",
        "description": "Ten streams",
        "icon": "2b50",
        "trigger": "streams_attended",
        "threshold": 10,
    }
    await ask(desk, "achievements.preview", given)
    await ask(desk, "achievements.save", given)
    (saved,) = desk.objects.achievements.saved
    assert (saved.id, saved.threshold, saved.scope, saved.enabled) == ("regular", 10, "cumulative", True)
    assert (await ask(desk, "achievements.save", {**given, "trigger": "luck"}))["code"] == -32602


def test_a_command_that_runs_alone_keeps_no_evening(desk: Desk) -> None:
    import dataclasses

    alone = control_methods(dataclasses.replace(desk.ports(), evening=None))
    assert not [name for name in alone if name.startswith(("song_queue", "sagas", "hold"))]
    assert "sign_in.start" in alone
