"""Features and the scopes they need."""

from __future__ import annotations

from companion.application.features import REASONS, SPOTIFY_SCOPES, TWITCH_FEATURES, reason_for, twitch_scopes


def test_scopes_are_those_of_the_domain() -> None:
    assert {
        "user-read-currently-playing", "user-read-playback-state", "user-modify-playback-state",
    } == SPOTIFY_SCOPES  # fmt: skip
    assert twitch_scopes(TWITCH_FEATURES) == {
        "channel:manage:redemptions", "user:read:chat", "user:write:chat", "moderator:manage:shoutouts",
        "moderator:read:followers", "channel:read:subscriptions", "bits:read",
    }  # fmt: skip


def test_only_what_is_switched_on_is_asked_for() -> None:
    assert twitch_scopes([]) == frozenset()
    assert twitch_scopes(["bits", "chat"]) == {"bits:read", "user:read:chat", "user:write:chat"}


def test_every_scope_has_its_reason() -> None:
    assert set(REASONS) == SPOTIFY_SCOPES | twitch_scopes(TWITCH_FEATURES)
    assert all(reason_for(scope).startswith("to ") for scope in REASONS)
    assert reason_for("something:new") == "something:new"
