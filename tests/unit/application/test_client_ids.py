"""Client ids as they are typed."""

from __future__ import annotations

import pytest

from companion.application.client_ids import check_client_id
from companion.ports.tokens import Provider


@pytest.mark.parametrize(
    ("provider", "text", "fits"),
    [
        ("twitch", "abcdefghij0123456789abcdefghij", True),
        ("twitch", "  abcdefghij0123456789abcdefghij\n", True),
        ("twitch", "ABCDEFGHIJ0123456789abcdefghij", False),
        ("twitch", "0123456789abcdef0123456789abcdef", False),
        ("twitch", "", False),
        ("twitch", "abc", False),
        ("twitch", "my client id is abcdefghij0123", False),
        ("spotify", "0123456789abcdef0123456789abcdef", True),
        ("spotify", "0123456789abcdef0123456789abcdeg", False),
        ("spotify", "abcdefghij0123456789abcdefghij", False),
        ("spotify", "é" * 32, False),
        ("spotify", "x" * 5000, False),
    ],
)
def test_client_ids_are_checked_as_typed(provider: Provider, text: str, fits: bool) -> None:
    problem = check_client_id(provider, text)
    assert (problem is None) is fits
    if problem is not None:
        assert problem.title and problem.advice
        assert len(text) < 100 or text not in problem.text()


def test_how_much_is_missing_is_counted() -> None:
    problem = check_client_id("twitch", "abc")
    assert problem is not None and "3 of 30" in problem.title


def test_the_second_login_with_twitch_uses_the_same_form() -> None:
    assert check_client_id("twitch_bot", "a" * 30) is None
    problem = check_client_id("twitch_bot", "0" * 32)
    assert problem is not None and "32 of 30" in problem.title
