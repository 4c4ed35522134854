"""Small pages on disk that wait for Companion and then make way for the real overlay page.

A browser source whose address cannot be loaded shows nothing and is not tried again by OBS (obs-browser issue
71). A local file always loads: it knocks until the server answers. Its path stays the same when the port or the
tokens change, so such a source never has to be touched again.
"""

from __future__ import annotations

import html
import logging
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from companion.services.system.private_file import replace_private

TEMPLATE = "launcher.html"
_MARK = "{{address}}"
_log = logging.getLogger("companion.overlay")


class Launchers:
    """Keeps one file per overlay page in `folder`; each holds an address with its token, so it is private."""

    def __init__(self, *, folder: Path, template: Path) -> None:
        self._folder = folder
        self._template = template.read_text("utf-8")
        self._written: dict[str, str] = {}

    def update(self, addresses: Mapping[str, str]) -> None:
        """Write the files whose address is new. A file that cannot be written is logged; the old one stays."""
        for name, address in addresses.items():
            if self._written.get(name) == address:
                continue
            text = self._template.replace(_MARK, html.escape(address, quote=True))
            try:
                replace_private(self._folder / f"{name}.html", text.encode())
            except OSError as error:
                _log.warning("the waiting page %s cannot be written: %s", name, error.strerror)
                return
            self._written[name] = address

    def paths(self) -> Mapping[str, str]:
        """Page name -> path of its waiting file, as far as they are written."""
        return MappingProxyType({name: str(self._folder / f"{name}.html") for name in self._written})
