"""Defaults, file, environment; and the one thing that is ever written into the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from companion.bootstrap.settings import Settings, SettingsFile, load_settings
from companion.kernel.result import Err, Ok

DEFAULTS = {
    "twitch.client_id": "",
    "twitch.id_url": "https://id.twitch.tv/oauth2",
    "twitch.helix_url": "https://api.twitch.tv/helix",
    "twitch.eventsub_url": "wss://eventsub.wss.twitch.tv/ws",
    "twitch.features": ("redemptions", "chat"),
    "spotify.client_id": "",
    "spotify.accounts_url": "https://accounts.spotify.com",
    "spotify.api_url": "https://api.spotify.com/v1",
    "spotify.short_link_url": "https://spotify.link",
    "overlay.port": None,
    "overlay.bind": "127.0.0.1",
    "overlay.allowed_hosts": (),
    "stream.resume_window_minutes": 10,
    "log_level": "info",
}
OTHER: dict[str, tuple[str, object]] = {
    "twitch.client_id": ("from-environment", "from-environment"),
    "twitch.id_url": ("http://127.0.0.1:1/id", "http://127.0.0.1:1/id"),
    "twitch.helix_url": ("http://127.0.0.1:1/helix", "http://127.0.0.1:1/helix"),
    "twitch.eventsub_url": ("ws://127.0.0.1:1/ws", "ws://127.0.0.1:1/ws"),
    "twitch.features": ('["chat", "bits"]', ("chat", "bits")),
    "spotify.client_id": ("from-environment", "from-environment"),
    "spotify.accounts_url": ("http://127.0.0.1:1/a", "http://127.0.0.1:1/a"),
    "spotify.api_url": ("http://127.0.0.1:1/v1", "http://127.0.0.1:1/v1"),
    "spotify.short_link_url": ("http://127.0.0.1:1/s", "http://127.0.0.1:1/s"),
    "overlay.port": ("17999", 17999),
    "overlay.bind": ("192.0.2.7", "192.0.2.7"),
    "overlay.allowed_hosts": ('["studio.example"]', ("studio.example",)),
    "stream.resume_window_minutes": ("2.5", 2.5),
    "log_level": ("debug", "debug"),
}
FILE = """\
# how I like it
log_level = "warning"

[twitch]
client_id = "from-file"      # the one I registered
id_url = "http://127.0.0.1:2/id"
helix_url = "http://127.0.0.1:2/helix"
eventsub_url = "ws://127.0.0.1:2/ws"
features = ["shoutouts"]

[spotify]
client_id = "from-file"
accounts_url = "http://127.0.0.1:2/a"
api_url = "http://127.0.0.1:2/v1"
short_link_url = "http://127.0.0.1:2/s"

[overlay]
port = 17801
bind = "192.0.2.8"
allowed_hosts = ["file.example"]

[stream]
resume_window_minutes = 7
"""
PLANTED = "not-to-be-repeated"


def variable(name: str) -> str:
    return "COMPANION_" + name.upper().replace(".", "__")


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in DEFAULTS:
        monkeypatch.delenv(variable(name), raising=False)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def loaded(file: Path) -> Settings:
    match load_settings(file):
        case Ok(settings):
            return settings
        case Err(why):
            raise AssertionError(why)


def refusal(file: Path) -> str:
    match load_settings(file):
        case Ok(settings):
            raise AssertionError(settings)
        case Err(why):
            return why


def value(settings: Settings, name: str) -> object:
    found: object = settings
    for part in name.split("."):
        found = getattr(found, part)
    return found


def test_without_a_file_the_defaults_hold(file: Path) -> None:
    settings = loaded(file)
    assert {name: value(settings, name) for name in DEFAULTS} == DEFAULTS
    assert not file.exists()


def test_every_setting_is_in_these_tables() -> None:
    names = set()
    for section, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", None)
        names |= {section} if inner is None else {f"{section}.{name}" for name in inner}
    assert names == set(DEFAULTS) == set(OTHER)


def test_the_file_overrides_every_default(file: Path) -> None:
    file.write_text(FILE, "utf-8")
    settings = loaded(file)
    assert [name for name, default in DEFAULTS.items() if value(settings, name) == default] == []


@pytest.mark.parametrize("name", OTHER)
def test_the_environment_overrides_one_setting_and_leaves_the_file_its_others(
    name: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(FILE, "utf-8")
    before = loaded(file)
    text, wanted = OTHER[name]
    monkeypatch.setenv(variable(name), text)
    after = loaded(file)
    assert value(after, name) == wanted
    assert [it for it in DEFAULTS if value(after, it) != value(before, it)] == [name]


def test_the_environment_stands_over_the_defaults_too(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANION_TWITCH__ID_URL", "http://127.0.0.1:1/id")
    settings = loaded(file)
    assert settings.twitch.id_url == "http://127.0.0.1:1/id"
    assert settings.twitch.helix_url == DEFAULTS["twitch.helix_url"]


@pytest.mark.parametrize(
    "text, named",
    [
        ("wrong = 1", "wrong"),
        ("[twitch]\nclientid = 'x'", "twitch.clientid"),
        ("[obs]\nport = 1", "obs"),
        ("[overlay]\nport = 70000", "overlay.port"),
        ("[overlay]\nport = 'high'", "overlay.port"),
        ("[stream]\nresume_window_minutes = -1", "stream.resume_window_minutes"),
        ("log_level = 'loud'", "log_level"),
        ("twitch = 3", "twitch"),
        ("[twitch]\nfeatures = ['telepathy']", "twitch.features"),
        ("[twitch\n", "line 1"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(text: str, named: str, file: Path) -> None:
    file.write_text(text, "utf-8")
    why = refusal(file)
    assert "settings.toml" in why
    assert named in why


@pytest.mark.parametrize(
    "text",
    [
        f"wrong = '{PLANTED}'",
        f"[twitch]\nclientid = '{PLANTED}'",
        f"[twitch]\nfeatures = ['{PLANTED}']",
        f"[twitch]\nfeatures = '{PLANTED}'",
        f"[twitch]\nclient_id = ['{PLANTED}']",
        f"[overlay]\nport = '{PLANTED}'",
        f"log_level = '{PLANTED}'",
        f"twitch = '{PLANTED}'",
        f"[twitch]\nclient_id = {PLANTED}",
        f"[twitch]\nclient_id = '{PLANTED}",
        f"'{PLANTED}'",
    ],
)
def test_a_wrong_value_is_never_repeated(text: str, file: Path) -> None:
    file.write_text(text, "utf-8")
    assert PLANTED not in refusal(file)


@pytest.mark.parametrize(
    "name",
    [
        "COMPANION_TWITCH__CLIENTID",
        "COMPANION_TWITCH__FEATURES",
        "COMPANION_OVERLAY__ALLOWED_HOSTS",
        "COMPANION_OVERLAY__PORT",
        "COMPANION_TWITCH",
        "COMPANION_TWICH__CLIENT_ID",
        "companion_twich__client_id",
        "COMPANION_LOG_LEVEL",
    ],
)
def test_a_wrong_variable_is_refused_without_its_value(name: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, PLANTED)
    why = refusal(file)
    assert "environment" in why
    assert PLANTED not in why


def test_variables_of_others_are_left_alone(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANION_TEST_KEYRING", "none")
    monkeypatch.setenv("SOMEBODY__TWITCH__CLIENT_ID", "x")
    assert loaded(file).twitch.client_id == ""


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"a = '\x80'"])
def test_a_file_that_is_no_text_is_an_error(content: bytes, file: Path) -> None:
    file.write_bytes(content)
    assert "cannot be read" in refusal(file)


def test_a_folder_in_its_place_is_no_settings_file(file: Path) -> None:
    file.mkdir()
    loaded_or_told = load_settings(file)
    assert isinstance(loaded_or_told, Ok) or "cannot be read" in loaded_or_told.error


def test_saving_changes_one_line(file: Path) -> None:
    file.write_text(FILE, "utf-8")
    ids = SettingsFile(file, loaded(file))
    assert (ids.get("twitch"), ids.get("spotify")) == ("from-file", "from-file")
    assert ids.save("twitch", "a-new-one") == Ok(None)
    assert ids.get("twitch") == "a-new-one"
    assert file.read_text("utf-8") == FILE.replace('client_id = "from-file"   ', 'client_id = "a-new-one"   ', 1)
    assert loaded(file).twitch.client_id == "a-new-one"
    assert [it.name for it in file.parent.iterdir()] == ["settings.toml"]


def test_both_logins_with_twitch_are_of_one_app(file: Path) -> None:
    ids = SettingsFile(file, Settings())
    assert ids.save("twitch_bot", "mine") == Ok(None)
    assert (ids.get("twitch"), ids.get("twitch_bot"), ids.get("spotify")) == ("mine", "mine", "")
    assert loaded(file).twitch.client_id == "mine"


def test_saving_makes_file_folder_and_section(tmp_path: Path) -> None:
    file = tmp_path / "new" / "settings.toml"
    ids = SettingsFile(file, Settings())
    assert ids.save("spotify", "mine") == Ok(None)
    assert ids.save("twitch", "mine too") == Ok(None)
    settings = loaded(file)
    assert (settings.spotify.client_id, settings.twitch.client_id) == ("mine", "mine too")


def test_what_the_environment_overrides_is_not_saved(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANION_TWITCH__CLIENT_ID", "from-environment")
    ids = SettingsFile(file, loaded(file))
    refused = ids.save("twitch", "mine")
    assert isinstance(refused, Err) and "COMPANION_TWITCH__CLIENT_ID" in refused.error
    assert ids.get("twitch") == "from-environment"
    assert not file.exists()
    assert ids.save("twitch", "from-environment") == Ok(None)


@pytest.mark.parametrize("content", ["twitch = 3\n", "[twitch\n"])
def test_a_file_broken_meanwhile_is_left_as_it_is(content: str, file: Path) -> None:
    ids = SettingsFile(file, Settings())
    file.write_text(content, "utf-8")
    assert isinstance(ids.save("twitch", "mine"), Err)
    assert file.read_text("utf-8") == content
    assert ids.get("twitch") == ""


def test_a_disk_that_refuses_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    ids = SettingsFile(tmp_path / "taken" / "settings.toml", Settings())
    assert isinstance(ids.save("twitch", "mine"), Err)
    (tmp_path / "settings.toml.partial").mkdir()
    (tmp_path / "settings.toml").write_text(FILE, "utf-8")
    ids = SettingsFile(tmp_path / "settings.toml", Settings())
    assert isinstance(ids.save("twitch", "mine"), Err)
    assert (tmp_path / "settings.toml").read_text("utf-8") == FILE
    assert ids.get("twitch") == ""


def test_features_are_saved_beside_the_rest(file: Path) -> None:
    file.write_text(FILE, "utf-8")
    settings = SettingsFile(file, loaded(file))
    assert settings.save_features(("chat", "bits")) == Ok(None)
    assert settings.features() == ("chat", "bits")
    assert loaded(file).twitch.features == ("chat", "bits")
    assert loaded(file).twitch.client_id == "from-file"
    comments = [line for line in FILE.splitlines() if "#" in line]
    assert [line for line in file.read_text("utf-8").splitlines() if "#" in line] == comments


def test_features_that_the_environment_sets_are_not_saved(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMPANION_TWITCH__FEATURES", '["chat"]')
    settings = SettingsFile(file, loaded(file))
    refused = settings.save_features(("chat", "bits"))
    assert isinstance(refused, Err) and "COMPANION_TWITCH__FEATURES" in refused.error
    assert settings.features() == ("chat",)
    assert not file.exists()
