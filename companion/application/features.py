"""Features that need the viewer's or streamer's permission at a provider, each with its reason in plain words.

Only what is switched on is asked for. Scopes: dev.twitch.tv/docs/authentication/scopes and Spotify's
Web API concepts/scopes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from types import MappingProxyType

from companion.ports.tokens import TokenStatus

SPOTIFY_SCOPES = frozenset({"user-read-currently-playing", "user-read-playback-state", "user-modify-playback-state"})

BOT_SCOPES = frozenset({"user:write:chat"})
"""All that an account needs that only speaks: what is written in chat is read by the streamer's login."""

TWITCH_FEATURES = MappingProxyType(
    {
        "redemptions": frozenset({"channel:manage:redemptions"}),
        "chat": frozenset({"user:read:chat", "user:write:chat"}),
        "shoutouts": frozenset({"moderator:manage:shoutouts"}),
        "follows": frozenset({"moderator:read:followers"}),
        "subscriptions": frozenset({"channel:read:subscriptions"}),
        "bits": frozenset({"bits:read"}),
    }
)

DEFAULT_FEATURES = ("redemptions", "chat")
"""What song requests, raffle and commands need; the rest is switched on by whoever wants it."""

REASONS = MappingProxyType(
    {
        "user-read-currently-playing": "to show the song that plays",
        "user-read-playback-state": "to know whether and where Spotify plays",
        "user-modify-playback-state": "to add requested songs and to skip",
        "channel:manage:redemptions": "to fulfil or refund channel-point redemptions",
        "user:read:chat": "to read commands in your chat",
        "user:write:chat": "to answer in your chat",
        "moderator:manage:shoutouts": "to shout out raiders",
        "moderator:read:followers": "to notice new followers",
        "channel:read:subscriptions": "to notice new subscribers",
        "bits:read": "to notice cheers",
    }
)


@dataclass(frozen=True, slots=True)
class FeatureView:
    """One feature: whether it is switched on, and whether the login carries its permission."""

    name: str
    on: bool
    granted: bool
    missing: bool
    """Switched on, signed in, and Twitch was not asked for its permission yet."""


def feature_views(on: Collection[str], login: TokenStatus) -> tuple[FeatureView, ...]:
    """All of Twitch's, in the order of `TWITCH_FEATURES`."""
    signed_in = login.phase == "authorized"
    views = []
    for name, scopes in TWITCH_FEATURES.items():
        granted = signed_in and scopes <= login.scopes
        views.append(FeatureView(name, name in on, granted, name in on and signed_in and not granted))
    return tuple(views)


def twitch_scopes(features: Iterable[str]) -> frozenset[str]:
    """The scopes that these features need; unknown names are refused by the settings already."""
    return frozenset().union(*(TWITCH_FEATURES[feature] for feature in features))


def reason_for(scope: str) -> str:
    """Why a scope is asked for."""
    return REASONS.get(scope, scope)
