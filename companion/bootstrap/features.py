"""Twitch's features as the person switches them: in the settings file, and for the next sign-in."""

from __future__ import annotations

from collections.abc import Collection

from companion.application.features import TWITCH_FEATURES, twitch_scopes
from companion.bootstrap.logins import Logins
from companion.bootstrap.settings import SettingsFile
from companion.kernel.result import Err, Ok, Result


class FeatureSwitches:
    """Implements `ports.settings.TwitchFeatures`. Takes effect at once: no restart is needed, only another sign-in."""

    def __init__(self, *, file: SettingsFile, logins: Logins) -> None:
        self._file = file
        self._logins = logins

    def on(self) -> Collection[str]:
        """See `ports.settings.TwitchFeatures`."""
        return self._file.features()

    def switch(self, name: str, *, on: bool) -> Result[None, str]:
        """See `ports.settings.TwitchFeatures`."""
        wanted = {*self._file.features(), name} if on else set(self._file.features()) - {name}
        features = tuple(each for each in TWITCH_FEATURES if each in wanted)
        saved = self._file.save_features(features)
        if isinstance(saved, Err):
            return saved
        scopes = twitch_scopes(features)
        self._logins.scopes["twitch"] = scopes
        self._logins.twitch.need(scopes)
        return Ok(None)
