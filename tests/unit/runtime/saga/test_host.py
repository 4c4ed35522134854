"""The host against a world with a ledger: each way a run can go, and what the streamer can do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import pytest

from companion.kernel.instant import seconds
from companion.kernel.result import Err, Ok
from companion.ports.sagas import NoSuchRun, NotOffered, StartConflict
from companion.ports.transaction import Transaction
from companion.runtime.saga.definition import Context, Done, LocalStep, SagaDefinition
from companion.runtime.saga.host import SagaHost
from tests.fakes.clock import START
from tests.fakes.runtime import Rig, Rigs, allow_writes, refuse_writes, settle
from tests.fakes.sagas import saga_host
from tests.unit.runtime.saga.world import (
    KIND,
    Fault,
    Wish,
    World,
    begin,
    check_truth,
    come_to_rest,
    started,
    states,
    view,
    written,
)


async def test_all_steps_run_in_order_and_once(rig: Rig, host: SagaHost, world: World) -> None:
    assert begin(rig, host) == Ok("started")
    await settle()
    run = view(host)
    assert run.status == "completed"
    assert run.fulfilled_at == START
    assert run.summary == "wants moon"
    assert world.calls == ["find", "reserve", "chat", "hand", "fulfil", "thank"]
    assert all(step.state == "succeeded" for step in run.steps)
    assert written(rig, "queue") == written(rig, "heard") == written(rig, "published") == ["r1"]
    check_truth(rig, world, host, "r1")
    assert rig.supervisor.names() == ()


async def test_the_same_start_resumes_and_another_input_is_a_conflict(rig: Rig, host: SagaHost, world: World) -> None:
    begin(rig, host)
    assert begin(rig, host) == Ok("resumed")
    assert begin(rig, host, song="sun") == Err(StartConflict("r1"))
    await settle()
    assert begin(rig, host) == Ok("resumed")
    await settle()
    assert world.happened("fulfil", "r1") == 1


async def test_a_start_that_is_rolled_back_never_was(rig: Rig, host: SagaHost, world: World) -> None:
    with suppress(KeyError), rig.transactions.begin() as tx:
        host.start_in(tx, KIND, "r1", Wish("moon"))
        raise KeyError
    await settle()
    assert host.get_run("r1") is None
    assert world.calls == []


async def test_a_passing_error_is_tried_again_at_growing_distance(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["retry", "retry"])
    begin(rig, host)
    await settle()
    step = {step.name: step for step in view(host).steps}["hand"]
    assert (step.state, step.attempt, step.next_retry_at) == ("pending", 1, START + seconds(2))
    await rig.pass_time(2)
    assert {step.name: step for step in view(host).steps}["hand"].next_retry_at == START + seconds(6)
    await rig.pass_time(4)
    assert view(host).status == "completed"
    assert world.calls.count("hand") == 3


async def test_used_up_attempts_give_everything_back_in_reverse(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["retry"] * 3)
    begin(rig, host)
    await rig.pass_time(60)
    run = view(host)
    assert (run.status, run.error) == ("failed", "It could not be done just now.")
    assert world.calls[-3:] == ["free", "refund", "sorry"]
    assert states(run)["enqueue"] == states(run)["reserve"] == "undone"
    check_truth(rig, world, host, "r1")


async def test_a_refusal_tells_the_viewer_why(rig: Rig, host: SagaHost, world: World) -> None:
    world.refused_local.add("enqueue")
    begin(rig, host)
    await settle()
    assert (view(host).status, view(host).error) == ("failed", "The queue is full.")
    assert world.happened("refund", "r1") == 1


async def test_a_held_step_costs_no_attempt(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["free"] * 20)
    begin(rig, host)
    await rig.pass_time(299)
    assert view(host).status == "running"
    await rig.pass_time(1)
    assert view(host).status == "completed"


async def test_a_held_step_is_tried_at_once_when_it_is_woken_and_a_repeated_one_is_not(
    rig: Rig, host: SagaHost, world: World
) -> None:
    world.script(hand=["held", "retry"])
    begin(rig, host)
    await settle()
    assert view(host).status == "waiting"
    for status, tries in (("running", 2), ("running", 2)):
        with rig.transactions.begin() as tx:
            host.wake_in(tx, "r1")
        await settle()
        assert (view(host).status, world.calls.count("hand")) == (status, tries)


async def test_a_held_step_goes_on_by_itself_also_after_a_restart(rigs: Rigs) -> None:
    world = World().script(hand=["held"] * 3)
    rig = rigs()
    first = started(rig, world)
    begin(rig, first)
    await settle()
    assert view(first).status == "waiting"
    await rig.crash()
    rig = rigs()
    host = started(rig, world)
    await rig.pass_time(60)
    assert view(host).status == "completed"


@pytest.mark.parametrize("fault", ["lost", "late"])
async def test_a_lost_answer_is_looked_up_and_never_repeated(rig: Rig, world: World, fault: Fault) -> None:
    host = started(rig, world, fulfil_limit=0.005)
    world.script(fulfil=[fault])
    begin(rig, host)
    for _ in range(100):
        await asyncio.sleep(0.001)
        if view(host).status == "completed":
            break
    assert view(host).status == "completed"
    assert world.calls.count("fulfil") == world.calls.count("look fulfil") == 1
    check_truth(rig, world, host, "r1")


async def test_what_is_seen_not_to_have_happened_is_tried_again(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(fulfil=["not sent"])
    world.looks["fulfil"].extend(["again", "again"])
    begin(rig, host)
    await rig.pass_time(9.9)
    assert world.calls.count("look fulfil") == 2
    await rig.pass_time(10)
    assert view(host).status == "completed"
    assert world.calls.count("fulfil") == 2


async def test_what_nobody_can_tell_waits_for_the_streamer(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["lost"])
    world.looks["hand"].append("cannot")
    begin(rig, host)
    await come_to_rest(rig)
    assert [run.id for run in host.needs_you()] == ["r1"]
    run = view(host)
    assert (run.status, run.error) == ("outcome_unknown", "hand: nobody knows")
    assert run.offers == ("fulfil", "refund", "retry", "ignore")
    assert written(rig, "stuck") == ["r1"]
    assert world.happened("refund", "r1") == world.happened("fulfil", "r1") == 0


async def test_a_lost_chat_line_does_not_stop_the_run_and_is_not_sent_again(
    rig: Rig, host: SagaHost, world: World
) -> None:
    world.script(chat=["lost"])
    begin(rig, host)
    await settle()
    assert view(host).status == "completed"
    assert states(view(host))["chat"] == "unknown"
    assert world.happened("chat", "r1") == 1


async def test_after_the_point_of_no_return_nothing_is_taken_back(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(thank=["failed"])
    begin(rig, host)
    await come_to_rest(rig)
    run = view(host)
    assert (run.status, run.offers) == ("post_commit_failed", ("retry", "ignore"))
    assert run.error == "thank: The thank was refused."
    match await host.settle("r1", "refund"):
        case Err(NotOffered(status="post_commit_failed")):
            pass
        case other:
            pytest.fail(str(other))
    assert isinstance(await host.settle("r1", "retry"), Ok)
    await settle()
    assert view(host).status == "completed"
    check_truth(rig, world, host, "r1")


async def test_an_undo_that_cannot_be_confirmed_withholds_the_refund(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["failed"], free=["lost"])
    begin(rig, host)
    await come_to_rest(rig)
    run = view(host)
    assert run.status == "compensation_failed"
    assert run.error == "reserve could not be taken back: no answer"
    assert world.happened("refund", "r1") == 0
    assert isinstance(await host.settle("r1", "refund"), Ok)
    await settle()
    assert view(host).status == "failed"
    assert world.happened("refund", "r1") == 1
    assert written(rig, "queue") == []


async def test_a_refund_whose_attempts_are_used_up_needs_the_streamer(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["failed"], refund=["retry"] * 3)
    begin(rig, host)
    await come_to_rest(rig)
    assert view(host).status == "compensation_failed"
    assert view(host).offers == ("fulfil", "refund", "retry", "ignore")
    await host.settle("r1", "retry")
    await come_to_rest(rig)
    assert view(host).status == "failed"
    check_truth(rig, world, host, "r1")


async def test_fulfil_by_hand_skips_what_stood_before_and_goes_on(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["lost"])
    world.looks["hand"].append("cannot")
    begin(rig, host)
    await settle()
    assert isinstance(await host.settle("r1", "fulfil"), Ok)
    await settle()
    run = view(host)
    assert run.status == "completed"
    assert states(run)["hand"] == "skipped"
    assert world.happened("fulfil", "r1") == world.happened("thank", "r1") == 1
    assert world.happened("refund", "r1") == 0


async def test_a_refund_of_unknown_outcome_is_looked_up_before_fulfilling_is_offered(
    rig: Rig, host: SagaHost, world: World
) -> None:
    world.script(hand=["failed"], refund=["lost"])
    world.looks["refund"].append("cannot")
    begin(rig, host)
    await settle()
    assert (view(host).status, view(host).offers) == ("outcome_unknown", ("retry", "ignore"))
    await host.settle("r1", "retry")
    await settle()
    assert view(host).status == "failed"
    assert world.happened("refund", "r1") == 1


async def test_ignoring_ends_the_run_without_effects(rig: Rig, host: SagaHost, world: World) -> None:
    world.script(hand=["lost"])
    world.looks["hand"].append("cannot")
    begin(rig, host)
    await settle()
    before = list(world.calls)
    settled = await host.settle("r1", "ignore")
    await come_to_rest(rig)
    assert isinstance(settled, Ok)
    assert settled.value.status == view(host).status == "failed"
    assert world.calls == before
    assert await host.settle("no", "ignore") == Err(NoSuchRun("no"))


async def test_a_waiting_run_costs_nothing_and_goes_on_when_woken(rig: Rig, host: SagaHost, world: World) -> None:
    world.playing = False
    begin(rig, host)
    await come_to_rest(rig)
    assert view(host).status == "waiting"
    assert rig.supervisor.names() == ()
    assert rig.alarms.due("sagas", "due") is None
    world.playing = True
    with rig.transactions.begin() as tx:
        host.wake_in(tx, "r1")
        host.wake_in(tx, "no such run")
    await settle()
    assert view(host).status == "completed"


async def test_a_waiting_run_is_asked_again_when_its_time_is_up(rig: Rig, host: SagaHost, world: World) -> None:
    world.playing, world.wait_until = False, 600.0
    begin(rig, host)
    await rig.pass_time(599)
    world.playing = True
    assert view(host).status == "waiting"
    await rig.pass_time(1)
    assert view(host).status == "completed"


async def test_a_clock_set_back_does_not_make_a_waiting_run_late(rig: Rig, host: SagaHost, world: World) -> None:
    world.playing, world.wait_until = False, 600.0
    begin(rig, host)
    await settle()
    rig.clock.jump(-7200)
    world.playing = True
    await rig.pass_time(600)
    assert view(host).status == "completed"


async def test_hold_lets_a_step_finish_and_begins_none(rig: Rig, host: SagaHost, world: World) -> None:
    world.gate = asyncio.Event()
    begin(rig, host)
    await settle()
    host.set_held(True)
    world.gate.set()
    begin(rig, host, "r2")
    await come_to_rest(rig)
    assert world.calls == ["find"]
    assert states(view(host)) == {"find": "succeeded"}
    assert rig.supervisor.names() == ()
    host.set_held(False)
    await settle()
    assert view(host).status == view(host, "r2").status == "completed"


async def test_runs_are_started_in_order_and_so_many_at_a_time(rig: Rig, world: World) -> None:
    host = started(rig, world, concurrency=2)
    world.gate = asyncio.Event()
    for number in range(5):
        begin(rig, host, f"r{number}")
    await settle()
    assert rig.supervisor.names() == ("sagas worker", "sagas worker")
    assert [states(view(host, f"r{number}")) for number in range(5)] == [{"find": "started"}] * 2 + [{}] * 3
    world.gate.set()
    await settle(300)
    assert {run.status for run in host.list_runs()} == {"completed"}
    assert [run.id for run in host.list_runs(limit=2)] == ["r4", "r3"]
    assert [run.id for run in host.list_runs(kind=KIND, offset=4)] == ["r0"]


async def test_stop_parks_what_runs_and_the_next_start_looks_it_up(rigs: Rigs, world: World) -> None:
    rig = rigs()
    host = started(rig, world)
    world.script(hand=["late"])
    begin(rig, host)
    await settle()
    assert states(view(host))["hand"] == "started"
    await host.stop(0.01)
    begin(rig, host, "r2")
    await settle()
    assert states(view(host, "r2")) == {}
    await rig.close()

    rig = rigs()
    host = started(rig, world)
    await settle()
    assert world.calls.count("hand") == 2  # one of each run
    assert world.calls.count("look hand") == 1
    assert view(host).status == view(host, "r2").status == "completed"
    check_truth(rig, world, host, "r1")


@pytest.mark.parametrize("where", ["find", "reserve", "hand", "fulfil", "thank"])
async def test_a_bug_stops_its_run_alone(
    rig: Rig, host: SagaHost, world: World, expected_logs: Callable[..., None], where: str
) -> None:
    expected_logs(f"ERROR companion.sagas: {where} of r1 failed through a bug")
    world.faults[where].append("bug")
    world.looks[where].extend(["cannot"])
    begin(rig, host)
    begin(rig, host, "r2")
    await come_to_rest(rig)
    assert view(host, "r2").status == "completed"
    run = view(host)
    assert run.status == "outcome_unknown"
    assert "Bang" in (run.error or "")
    check_truth(rig, world, host, "r1")


def a_host(rig: Rig, definition: SagaDefinition[Wish]) -> SagaHost:
    host = saga_host(rig)
    host.register(definition)
    return host


async def test_a_bug_in_a_local_step_takes_only_itself_back(
    rig: Rig, world: World, expected_logs: Callable[..., None]
) -> None:
    expected_logs("ERROR companion.sagas: second of r1 failed through a bug")
    told: list[str] = []
    broken = [True]

    def first(tx: Transaction, ctx: Context[Wish]) -> Done[None]:
        return Done(None)

    def second(tx: Transaction, ctx: Context[Wish]) -> Done[None]:
        tx.after_commit(lambda: told.append("committed"))
        if broken[0]:
            raise KeyError("x")
        return Done(None)

    steps = (LocalStep(name="first", apply=first), LocalStep(name="second", apply=second))
    host = a_host(rig, SagaDefinition(kind="k", params=Wish, steps=steps))
    rig.start()
    host.start()
    with rig.transactions.begin() as tx:
        host.start_in(tx, "k", "r1", Wish("x"))
    await settle()
    assert states(view(host)) == {"first": "succeeded", "second": "unknown"}
    assert told == []
    assert view(host).offers == ("retry", "ignore")
    broken.clear()
    broken.append(False)
    await host.settle("r1", "retry")
    await settle()
    assert view(host).status == "completed"
    assert told == ["committed"]


@pytest.mark.expected_logs
async def test_a_database_that_cannot_be_written_is_waited_for(rig: Rig, host: SagaHost, world: World) -> None:
    world.gate = asyncio.Event()
    begin(rig, host)
    await settle()
    refuse_writes(rig)
    world.gate.set()
    await settle()
    await rig.pass_time(125)
    assert world.calls == ["find"]
    allow_writes(rig)
    await rig.pass_time(61)
    assert view(host).status == "completed"
    check_truth(rig, world, host, "r1")


async def test_what_ended_long_ago_is_still_known(rigs: Rigs, world: World) -> None:
    rig = rigs()
    host = started(rig, world)
    begin(rig, host)
    await settle()
    await rig.close()
    rig.clock.advance(31 * 86400)
    rig = rigs()
    host = started(rig, world)
    await settle()
    assert host.get_run("r1") is None
    assert begin(rig, host) == Ok("resumed")
    assert begin(rig, host, song="sun") == Err(StartConflict("r1"))
    await settle()
    assert world.happened("fulfil", "r1") == 1
