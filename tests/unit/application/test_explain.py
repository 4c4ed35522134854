"""Every error has its words: plain, short, with what to do, never a number for a headline, never a blame."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Iterator
from typing import Any

import pytest

from companion.application import explain
from companion.application.messages import Message
from companion.application.sign_in_states import Failed
from companion.kernel.instant import Instant
from companion.ports import failures
from companion.ports.sign_in import SpotifySignInError
from companion.ports.tokens import BadTokens, NoRefreshToken, Provider
from companion.ports.vault import VaultError, VaultLocked
from tests.fakes.clock import START

PROVIDERS: tuple[Provider, ...] = ("twitch", "spotify")
FORBIDDEN = re.compile(
    r"\b(oops|whoops|error \d+|exception|traceback|invalid input|you must|your fault|fatal)\b", re.IGNORECASE
)


def members(union: object) -> Iterator[type]:
    """Every class of a union, whatever it is nested in."""
    arguments = typing.get_args(union)
    if not arguments:
        assert isinstance(union, type)
        yield union
    for argument in arguments:
        yield from members(argument)


EXAMPLES: dict[object, list[Any]] = {
    bool: [True, False],
    str: ["some detail"],
    int: [503],
    float: [20.0],
    type(None): [None],
    Instant: [START],
}


def instances(member: type) -> Iterator[Any]:
    """Values of a class that stand for all its cases."""
    if member in EXAMPLES:
        yield from EXAMPLES[member]
        return
    hints = typing.get_type_hints(member)
    choices = [
        [value for inner in members(hints[field.name]) for value in instances(inner)]
        for field in dataclasses.fields(member)
    ]

    def combine(rest: list[list[Any]]) -> Iterator[list[Any]]:
        if not rest:
            yield []
            return
        for value in rest[0]:
            for others in combine(rest[1:]):
                yield [value, *others]

    for values in combine(choices):
        yield member(*values)


def all_of(union: object) -> list[Any]:
    found = [value for member in members(union) for value in instances(member)]
    assert {type(value) for value in found} == set(members(union))
    return found


def check(message: Message) -> None:
    assert message.title.strip() and message.title[0].isupper()
    assert message.title.endswith((".", "!", "?")), message.title
    assert not FORBIDDEN.search(message.text()), message.text()
    assert "None" not in message.text() and "object at" not in message.text() and "()" not in message.text()
    if message.severity == "bad":
        assert message.advice, f"nothing to do about: {message.title}"


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("error", all_of(failures.ServiceError), ids=repr)
def test_every_failed_call_is_explained(error: failures.ServiceError, provider: Provider) -> None:
    check(explain.explain_service(error, provider))


@pytest.mark.parametrize("error", all_of(failures.SpotifyError), ids=repr)
def test_every_failed_call_to_spotify_is_explained(error: failures.SpotifyError) -> None:
    check(explain.explain_spotify(error))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("error", all_of(failures.TokenError), ids=repr)
def test_every_missing_login_is_explained(error: failures.TokenError, provider: Provider) -> None:
    check(explain.explain_token(error, provider))


@pytest.mark.parametrize("error", all_of(VaultError), ids=repr)
def test_every_keyring_trouble_is_explained(error: VaultError) -> None:
    message = explain.explain_vault(error)
    check(message)
    assert message.advice


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("error", all_of(SpotifySignInError), ids=repr)
def test_every_failed_sign_in_is_explained(error: SpotifySignInError, provider: Provider) -> None:
    failed = explain.explain_sign_in(error, provider)
    assert isinstance(failed, Failed)
    check(failed.message)
    assert failed.message.advice


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("error", [BadTokens("some detail"), NoRefreshToken()], ids=repr)
def test_every_login_that_cannot_be_taken_is_explained(error: BadTokens | NoRefreshToken, provider: Provider) -> None:
    check(explain.explain_set_tokens(error, provider))


@pytest.mark.parametrize("detail", ["database or disk is full", "attempt to write a readonly database"])
def test_storage_failures_are_explained(detail: str) -> None:
    message = explain.explain_storage(detail)
    check(message)
    assert (message.title == "The disk is full.") is ("full" in detail)


def test_the_reason_within_a_reason_is_told() -> None:
    nested = failures.NoAccess(failures.LoginUnreadable(VaultLocked()))
    assert "locked" in explain.explain_service(nested, "twitch").text()


def test_both_ways_of_missing_premium_are_told_apart() -> None:
    owner = explain.explain_spotify(failures.PremiumRequired(of_owner=True, detail=""))
    listener = explain.explain_spotify(failures.PremiumRequired(of_owner=False, detail=""))
    assert owner.severity == "bad" and listener.severity == "warn"


def test_a_message_as_one_line_leaves_out_what_is_empty() -> None:
    assert Message("One.", "", "Three.").text() == "One. Three."
