"""The connection strip: for each connection its state, its reason, and the button that mends it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from companion.application.explain import NAMES, at_clock, explain_spotify, explain_vault
from companion.application.features import reason_for
from companion.application.snapshots import Connection, Mend, OverlayServerState
from companion.kernel.instant import Instant
from companion.ports.failures import NoAccess
from companion.ports.playback import PlaybackState
from companion.ports.tokens import App, Provider, TokenStatus, app_of
from companion.ports.twitch import EventSubStatus
from companion.ports.vault import VaultStatus

CLOCK_WARNING = timedelta(seconds=60)
SIGN_IN: dict[Provider, Mend] = {
    "twitch": Mend("Sign in", "sign_in_twitch"),
    "spotify": Mend("Sign in", "sign_in_spotify"),
    "twitch_bot": Mend("Sign in the bot", "sign_in_twitch_bot"),
}
RETRY: dict[Provider, Mend] = {
    "twitch": Mend("Retry", "retry_twitch"),
    "spotify": Mend("Retry", "retry_spotify"),
    "twitch_bot": Mend("Retry", "retry_twitch_bot"),
}


@dataclass(frozen=True, slots=True)
class Lamps:
    """What the strip is made of."""

    now: Instant
    twitch: TokenStatus
    eventsub: EventSubStatus
    spotify: TokenStatus
    playback: PlaybackState
    overlays: OverlayServerState
    vault: VaultStatus
    bot: TokenStatus
    """The second login with Twitch, which may never have been made."""


def connections(lamps: Lamps) -> tuple[Connection, ...]:
    """All six, in the order of `CONNECTION_ORDER`."""
    return (
        _token("twitch", lamps.twitch, lamps.now) or _twitch(lamps),
        _eventsub(lamps),
        _token("spotify", lamps.spotify, lamps.now) or _spotify(lamps),
        _obs(lamps.overlays),
        _overlays(lamps.overlays),
        _keyring(lamps.vault),
    )


def _twitch(lamps: Lamps) -> Connection:
    """The streamer's own login is well: then the lamp tells of the bot's, if there is one."""
    well = _signed_in("twitch", lamps.twitch)
    if lamps.bot.phase == "not_configured":
        return well
    trouble = _token("twitch_bot", lamps.bot, lamps.now)
    if trouble is None:
        name = lamps.bot.account.display_name if lamps.bot.account else "The bot account"
        return replace(well, reason=f"{well.reason} {name} speaks in chat.")
    if trouble.level == "busy":
        return well
    meaning = " Meanwhile your own account speaks in chat." if trouble.level == "bad" else ""
    reason = f"{well.reason} The bot account: {trouble.reason}{meaning}"
    return replace(trouble, level="warn", word=f"Bot: {trouble.word[:1].lower()}{trouble.word[1:]}", reason=reason)


def _signed_in(provider: App, status: TokenStatus) -> Connection:
    return Connection(provider, NAMES[provider], "good", "Signed in", _who(status))


def _who(status: TokenStatus) -> str:
    return f"Signed in as {status.account.display_name}." if status.account else "Signed in."


def _token(provider: Provider, status: TokenStatus, now: Instant) -> Connection | None:
    """The lamp of a login that is not simply well; None when it is."""
    name, app = NAMES[provider], app_of(provider)
    if status.phase == "not_configured":
        return Connection(app, name, "off", "Not signed in", f"Sign in to {name} to begin.", (SIGN_IN[provider],))
    if status.phase == "reauthorization_required":
        reason = f"The login has ended: {status.reason}. Sign in again."
        return Connection(app, name, "bad", "Sign in again", reason, (SIGN_IN[provider],))
    if status.phase == "set_up_wrong":
        reason = f"{name} does not accept the client ID: {status.reason}. The login is kept."
        return Connection(app, name, "bad", "Check set-up", reason, (SIGN_IN[provider], RETRY[provider]))
    if status.refreshing:
        return Connection(app, name, "busy", "Renewing", "The login is being renewed.")
    if status.consecutive_failures:
        again = f" Next try at {at_clock(status.next_attempt_at)}." if status.next_attempt_at else ""
        usable = status.expires_at is not None and status.expires_at > now
        meaning = "The login still works" if usable else "Nothing works until it is renewed"
        reason = f"The login could not be renewed ({status.last_failure}). {meaning}.{again}"
        return Connection(app, name, "warn" if usable else "bad", "Trying again", reason, (RETRY[provider],))
    if status.vault_error is not None and not status.session_only:
        reason = f"The login rests in the keyring. {explain_vault(status.vault_error).title}"
        return Connection(app, name, "bad", "Keyring", reason, (RETRY[provider],))
    if status.missing_scopes:
        reasons = ", ".join(sorted(reason_for(scope) for scope in status.missing_scopes))
        reason = f"Needed {reasons}. Sign in again."
        return Connection(app, name, "warn", "Needs another permission", reason, (SIGN_IN[provider],))
    if status.warn_reauthorize and status.reauthorize_by is not None:
        by = status.reauthorize_by.astimezone().strftime("%d %B")
        reason = f"{name} ends every login after six months; yours on {by}. Sign in again before that."
        return Connection(app, name, "warn", "Sign in soon", reason, (SIGN_IN[provider],))
    return None


def _eventsub(lamps: Lamps) -> Connection:
    status = lamps.eventsub
    retry = (Mend("Reconnect", "retry_eventsub"),)
    if status.phase == "off":
        reason = status.reason or "Connects once you are signed in to Twitch."
        return Connection("eventsub", "EventSub", "off", "Off", reason)
    if status.phase == "connecting":
        return Connection("eventsub", "EventSub", "busy", "Connecting", "Twitch's live events are being connected.")
    if status.phase == "waiting":
        again = f" Next try at {at_clock(status.retry_at)}." if status.retry_at else ""
        reason = f"Live events from Twitch are cut off ({status.reason}).{again} What was missed is looked up then."
        return Connection("eventsub", "EventSub", "bad", "Cut off", reason, retry)
    if status.failed_subscriptions:
        what = "; ".join(f"{kind}: {why}" for kind, why in status.failed_subscriptions)
        return Connection("eventsub", "EventSub", "warn", "Partly connected", f"Twitch refused {what}.", retry)
    if status.clock_offset is not None and abs(status.clock_offset) > CLOCK_WARNING:
        seconds = int(status.clock_offset.total_seconds())
        way = "ahead of" if seconds > 0 else "behind"
        reason = f"Connected, but this computer's clock is {abs(seconds)} s {way} Twitch's. Set it right."
        return Connection("eventsub", "EventSub", "warn", "Clock is off", reason)
    return Connection("eventsub", "EventSub", "good", "Connected", "Live events from Twitch arrive.")


def _spotify(lamps: Lamps) -> Connection:
    problem = lamps.playback.problem
    if problem is None or isinstance(problem, NoAccess):
        return _signed_in("spotify", lamps.spotify)
    message = explain_spotify(problem)
    if message.severity == "warn":
        return Connection("spotify", "Spotify", "warn", "Trying again", message.text(), (RETRY["spotify"],))
    return Connection("spotify", "Spotify", "bad", "Needs you", message.text(), (SIGN_IN["spotify"], RETRY["spotify"]))


def _obs(overlays: OverlayServerState) -> Connection:
    open_overlays = (Mend("Show addresses", "open_overlays"),)
    if overlays.obs_version is None:
        reason = "No overlay is open in OBS. Add one as a browser source, and OBS shows up here."
        return Connection("obs", "OBS", "off", "Not seen", reason, open_overlays)
    streaming = {True: " and streams", False: ", not streaming", None: ""}[overlays.obs_streaming]
    return Connection("obs", "OBS", "good", "Connected", f"OBS {overlays.obs_version} shows an overlay{streaming}.")


def _overlays(state: OverlayServerState) -> Connection:
    if state.problem is not None:
        mends = [Mend("Try again", "retry_port")]
        if state.move_to is not None:
            mends.append(Mend(f"Move to {state.move_to} (overlay addresses change)", "move_port"))
        return Connection("overlays", "Overlays", "bad", "Not served", state.problem.text(), tuple(mends))
    if not state.serving:
        return Connection("overlays", "Overlays", "busy", "Starting", f"Waiting for port {state.port}.")
    pages = sum(state.connected_pages.values())
    word = {0: "Ready", 1: "1 page"}.get(pages, f"{pages} pages")
    return Connection("overlays", "Overlays", "good", word, f"Overlay pages are served on port {state.port}.")


def _keyring(vault: VaultStatus) -> Connection:
    if vault.error is not None:
        message = explain_vault(vault.error)
        return Connection("keyring", "Keyring", "bad", "Not usable", message.text(), (Mend("Retry", "retry_keyring"),))
    if not vault.asked:
        return Connection("keyring", "Keyring", "off", "Not asked yet", "It is opened when a login is needed.")
    return Connection("keyring", "Keyring", "good", "Unlocked", f"Logins are kept in {vault.backend}.")
