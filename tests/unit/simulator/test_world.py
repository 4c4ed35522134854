from __future__ import annotations

from pathlib import Path

import pytest

from companion.simulator.state_file import StateFile
from companion.simulator.testing import PUBLIC_CLIENT_ID, running_simulator
from companion.simulator.twitch_grants import TwitchGrants, client_type
from companion.simulator.world import World
from tests.fakes.clock import FakeClock


def world(path: Path, clock: FakeClock) -> World:
    return World(file=StateFile(path), clock=clock, seed=1)


def test_used_refresh_token_stays_used_over_a_restart(tmp_path: Path, clock: FakeClock) -> None:
    grants = TwitchGrants(world(tmp_path, clock))
    grant = grants.issue(PUBLIC_CLIENT_ID, "900100", ["bits:read"])
    renewed = grants.refresh(PUBLIC_CLIENT_ID, str(grant.refresh_token))
    assert renewed is not None
    again = TwitchGrants(world(tmp_path, clock))
    assert again.refresh(PUBLIC_CLIENT_ID, str(grant.refresh_token)) is None
    assert again.access(renewed.access_token) is not None
    assert again.refresh(PUBLIC_CLIENT_ID, str(renewed.refresh_token)) is not None


def test_restarted_world_issues_other_tokens(tmp_path: Path, clock: FakeClock) -> None:
    assert world(tmp_path, clock).lower_token(30) != world(tmp_path, clock).lower_token(30)


def test_same_seed_gives_the_same_world(clock: FakeClock) -> None:
    one, two = (World(file=None, clock=clock, seed=7) for _ in range(2))
    assert [one.uuid(), one.user_code()] == [two.uuid(), two.user_code()]


@pytest.mark.expected_logs("world file set aside")
def test_unreadable_file_is_set_aside(tmp_path: Path, clock: FakeClock) -> None:
    file = StateFile(tmp_path)
    file.path.write_text('{"version": 1, "spotify":')
    assert world(tmp_path, clock).state.starts == 1
    assert (tmp_path / "world.json.unreadable").exists()
    assert world(tmp_path, clock).state.starts == 2


def test_a_half_written_new_file_harms_nothing(tmp_path: Path, clock: FakeClock) -> None:
    TwitchGrants(world(tmp_path, clock)).issue(PUBLIC_CLIENT_ID, "900100", [])
    (tmp_path / "world.json.new").write_text("{")
    assert len(world(tmp_path, clock).state.twitch.access) == 1


@pytest.mark.parametrize(
    "client_id,kind",
    [
        ("sim" + "0" * 27, "public"),
        ("conf" + "0" * 26, "confidential"),
        ("zzz" + "0" * 27, "unknown"),
        ("sim" + "0" * 26, "unknown"),
        ("simA" + "0" * 26, "unknown"),
    ],
)
def test_client_types(client_id: str, kind: str) -> None:
    assert client_type(client_id) == kind


async def test_live_stream_outlives_the_simulator(tmp_path: Path, clock: FakeClock) -> None:
    async with running_simulator(tmp_path, clock=clock) as sim:
        stream = await sim.go_online(viewers=31)
    async with running_simulator(tmp_path, clock=clock) as sim:
        assert sim.stage.live() == stream
        assert sim.hub.subscriptions == {}
