"""Tells when the network is back, where the system says so."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtNetwork import QNetworkInformation


class NetworkWatch(QObject):
    """`on_back` is called each time the machine goes from cut off to connected (never at the start)."""

    def __init__(self, *, on_back: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._on_back = on_back
        self._information: QNetworkInformation | None = None
        self._was_cut_off = False

    def start(self) -> bool:
        """Whether this system can tell; without it nothing is lost but time, since every wait ends by itself."""
        if not QNetworkInformation.loadBackendByFeatures(QNetworkInformation.Feature.Reachability):
            return False
        self._information = QNetworkInformation.instance()
        if self._information is None:
            return False
        self._information.reachabilityChanged.connect(self.changed)
        self.changed(self._information.reachability())
        return True

    def changed(self, reachability: QNetworkInformation.Reachability) -> None:
        """What the system said last. Unknown changes nothing."""
        if reachability == QNetworkInformation.Reachability.Disconnected:
            self._was_cut_off = True
        elif reachability == QNetworkInformation.Reachability.Online and self._was_cut_off:
            self._was_cut_off = False
            self._on_back()

    def close(self) -> None:
        """Hear nothing more."""
        if self._information is not None:
            self._information.reachabilityChanged.disconnect(self.changed)
            self._information = None
