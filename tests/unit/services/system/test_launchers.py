from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from companion.services.system.launchers import Launchers


@pytest.fixture
def launchers(tmp_path: Path) -> Launchers:
    template = tmp_path / "launcher.html"
    template.write_text('<body data-address="{{address}}">', "utf-8")
    return Launchers(folder=tmp_path / "overlays", template=template)


def test_each_page_gets_a_file_with_its_address(launchers: Launchers) -> None:
    launchers.update({"live": 'http://127.0.0.1:1/overlay/live?token=a&"x'})

    text = Path(launchers.paths()["live"]).read_text("utf-8")

    assert 'data-address="http://127.0.0.1:1/overlay/live?token=a&amp;&quot;x"' in text


def test_the_path_stays_when_the_address_changes(launchers: Launchers) -> None:
    launchers.update({"live": "http://127.0.0.1:1/overlay/live?token=old"})
    before = launchers.paths()["live"]
    launchers.update({"live": "http://127.0.0.1:2/overlay/live?token=new"})

    assert launchers.paths()["live"] == before
    assert "token=new" in Path(before).read_text("utf-8")
    assert "token=old" not in Path(before).read_text("utf-8")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has access lists instead of mode bits")
def test_nobody_else_may_read_it(launchers: Launchers) -> None:
    launchers.update({"live": "http://127.0.0.1:1/overlay/live?token=a"})

    assert stat.S_IMODE(Path(launchers.paths()["live"]).stat().st_mode) == 0o600


@pytest.mark.expected_logs("the waiting page live cannot be written")
def test_a_folder_that_cannot_be_written_is_told_and_leaves_nothing(launchers: Launchers, tmp_path: Path) -> None:
    (tmp_path / "overlays").write_text("a file where the folder should be", "utf-8")

    launchers.update({"live": "http://127.0.0.1:1/overlay/live?token=a"})

    assert dict(launchers.paths()) == {}


def test_while_nothing_is_served_the_files_stay(launchers: Launchers) -> None:
    launchers.update({"live": "http://127.0.0.1:1/overlay/live?token=a"})
    launchers.update({})

    assert Path(launchers.paths()["live"]).exists()
