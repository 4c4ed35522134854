"""The catalogue on disk: read whole at start, then only what has changed is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import String, select, type_coerce
from sqlalchemy.orm import Session

from companion.kernel.instant import Instant
from companion.kernel.result import Err
from companion.objects.chat_commands import rules
from companion.objects.chat_commands.catalogue import Catalogue, Value
from companion.objects.chat_commands.tables import ChatCommandRow, ChatValueRow, OfferedDefaultRow
from companion.objects.chat_commands.templates import parse_template
from companion.ports.chat_commands import Command
from companion.runtime.set_aside import load_or_set_aside


def read(session: Session, at: Instant) -> tuple[Catalogue, list[str]]:
    """What is stored, and why single rows had to be set aside."""
    problems: list[str] = []
    values: dict[str, Value] = {}
    for name in session.scalars(select(type_coerce(ChatValueRow.name, String))).all():
        row, problem = load_or_set_aside(session, ChatValueRow, name, at)
        if row is not None:
            values[name] = Value(row.text, row.count)
        elif problem is not None:
            problems.append(f"the value {name}: {problem}")
    commands: dict[str, Command] = {}
    for name in session.scalars(select(type_coerce(ChatCommandRow.name, String))).all():
        command, problem = _read_command(session, name, at)
        if command is not None:
            commands[name] = command
        elif problem is not None:
            problems.append(f"the command {name}: {problem}")
    for command in commands.values():
        if command.value_of is not None:
            values.setdefault(command.value_of, Value())
    return Catalogue.of(commands, values), problems


def write(session: Session, before: Catalogue, after: Catalogue) -> None:
    """Bring the rows from `before` to `after`."""
    for name in before.commands.keys() - after.commands.keys():
        session.delete(session.get_one(ChatCommandRow, name))
    for name in before.values.keys() - after.values.keys():
        row = session.get(ChatValueRow, name)
        if row is not None:
            session.delete(row)
    for name, command in after.commands.items():
        if before.commands.get(name) != command:
            session.merge(ChatCommandRow.of(command))
    for name, value in after.values.items():
        if before.values.get(name) != value:
            session.merge(ChatValueRow(name=name, text=value.text, count=value.count))


def not_offered(session: Session, defaults: Sequence[Command], at: Instant) -> list[Command]:
    """The defaults that were never offered; from now on they were."""
    offered = set(session.scalars(select(OfferedDefaultRow.name)))
    fresh = [default for default in defaults if default.name not in offered]
    session.add_all(OfferedDefaultRow(name=default.name, at=at) for default in fresh)
    return fresh


def _read_command(session: Session, name: str, at: Instant) -> tuple[Command | None, str | None]:
    row, problem = load_or_set_aside(session, ChatCommandRow, name, at)
    if row is None:
        return None, problem
    reason = _unreadable(row.value())
    if reason is None:
        return row.value(), None
    load_or_set_aside(session, ChatCommandRow, name, at, reason)
    return None, reason


def _unreadable(command: Command) -> str | None:
    """Only what cannot be worked with: a time zone that this machine does not know is no reason."""
    parsed = parse_template(command.template)
    if isinstance(parsed, Err):
        return parsed.error
    checked = rules.in_form(replace(command, template=command.template and "-"))
    return checked.error.detail if isinstance(checked, Err) else None
