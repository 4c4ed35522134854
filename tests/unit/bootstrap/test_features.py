"""A feature that is switched on is asked for at the next sign-in, without a restart."""

from __future__ import annotations

from pathlib import Path

from companion.bootstrap.settings import load_settings
from companion.kernel.result import Err, Ok
from tests.unit.bootstrap.rig import running


async def test_a_switch_holds_for_the_next_sign_in_and_the_next_start(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        application, scopes = rig.graph.application, rig.graph.logins.scopes
        assert "bits:read" not in scopes["twitch"]
        assert await application.switch_feature("bits", on=True) == Ok(None)
        assert await application.switch_feature("redemptions", on=False) == Ok(None)
        assert scopes["twitch"] == {"bits:read", "user:read:chat", "user:write:chat"}
        assert [view.name for view in application.snapshot().features if view.on] == ["chat", "bits"]
    stored = load_settings(tmp_path / "settings.toml")
    assert isinstance(stored, Ok) and stored.value.twitch.features == ("chat", "bits")


async def test_what_cannot_be_stored_changes_nothing(tmp_path: Path) -> None:
    async with running(tmp_path) as rig:
        (tmp_path / "settings.toml").write_text("[twitch", "utf-8")
        before = rig.graph.logins.scopes["twitch"]
        assert isinstance(await rig.graph.application.switch_feature("bits", on=True), Err)
        assert rig.graph.logins.scopes["twitch"] == before
