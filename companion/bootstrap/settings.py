"""Settings: defaults, then the TOML file, then the environment (`COMPANION_TWITCH__CLIENT_ID`, ...)."""

from __future__ import annotations

import os
import tomllib
from collections.abc import MutableMapping
from pathlib import Path
from typing import Literal, TypeAlias

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from companion.application.features import DEFAULT_FEATURES, TWITCH_FEATURES
from companion.kernel.result import Err, Ok, Result
from companion.ports.tokens import App, Provider, app_of

LogLevel: TypeAlias = Literal["debug", "info", "warning", "error"]
FEATURES_VARIABLE = "COMPANION_TWITCH__FEATURES"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TwitchSettings(_Section):
    """Twitch: every address complete with its path prefix, so that another server can stand in."""

    client_id: str = ""
    id_url: str = "https://id.twitch.tv/oauth2"
    helix_url: str = "https://api.twitch.tv/helix"
    eventsub_url: str = "wss://eventsub.wss.twitch.tv/ws"
    features: tuple[str, ...] = DEFAULT_FEATURES
    """Names of `application.features.TWITCH_FEATURES` that are switched on."""

    @field_validator("features")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unknown = [name for name in value if name not in TWITCH_FEATURES]
        if unknown:
            raise ValueError(f"{len(unknown)} unknown; there are {', '.join(sorted(TWITCH_FEATURES))}")
        return value


class SpotifySettings(_Section):
    """Spotify: likewise."""

    client_id: str = ""
    accounts_url: str = "https://accounts.spotify.com"
    api_url: str = "https://api.spotify.com/v1"
    short_link_url: str = "https://spotify.link"


class OverlaySettings(_Section):
    """The local server. Another bind address than loopback is for a second PC, and is warned of."""

    port: int | None = Field(default=None, ge=0, le=65535)
    bind: str = "127.0.0.1"
    allowed_hosts: tuple[str, ...] = ()


class StreamSettings(_Section):
    """The stream's life."""

    resume_window_minutes: float = Field(default=10, ge=0, le=120)


class Settings(BaseSettings):
    """Everything that can be set. Unknown names are refused, so that a misspelling is noticed."""

    model_config = SettingsConfigDict(
        env_prefix="COMPANION_",
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    twitch: TwitchSettings = TwitchSettings()
    spotify: SpotifySettings = SpotifySettings()
    overlay: OverlaySettings = OverlaySettings()
    stream: StreamSettings = StreamSettings()
    log_level: LogLevel = "info"


def load_settings(path: Path) -> Result[Settings, str]:
    """Read the settings; the error names the file, the setting and what is wrong with it, never its value."""

    class FromFile(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
            env_settings: PydanticBaseSettingsSource,
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - pydantic-settings' signature
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return env_settings, TomlConfigSettingsSource(settings_cls, toml_file=path)

    stranger = _unknown_variable()
    if stranger is not None:
        return Err(f"the environment variable {stranger} names no setting")
    try:
        return Ok(FromFile())
    except ValidationError as error:
        wrong = [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors(include_input=False)]
        return Err(f"{path.name} (or the environment): {'; '.join(wrong)}")
    except SettingsError as error:  # its text names the section only; lists and whole sections are given as JSON
        return Err(f"the environment: {error} (not JSON)")
    except (tomllib.TOMLDecodeError, OSError, UnicodeDecodeError) as error:
        return Err(f"{path.name} cannot be read: {error}")


def _unknown_variable() -> str | None:
    """A variable of a section that does not exist; pydantic-settings looks at the known sections alone."""
    prefix = "COMPANION_"
    for name in os.environ:
        section, found, _ = name.upper().removeprefix(prefix).partition("__")
        if name.upper().startswith(prefix) and found and section.lower() not in Settings.model_fields:
            return name
    return None


class SettingsFile:
    """What the application itself changes, and the way to do so without touching the rest of the file."""

    def __init__(self, path: Path, settings: Settings) -> None:
        self._path = path
        self._ids: dict[App, str] = {
            "twitch": settings.twitch.client_id,
            "spotify": settings.spotify.client_id,
        }
        self._features = settings.twitch.features

    def get(self, provider: Provider) -> str:
        """The client id in force."""
        return self._ids[app_of(provider)]

    def save(self, provider: Provider, client_id: str) -> Result[None, str]:
        """Write it, keeping comments and order. Refused while an environment variable overrides it."""
        app = app_of(provider)
        variable = f"COMPANION_{app.upper()}__CLIENT_ID"
        if os.environ.get(variable, client_id) != client_id:
            return Err(f"the environment variable {variable} sets another one")
        written = self._write(app, "client_id", client_id)
        if isinstance(written, Ok):
            self._ids[app] = client_id
        return written

    def features(self) -> tuple[str, ...]:
        """Twitch's features that are switched on."""
        return self._features

    def save_features(self, features: tuple[str, ...]) -> Result[None, str]:
        """Write them likewise."""
        if FEATURES_VARIABLE in os.environ:
            return Err(f"the environment variable {FEATURES_VARIABLE} sets them")
        written = self._write("twitch", "features", list(features))
        if isinstance(written, Ok):
            self._features = features
        return written

    def _write(self, section_name: App, name: str, value: str | list[str]) -> Result[None, str]:
        try:
            text = self._path.read_text("utf-8") if self._path.exists() else ""
            document = tomlkit.parse(text)
            section = document.setdefault(section_name, tomlkit.table())
            if not isinstance(section, MutableMapping):
                return Err(f"{self._path.name}: {section_name} is not a section")
            section[name] = value
            self._path.parent.mkdir(parents=True, exist_ok=True)
            partial = self._path.with_name(self._path.name + ".partial")
            partial.write_text(tomlkit.dumps(document), "utf-8")
            partial.replace(self._path)
        except (OSError, ValueError) as error:
            return Err(str(error))
        return Ok(None)
