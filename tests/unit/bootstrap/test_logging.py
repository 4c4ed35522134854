"""Whatever is logged, and however: no secret in the file, none on the terminal."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from companion.bootstrap import logging as our_logging
from companion.bootstrap.logging import close_logging, configure_logging
from companion.kernel.redacted import MASK, Redacted, Scrubber

SECRET = 'planted"secret\\value-0001'
"""With characters that JSON and `repr` write differently."""
log = logging.getLogger("companion.test")


@pytest.fixture(autouse=True)
def levels_restored() -> Iterator[None]:
    before = {name: logging.getLogger(name).level for name in our_logging._CHATTY}
    raising = logging.raiseExceptions
    yield
    logging.raiseExceptions = raising
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def scrubber() -> Scrubber:
    scrubber = Scrubber()
    scrubber.learn(Redacted(SECRET))
    scrubber.learn(Redacted("planted-too-0002"))
    return scrubber


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Standard error."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    return stream


@pytest.fixture
def configured(tmp_path: Path, scrubber: Scrubber, terminal: io.StringIO) -> Iterator[Path]:
    handlers = configure_logging(folder=tmp_path / "logs", level="debug", scrubber=scrubber)
    yield tmp_path / "logs" / "companion.log"
    close_logging(handlers)


def in_message() -> None:
    log.error(f"the token is {SECRET}")  # noqa: G004 - what must not be done


def in_arguments() -> None:
    log.error("the token is %s of %r", SECRET, {"value": SECRET})


def in_a_dictionary() -> None:
    log.error("the token is %(value)s", {"value": SECRET})


def in_extra() -> None:
    log.error("a token came", extra={"value": SECRET})


def in_an_exception() -> None:
    try:
        raise ValueError(f"bad token {SECRET}")
    except ValueError:
        log.exception("it broke")


def in_the_cause() -> None:
    try:
        try:
            raise KeyError(SECRET)
        except KeyError as error:
            error.add_note(f"note: {SECRET}")
            raise RuntimeError("outer") from error
    except RuntimeError as error:
        log.error("it broke", exc_info=error)


def in_the_stack() -> None:
    log.error("here", stack_info=True)  # the line itself is told: planted-too-0002


def as_a_shape() -> None:
    log.error('{"access_token": "abcdef0123456789"} Authorization: Bearer ghijkl0123456789')


def in_an_object() -> None:
    log.error("got %s", Redacted("something nobody learned"))


WAYS = [
    *(in_message, in_arguments, in_a_dictionary, in_extra, in_an_exception, in_the_cause, in_the_stack),
    *(as_a_shape, in_an_object),
]


@pytest.mark.expected_logs
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_way_leads_into_file_or_terminal(way: Callable[[], None], configured: Path, terminal: io.StringIO) -> None:
    way()
    told, written = terminal.getvalue(), configured.read_text("utf-8")
    (line,) = written.splitlines()
    assert json.loads(line)["level"] == "error"
    for text in (told, written):
        assert text
        for secret in ("planted", "value-0001", "abcdef0123456789", "ghijkl0123456789", "nobody learned"):
            assert secret not in text
    if way not in (in_extra, in_an_object):
        assert MASK in written


@pytest.mark.expected_logs
def test_a_line_of_the_file(configured: Path) -> None:
    try:
        raise ValueError("the reason")
    except ValueError:
        log.exception("two\nlines of %s", "text")
    log.debug("fine")
    first, second = [json.loads(line) for line in configured.read_text("utf-8").splitlines()]
    assert first["event"] == "two\nlines of text"
    assert (first["level"], first["logger"]) == ("error", "companion.test")
    assert first["timestamp"].endswith("Z")
    assert "ValueError: the reason" in first["exception"]
    assert second["level"] == "debug"


@pytest.mark.expected_logs
def test_a_secret_learned_later_is_cut_from_then_on(configured: Path, scrubber: Scrubber) -> None:
    scrubber.learn(Redacted("renewed-secret-0002"))
    log.warning("renewed-secret-0002")
    assert "renewed" not in configured.read_text("utf-8")


def test_a_wrong_format_is_no_crash(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    handlers = configure_logging(folder=tmp_path, level="info", scrubber=Scrubber())
    for handler in handlers:
        handler.handle(logging.LogRecord("companion.test", logging.ERROR, "f", 1, "%d", (SECRET,), None))
        handler.handle(logging.LogRecord("companion.test", logging.ERROR, "f", 1, "goes on", None, None))
    close_logging(handlers)
    told = capsys.readouterr().err
    assert "goes on" in told and "goes on" in (tmp_path / "companion.log").read_text("utf-8")
    assert "planted" not in told


@pytest.mark.expected_logs
def test_the_level_holds(tmp_path: Path) -> None:
    handlers = configure_logging(folder=tmp_path, level="warning", scrubber=Scrubber(), to_terminal=False)
    log.info("too little")
    log.warning("enough")
    close_logging(handlers)
    text = (tmp_path / "companion.log").read_text("utf-8")
    assert "enough" in text and "too little" not in text


@pytest.mark.expected_logs
@pytest.mark.parametrize(
    "name",
    ["httpx", "httpcore.http11", "websockets.client", "asyncio", "qasync", "keyring.backend", "sqlalchemy.engine"],
)
def test_chatty_libraries_speak_up_from_warnings_on(name: str, configured: Path) -> None:
    logging.getLogger(name).debug("GET https://api.example/?token=abcdefgh")
    logging.getLogger(name).info("GET https://api.example/?token=abcdefgh")
    assert configured.read_text("utf-8") == ""
    logging.getLogger(name).warning("it does not work")
    assert "it does not work" in configured.read_text("utf-8")


@pytest.mark.expected_logs
def test_the_file_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(our_logging, "FILE_SIZE", 2000)
    monkeypatch.setattr(our_logging, "FILES", 2)
    handlers = configure_logging(folder=tmp_path, level="info", scrubber=Scrubber(), to_terminal=False)
    for number in range(100):
        log.info("line %d with some more text in it", number)
    close_logging(handlers)
    files = sorted(tmp_path.iterdir())
    assert [it.name for it in files] == ["companion.log", "companion.log.1", "companion.log.2"]
    assert all(it.stat().st_size <= 2000 for it in files)
    assert "line 99 " in files[0].read_text("utf-8")


@pytest.mark.expected_logs
def test_a_folder_that_cannot_be_written_leaves_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file")
    handlers = configure_logging(folder=tmp_path / "logs", level="info", scrubber=Scrubber())
    log.warning("still told")
    close_logging(handlers)
    told = capsys.readouterr().err
    assert "No log file can be written" in told
    assert "still told" in told


def test_without_terminal_and_file_nothing_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A windowed bundle has neither standard error nor, here, a folder that it may write."""
    monkeypatch.setattr("sys.stderr", None)
    monkeypatch.setattr("sys.stdout", None)
    (tmp_path / "logs").write_text("a file")
    assert configure_logging(folder=tmp_path / "logs", level="info", scrubber=Scrubber()) == []


def test_closing_leaves_the_root_logger_as_it_was(tmp_path: Path) -> None:
    before = list(logging.getLogger().handlers)
    handlers = configure_logging(folder=tmp_path, level="info", scrubber=Scrubber())
    assert len(handlers) == 2
    close_logging(handlers)
    assert logging.getLogger().handlers == before
