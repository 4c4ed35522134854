"""Viewers: the newest name, found however it is typed."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from companion.kernel.instant import Instant
from companion.objects.viewers.object import FRESH, Viewers
from companion.ports.viewers import Role, Viewer, at_least
from tests.fakes.clock import START
from tests.fakes.runtime import Rig

STREAMER = "900100"


class People:
    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.viewers = Viewers(runtime=rig.runtime, streamer=lambda: STREAMER)

    def see(self, user_id: str, name: str, at: Instant = START, role: Role | None = None) -> None:
        with self.rig.transactions.begin() as tx:
            self.viewers.see_in(tx, Viewer(user_id, name.lower(), name), at, role)

    def again(self) -> Viewers:
        """The same file, nothing remembered."""
        return Viewers(runtime=self.rig.runtime, streamer=lambda: STREAMER)


@pytest.fixture
def people(rig: Rig) -> People:
    return People(rig)


@pytest.mark.parametrize("typed", ["ann", "ANN", "@Ann", " @ann ", "Ａｎｎ"])
async def test_found_however_it_is_typed(people: People, typed: str) -> None:
    people.see("2", "Ann")
    found = people.viewers.find(typed)
    assert found is not None and found.user_id == "2"


async def test_found_by_login_and_by_a_name_in_another_script(people: People) -> None:
    with people.rig.transactions.begin() as tx:
        people.viewers.see_in(tx, Viewer("3", "hoshino_lamp", "星野ランプ"), START)
    for typed in ("Hoshino_Lamp", "星野ランプ"):
        found = people.viewers.find(typed)
        assert found == Viewer("3", "hoshino_lamp", "星野ランプ")


@pytest.mark.parametrize("typed", ["", "@", "nobody"])
async def test_nobody_has_that_name(people: People, typed: str) -> None:
    people.see("2", "Ann")
    assert people.viewers.find(typed) is None


async def test_the_newest_name_counts_and_an_old_message_brings_none_back(people: People) -> None:
    people.see("2", "Ann")
    people.see("2", "AnnaLuz", START + timedelta(days=1))
    people.see("2", "Ann", START + timedelta(hours=1))
    assert people.viewers.names(["2", "404"]) == {"2": "AnnaLuz"}
    assert people.viewers.find("ann") is None


async def test_a_freed_name_belongs_to_who_was_seen_last(people: People) -> None:
    people.see("2", "Ann")
    people.see("7", "Ann", START + timedelta(days=400))
    found = people.viewers.find("ann")
    assert found is not None and found.user_id == "7"


async def test_a_role_is_kept_until_chat_tells_another(people: People) -> None:
    people.see("2", "Ann", role="moderator")
    people.see("2", "Ann", START + timedelta(minutes=1))
    assert people.viewers.role_of("2") == people.again().role_of("2") == "moderator"
    people.see("2", "Ann", START + timedelta(minutes=2), role="subscriber")
    assert people.viewers.role_of("2") == people.again().role_of("2") == "subscriber"
    assert people.viewers.role_of("404") == "everyone"
    assert people.viewers.role_of(STREAMER) == "broadcaster"


async def test_a_busy_chat_writes_nothing_that_is_known(people: People) -> None:
    people.see("2", "Ann")

    def writes() -> int:
        with people.rig.transactions.begin() as tx:
            before = len(tx.session.dirty | tx.session.new)
            people.viewers.see_in(tx, Viewer("2", "ann", "Ann"), START + timedelta(seconds=5))
            return len(tx.session.dirty | tx.session.new) - before

    assert writes() == 0
    people.see("2", "Ann", START + FRESH)
    with people.rig.transactions.begin() as tx:
        assert people.viewers.role_of("404") == "everyone"  # may be asked within a transaction
        assert tx.session.is_active


async def test_what_was_rolled_back_was_not_seen(people: People) -> None:
    with suppress(ValueError), people.rig.transactions.begin() as tx:
        people.viewers.see_in(tx, Viewer("2", "ann", "Ann"), START)
        assert people.viewers.get("2") is not None
        raise ValueError("a bug")
    assert people.viewers.get("2") is None
    people.see("2", "Ann")
    assert people.again().get("2") == Viewer("2", "ann", "Ann")


def test_roles_stand_in_order() -> None:
    assert at_least("moderator", "vip") and at_least("vip", "vip") and not at_least("subscriber", "vip")
