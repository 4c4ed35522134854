"""What states are called and drawn as. Pure functions from snapshots to words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, assert_never

from companion.application.features import FeatureView
from companion.application.messages import Severity
from companion.application.snapshots import AppSnapshot, Connection, ConnectionLevel, ConnectionName, MendAction
from companion.kernel.instant import Instant
from companion.ports.tokens import Provider, TokenStatus
from companion.ports.vault import VaultError, VaultLocked, VaultMissing, VaultRefused, VaultTimedOut
from companion.ui import times
from companion.ui.text import counted, tr
from companion.ui.tokens import Tone

LEVEL_TONES: Final[dict[ConnectionLevel, Tone]] = {
    "good": "good",
    "busy": "ink-soft",
    "off": "ink-soft",
    "warn": "warn",
    "bad": "bad",
}
SEVERITY_TONES: Final[dict[Severity, Tone]] = {"info": "accent", "warn": "warn", "bad": "bad"}
CONNECTION_ICONS: Final[dict[ConnectionName, str]] = {
    "twitch": "twitch",
    "eventsub": "eventsub",
    "spotify": "spotify",
    "obs": "obs",
    "overlays": "overlays",
    "keyring": "keyring",
}
PROVIDERS: Final[tuple[Provider, ...]] = ("twitch", "spotify", "twitch_bot")
PROVIDER_NAMES: Final[dict[Provider, str]] = {"twitch": "Twitch", "spotify": "Spotify", "twitch_bot": "Bot account"}
SIGN_IN_ACTIONS: Final[dict[MendAction, Provider]] = {
    "sign_in_twitch": "twitch",
    "sign_in_spotify": "spotify",
    "sign_in_twitch_bot": "twitch_bot",
}
RETRY_ACTIONS: Final[dict[Provider, MendAction]] = {
    "twitch": "retry_twitch",
    "spotify": "retry_spotify",
    "twitch_bot": "retry_twitch_bot",
}

_SCOPES: Final[dict[str, str]] = {
    "channel:manage:redemptions": "see channel-point redemptions and give points back",
    "user:read:chat": "read your chat",
    "user:write:chat": "answer in your chat",
    "moderator:manage:shoutouts": "give shout-outs",
    "moderator:read:followers": "see new followers",
    "channel:read:subscriptions": "see subscriptions",
    "bits:read": "see bits",
    "user-read-currently-playing": "see what plays",
    "user-read-playback-state": "see where and how far it plays",
    "user-modify-playback-state": "put songs into your queue",
}


_FEATURES: Final[dict[str, tuple[str, str]]] = {
    "redemptions": ("Channel points", "For song requests and the raffle: to fulfil redemptions and give points back."),
    "chat": ("Chat", "To read commands in your chat and to answer there."),
    "shoutouts": ("Shout-outs", "To give raiders Twitch's official shout-out."),
    "follows": ("Follows", "To notice new followers."),
    "subscriptions": ("Subscriptions", "To notice new subscribers and gifts."),
    "bits": ("Bits", "To notice cheers."),
}


@dataclass(frozen=True, slots=True)
class State:
    """A state in an icon, a colour and a word."""

    icon: str
    tone: Tone
    word: str


def connection(snapshot: AppSnapshot, name: ConnectionName) -> Connection | None:
    """One lamp of the snapshot."""
    return next((lamp for lamp in snapshot.connections if lamp.name == name), None)


def scope(name: str) -> str:
    """What a permission is for; an unknown one keeps its own name."""
    return tr(_SCOPES[name]) if name in _SCOPES else name


def feature_title(name: str) -> str:
    """What a feature of Twitch is called."""
    return tr(_FEATURES[name][0])


def feature_reason(name: str) -> str:
    """Why its permission is asked for."""
    return tr(_FEATURES[name][1])


def feature_state(view: FeatureView) -> State | None:
    """What is to be said of a feature beyond its switch; None: nothing."""
    if view.missing:
        return State("warn", "warn", tr("Needs another permission"))
    if view.on:
        return State("good", "good", tr("Permission given")) if view.granted else None
    if view.granted:
        return State("off", "ink-soft", tr("Still given, until you sign in again"))
    return None


def login_state(status: TokenStatus) -> State:
    """The state of a login as the Accounts page heads it."""
    match status.phase:
        case "not_configured":
            return State("off", "ink-soft", tr("Not signed in"))
        case "reauthorization_required":
            return State("bad", "bad", tr("Needs a new sign-in"))
        case "set_up_wrong":
            return State("bad", "bad", tr("Set-up needs mending"))
        case "authorized":
            return _authorized(status)
        case _:
            assert_never(status.phase)


def _authorized(status: TokenStatus) -> State:
    if status.session_only:
        return State("warn", "warn", tr("Signed in until Companion stops"))
    if status.missing_scopes:
        return State("warn", "warn", tr("Needs another permission"))
    if status.consecutive_failures:
        return State("warn", "warn", tr("Signed in, renewal delayed"))
    if status.warn_reauthorize:
        return State("warn", "warn", tr("Signed in, ends soon"))
    return State("good", "good", tr("Signed in"))


def login_reason(snapshot: AppSnapshot, provider: Provider) -> str:
    """The sentence behind the state: the lamp's, or for the bot account what its state means for chat."""
    if provider == "twitch_bot":
        return _bot_reason(snapshot)
    lamp = connection(snapshot, provider)
    return lamp.reason if lamp is not None else snapshot.tokens[provider].reason or ""


def _bot_reason(snapshot: AppSnapshot) -> str:
    status, own = snapshot.tokens["twitch_bot"], snapshot.tokens["twitch"].account
    match status.phase:
        case "not_configured":
            return tr("Optional: a second Twitch account. Without it your own account answers in chat.")
        case "reauthorization_required":
            ended = tr("The login has ended: {why}.").format(why=status.reason or tr("Twitch does not say why"))
            return f"{ended} {tr('Until you sign it in again, your own account answers in chat.')}"
        case "set_up_wrong":
            return tr("Twitch does not accept the client ID. Meanwhile your own account answers in chat.")
        case "authorized":
            if status.account is not None and own is not None and status.account.user_id == own.user_id:
                return tr("This is your own account, so nothing changes. Sign in again as the bot.")
            return tr("Replies and announcements in chat come from this account.")
        case _:
            assert_never(status.phase)


def needs_person(status: TokenStatus) -> bool:
    """Whether only the person can mend this login. Never having signed in is no fault."""
    return status.phase in {"reauthorization_required", "set_up_wrong"}


def vault_advice(error: VaultError) -> str:
    """What a person can do about the keyring."""
    match error:
        case VaultMissing(advice):
            return advice
        case VaultLocked():
            return tr("Your keyring is locked. Unlock it, then press Retry.")
        case VaultTimedOut():
            return tr("Your keyring did not answer; its password window may wait behind another one. Then press Retry.")
        case VaultRefused():
            return tr("Your keyring refused to keep the login. Open your keyring program, then press Retry.")
        case _:
            assert_never(error)


def tray_line(snapshot: AppSnapshot, now: Instant) -> str:
    """The tooltip: state, uptime, viewers and what waits, in one line."""
    stream = snapshot.stream
    match snapshot.tray:
        case "starting":
            return tr("Companion is starting…")
        case "needs_you" | "live" | "off":
            parts = [_live_word(snapshot, now)]
            if stream.is_live and stream.viewer_count is not None:
                parts.append(viewers(stream.viewer_count))
            waiting = waiting_requests(snapshot)
            if waiting:
                parts.append(counted(waiting, "request waiting", "requests waiting"))
            if snapshot.hold.held:
                parts.append(tr("on hold"))
            if snapshot.tray == "needs_you":
                parts.append(trouble(snapshot))
            return " · ".join(parts)
        case _:
            assert_never(snapshot.tray)


def viewers(count: int) -> str:
    """The count with its word, `183 viewers`."""
    return counted(count, "viewer", "viewers")


def trouble(snapshot: AppSnapshot) -> str:
    """The first lamp that needs the person, in two words; or how many decisions wait."""
    lamps = [lamp for lamp in snapshot.connections if lamp.level == "bad"]
    if lamps:
        return f"{lamps[0].title}: {lamps[0].word}"
    if snapshot.needs_you:
        return counted(len(snapshot.needs_you), "thing needs you", "things need you")
    return tr("Companion needs you")


def waiting_requests(snapshot: AppSnapshot) -> int:
    """How many requests wait for their turn or for the streamer's yes."""
    return sum(request.state in {"waiting", "approval"} for request in snapshot.queue.requests)


def _live_word(snapshot: AppSnapshot, now: Instant) -> str:
    stream = snapshot.stream
    if not stream.is_live:
        return tr("Offline")
    if stream.started_at is None:
        return tr("Live")
    return tr("Live {uptime}").format(uptime=times.span(now - stream.started_at))
