"""The pages a person sees in the browser while signing in. Plain HTML, usable by keyboard and reader."""

from __future__ import annotations

from html import escape
from typing import Final, Literal, TypeAlias

from aiohttp import web

from companion.simulator.people import SPOTIFY_PEOPLE, TWITCH_PEOPLE
from companion.simulator.world_state import DeviceCode

Brand: TypeAlias = Literal["twitch", "spotify"]

_NAMES: Final = {"twitch": "Twitch", "spotify": "Spotify"}
_ACCENT: Final = {"twitch": ("#6b3fd4", "#ffffff"), "spotify": ("#1a7f43", "#ffffff")}
_SCOPES: Final = {
    "user:read:chat": "Read chat as you",
    "user:write:chat": "Write in chat as you",
    "channel:manage:redemptions": "Manage your channel point rewards",
    "channel:read:redemptions": "See your channel point redemptions",
    "moderator:read:followers": "See who follows you",
    "channel:read:subscriptions": "See who subscribes to you",
    "bits:read": "See cheers in your channel",
    "user-read-currently-playing": "See what you are playing",
    "user-read-playback-state": "See your devices and player",
    "user-modify-playback-state": "Control your player",
}
_STYLE: Final = """
:root{color-scheme:light dark;--bg:#f4f3f7;--card:#fff;--ink:#1d1b24;--soft:#5d586b;--line:#dcd8e6}
@media (prefers-color-scheme:dark){:root{--bg:#17151d;--card:#221f2b;--ink:#f3f1f8;--soft:#b3adc4;--line:#3a3548}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--bg);
color:var(--ink);font:16px/1.5 system-ui,sans-serif}main{width:min(27rem,calc(100vw - 2rem));background:var(--card);
border:1px solid var(--line);border-radius:16px;padding:2rem}h1{font-size:1.4rem;line-height:1.25;margin:0 0 .5rem}
.brand{display:inline-block;background:var(--accent);color:var(--on);font-weight:700;border-radius:999px;
padding:.15rem .8rem;margin-bottom:1.25rem}p,li{color:var(--soft)}strong{color:var(--ink)}ul{padding-left:1.2rem}
.code{font:700 1.7rem/1 ui-monospace,monospace;letter-spacing:.2em;color:var(--ink);margin:1rem 0}
.row{display:flex;gap:.75rem;margin-top:1.5rem}button{font:inherit;font-weight:650;flex:1;padding:.7rem 1rem;
border-radius:10px;border:1px solid var(--line);background:transparent;color:var(--ink);cursor:pointer}
button.go{background:var(--accent);border-color:var(--accent);color:var(--on)}
button:focus-visible,input:focus-visible,a:focus-visible,select:focus-visible{outline:3px solid var(--accent);
outline-offset:3px}input[type=text],select{font:inherit;width:100%;padding:.6rem;border-radius:10px;color:inherit;
border:1px solid var(--line);background:transparent}option{color:#1d1b24}label{display:block;font-weight:600;
margin:1rem 0 .3rem}footer{margin-top:1.5rem;border-top:1px solid var(--line);padding-top:.8rem;font-size:.85rem;
color:var(--soft)}
"""


def _page(brand: Brand, title: str, body: str, status: int = 200) -> web.Response:
    accent, on = _ACCENT[brand]
    text = f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{escape(title)} - {_NAMES[brand]} (simulated)</title>
<style>:root{{--accent:{accent};--on:{on}}}{_STYLE}</style></head>
<body><main><span class="brand">{_NAMES[brand]}, simulated</span>
<h1>{escape(title)}</h1>
{body}
<footer>This is a simulator on this computer. No real account is involved.</footer></main></body></html>"""
    headers = {"Cache-Control": "no-store", "X-Frame-Options": "DENY"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)


def _scope_list(scopes: list[str]) -> str:
    if not scopes:
        return "<p>It asks for no permissions.</p>"
    items = "".join(f"<li>{escape(_SCOPES.get(scope, scope))}</li>" for scope in scopes)
    return f"<p>It wants to:</p><ul>{items}</ul>"


def _account_choice(accounts: dict[str, str], chosen: str) -> str:
    options = "".join(
        f'<option value="{escape(key)}"{" selected" if key == chosen else ""}>{escape(name)}</option>'
        for key, name in accounts.items()
    )
    return f'<label for="account">Signed in as</label><select id="account" name="account">{options}</select>'


def activate_page(entry: DeviceCode, account: str) -> web.Response:
    """Asks whether the application behind a device code may come in."""
    accounts = {person.id: person.display_name for person in TWITCH_PEOPLE.values()}
    return _page(
        "twitch",
        "Companion wants to connect to your account",
        f"""<p class="code" aria-label="Code">{escape(entry.user_code)}</p>
<p>Go on only if the app shows <strong>the same code</strong>.</p>{_scope_list(entry.scopes)}
<form method="post" action="/twitch/activate"><input type="hidden" name="code" value="{escape(entry.user_code)}">
{_account_choice(accounts, account)}
<div class="row"><button name="decision" value="deny">Deny</button>
<button class="go" name="decision" value="authorize">Authorize</button></div></form>""",
    )


def enter_code_page() -> web.Response:
    """Asks for the code that an application shows."""
    return _page(
        "twitch",
        "Enter the code your app shows",
        """<form method="get" action="/twitch/activate"><input type="hidden" name="public" value="true">
<label for="code">Code</label><input type="text" id="code" name="device-code" autocomplete="off" required>
<div class="row"><button class="go">Continue</button></div></form>""",
    )


def message_page(brand: Brand, title: str, text: str, status: int = 200) -> web.Response:
    """A page that only says something."""
    return _page(brand, title, f"<p>{escape(text)}</p>", status)


def consent_page(query: dict[str, str], scopes: list[str], account: str) -> web.Response:
    """Asks whether the application that opened the authorize page may come in; `query` is handed on."""
    accounts = {person.id: person.display_name for person in SPOTIFY_PEOPLE.values()}
    hidden = "".join(
        f'<input type="hidden" name="{escape(key)}" value="{escape(value)}">' for key, value in query.items()
    )
    return _page(
        "spotify",
        "Companion wants to connect to your account",
        f"""{_scope_list(scopes)}
<form method="post" action="/spotify/accounts/authorize">{hidden}{_account_choice(accounts, account)}
<div class="row"><button name="decision" value="cancel">Cancel</button>
<button class="go" name="decision" value="agree">Agree</button></div></form>""",
    )
