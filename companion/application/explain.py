"""Errors in plain words: what happened, what it means for the stream, what to press."""

from __future__ import annotations

from typing import assert_never

from companion.application.messages import Message
from companion.application.sign_in_states import Failed
from companion.kernel.instant import Instant
from companion.ports import failures
from companion.ports.sign_in import Denied, ListenerFailed, SpotifySignInError, TimedOut
from companion.ports.tokens import BadTokens, ClientRefused, NoRefreshToken, PassingFailure, Provider, app_of
from companion.ports.vault import VaultError, VaultLocked, VaultMissing, VaultRefused, VaultTimedOut

NAMES: dict[Provider, str] = {"twitch": "Twitch", "spotify": "Spotify", "twitch_bot": "Twitch"}


def at_clock(instant: Instant) -> str:
    """A time of day as the person's own clock shows it."""
    return instant.astimezone().strftime("%H:%M:%S")


def explain_spotify(error: failures.SpotifyError) -> Message:
    """A failed call to Spotify, the player's own errors included."""
    match error:
        case failures.PremiumRequired(of_owner=True):
            return Message(
                "Spotify wants Premium for the account that owns the app.",
                "Nothing can be read from Spotify until then.",
                "Renew Premium, or paste the client ID of an app whose owner has it. After renewing it can take hours.",
            )
        case failures.PremiumRequired():
            return Message(
                "Spotify wants Premium for this.",
                "Songs can be shown, but not added or skipped.",
                "With Premium renewed it goes on by itself.",
                "warn",
            )
        case failures.NotAllowListed():
            return Message(
                "Your Spotify account is not in the app's user list.",
                "Spotify answers nothing until it is.",
                "Open the app in Spotify's dashboard, choose User Management, add your name and e-mail, then sign in.",
            )
        case failures.NoActiveDevice():
            return Message(
                "Spotify has no active device.", "", "Press play in Spotify, the rest goes on by itself.", "warn"
            )
        case _:
            return explain_service(error, "spotify")


def explain_service(error: failures.ServiceError, provider: Provider) -> Message:
    """A failed call to either provider."""
    name = NAMES[provider]
    match error:
        case failures.NetworkDown():
            return Message(
                f"{name} cannot be reached.",
                "What was last known is shown with its age.",
                "Check the network; Companion tries again by itself.",
                "warn",
            )
        case failures.RateLimited(retry_at) | failures.QuotaExhausted(retry_at):
            return Message(
                f"{name} asks for a pause until {at_clock(retry_at)}.", "", "Companion goes on by itself then.", "warn"
            )
        case failures.ProviderUnavailable(status):
            return Message(
                f"{name} does not answer properly just now.",
                "What was last known is shown with its age.",
                f"Companion tries again by itself. (Status {status}; a hotel or company network may be in between.)",
                "warn",
            )
        case failures.MalformedAnswer():
            return Message(
                f"{name} answered something Companion does not understand.",
                "That answer is left out.",
                "Companion tries again by itself; if it stays, look for an update.",
                "warn",
            )
        case failures.Unauthorized():
            return Message(f"{name} does not accept the login.", "", f"Sign in to {name} again.")
        case failures.Forbidden(detail) | failures.NotFound(detail) | failures.Refused(detail=detail):
            return Message(f"{name} refused this ({detail}).", "", f"If it stays, sign in to {name} again.", "warn")
        case failures.NoAccess(reason):
            return explain_token(reason, provider)
        case _:
            assert_never(error)


def explain_token(error: failures.TokenError, provider: Provider) -> Message:
    """Why there is no usable login."""
    name = NAMES[provider]
    match error:
        case failures.NotConfigured():
            return Message(f"Nobody is signed in to {name}.", "", f"Sign in to {name}.", "info")
        case failures.ReauthorizationRequired(reason):
            return Message(f"The {name} login has ended: {reason}.", "", f"Sign in to {name} again.")
        case failures.RefreshDelayed(detail, next_attempt_at):
            return Message(
                f"The {name} login could not be renewed yet ({detail}).",
                "",
                f"Next try at {at_clock(next_attempt_at)}, or press Retry.",
                "warn",
            )
        case failures.SetUpWrong(detail):
            return Message(
                f"{name} does not accept the client ID ({detail}).",
                "The login is kept.",
                f"Check the app in {name}'s console and paste its client ID again.",
            )
        case failures.LoginUnreadable(vault_error):
            vault = explain_vault(vault_error)
            return Message(f"The {name} login rests in the keyring. {vault.title}", vault.meaning, vault.advice)
        case _:
            assert_never(error)


def explain_vault(error: VaultError) -> Message:
    """What is wrong with the keyring."""
    meaning = "Logins last only until Companion is closed."
    match error:
        case VaultMissing(advice):
            return Message("This computer has no keyring that Companion can use.", meaning, advice, "warn")
        case VaultLocked():
            return Message("The keyring is locked.", meaning, "Unlock it and press Retry.", "warn")
        case VaultTimedOut(seconds):
            return Message(
                f"The keyring did not answer within {seconds:g} s.",
                meaning,
                "Look for a prompt behind other windows, then press Retry.",
                "warn",
            )
        case VaultRefused(detail):
            return Message(f"The keyring refused ({detail}).", meaning, "Press Retry.", "warn")
        case _:
            assert_never(error)


def explain_sign_in(error: SpotifySignInError, provider: Provider) -> Failed:
    """Why a sign-in ended without a login, and which step of the set-up must be mended first."""
    name = NAMES[provider]
    match error:
        case Denied():
            return Failed(Message("You pressed Cancel on the sign-in page.", "", "Sign in when you are ready.", "info"))
        case TimedOut():
            hint = "If the page said that the client ID is wrong, change it here; otherwise try again."
            return Failed(Message("Nobody came back from the browser in time.", "", hint, "warn"))
        case ClientRefused(detail):
            advice = (
                "Check that the client ID is copied whole, and that the app's client type is Public."
                if app_of(provider) == "twitch"
                else "Check that the client ID is copied whole, and the redirect http://127.0.0.1/callback is entered."
            )
            return Failed(Message(f"{name} does not accept this client ID ({detail}).", "", advice), "client_id")
        case PassingFailure(detail):
            title = f"{name} could not be asked ({detail})."
            return Failed(Message(title, "", "Check the network and try again.", "warn"))
        case failures.PremiumRequired():
            return Failed(explain_spotify(error), "premium")
        case failures.NotAllowListed():
            return Failed(explain_spotify(error), "user_list")
        case ListenerFailed(detail):
            title = f"No port could be opened for the browser's answer ({detail})."
            return Failed(Message(title, "", "Close what blocks it (a firewall, often) and try again."))
        case _:
            assert_never(error)


def explain_set_tokens(error: BadTokens | NoRefreshToken, provider: Provider) -> Message:
    """A sign-in whose yield could not be taken."""
    name = NAMES[provider]
    match error:
        case BadTokens(detail):
            return Message(f"{name} sent a login that makes no sense ({detail}).", "", "Sign in again.")
        case NoRefreshToken():
            return Message(f"{name} sent a login that cannot be renewed.", "", "Sign in again.")
        case _:
            assert_never(error)


def explain_storage_again(since: Instant, until: Instant) -> Message:
    """The database can be written again."""
    title = f"Companion could not store anything from {at_clock(since)} to {at_clock(until)}."
    return Message(title, "Viewer counts of that time are missing; the rest is caught up.", "", "info")


def explain_storage(detail: str) -> Message:
    """The database cannot be read or written."""
    full = "full" in detail.lower()
    return Message(
        "The disk is full." if full else f"Companion's database could not be used ({detail}).",
        "What happens now is not recorded; nothing recorded before is lost.",
        "Free some space; recording goes on by itself." if full else "Check the disk and the folder's permissions.",
    )
