"""The files that are served: a fixed list, read once, so that no request ever names a path on disk."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

PAGES: Final = ("live", "now-playing", "queue", "achievement", "raffle")
"""Page names as they stand in addresses; `<name>.html` is the file."""

_ASSETS: Final = (
    "companion.js",
    "stage.js",
    "turns.js",
    "figures.js",
    "cover.js",
    "live.js",
    "now-playing.js",
    "queue.js",
    "achievement.js",
    "raffle.js",
    "card.css",
    "live.css",
    "now-playing.css",
    "queue.css",
    "achievement.css",
    "raffle.css",
)
_TYPES: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
HTML: Final = "text/html; charset=utf-8"
_VERSION_MARK: Final = b"{{assets}}"
_LOGO_MARK: Final = b"{{spotify_logo}}"
_LOGO: Final = "spotify-logo.svg"


@dataclass(frozen=True, slots=True)
class PageFiles:
    """Pages and assets in memory. `version` names this set of assets and changes with any of their bytes."""

    version: str
    pages: Mapping[str, bytes]
    assets: Mapping[str, tuple[bytes, str]]
    """File name -> content and its media type."""


def load_page_files(directory: Path) -> PageFiles:
    """Read `resources/overlay`. A missing file is a broken installation: `FileNotFoundError`."""
    assets = {name: ((directory / name).read_bytes(), _TYPES[Path(name).suffix]) for name in _ASSETS}
    # The logo stands inside the page: as a picture it would need a second source of images in the policy.
    logo = (directory / _LOGO).read_bytes().strip()
    html = {name: (directory / f"{name}.html").read_bytes().replace(_LOGO_MARK, logo) for name in PAGES}
    digest = hashlib.sha256()
    for content in (*(content for content, _ in assets.values()), *html.values()):
        digest.update(len(content).to_bytes(8, "big") + content)
    version = digest.hexdigest()[:12]
    pages = {name: content.replace(_VERSION_MARK, version.encode()) for name, content in html.items()}
    return PageFiles(version, MappingProxyType(pages), MappingProxyType(assets))
