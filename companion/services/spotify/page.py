"""The one page that the browser shows when it comes back from Spotify: no script, nothing loaded, light and dark."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass(frozen=True, slots=True)
class Words:
    """What a page says."""

    title: str
    text: str


AGREED = Words("Spotify said yes", "You can close this tab; Companion goes on by itself.")
DENIED = Words(
    "Nothing was connected",
    "You said no on Spotify's page, and that is fine. You can close this tab; Companion has a button to try again.",
)
TROUBLE = Words(
    "Spotify did not finish the sign-in",
    "You can close this tab; Companion says what happened and how to go on.",
)
STRANGER = Words(
    "This tab is from another attempt",
    "You can close this tab and go on in the newest one, or press “Try again” in Companion.",
)

HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"),
    ("Cache-Control", "no-store"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'"),
)

_STYLE = """
:root { color-scheme: light dark; --ground: #f6f5f3; --card: #ffffff; --ink: #1d1b20; --soft: #5c5866; --line: #dedbe3 }
@media (prefers-color-scheme: dark) {
  :root { --ground: #17151b; --card: #211e27; --ink: #f1eff5; --soft: #b3adbf; --line: #37323f }
}
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px;
  background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { max-width: 420px; padding: 32px; border: 1px solid var(--line); border-radius: 12px; background: var(--card) }
p.name { margin: 0 0 16px; color: var(--soft); font-size: 14px }
h1 { margin: 0 0 8px; font-size: 22px; line-height: 1.3 }
p { margin: 0; color: var(--soft) }
"""


def render(words: Words) -> bytes:
    """The page as UTF-8. `rel=icon` with empty data keeps the browser from asking for a favicon."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<title>{escape(words.title)} · Companion</title>\n<link rel="icon" href="data:,">\n'
        f'<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<p class="name">Companion</p>\n'
        f"<h1>{escape(words.title)}</h1>\n<p>{escape(words.text)}</p>\n</main>\n</body>\n</html>\n"
    ).encode()
