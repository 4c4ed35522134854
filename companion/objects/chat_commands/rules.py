"""What may stand in the catalogue: decisions about single commands, pure. Every refusal is a sentence."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Final, get_args

from companion.kernel.result import Err, Ok, Result
from companion.objects.chat_commands.catalogue import Catalogue, Value
from companion.objects.chat_commands.templates import parse_template, plain_names, template_problem
from companion.ports.chat import LONGEST_LINE
from companion.ports.chat_commands import (
    BadCommand,
    Command,
    CommandKind,
    ComputedName,
    NameTaken,
    ValueShared,
)
from companion.ports.viewers import ROLES

NAME: Final = re.compile(r"[a-z0-9_-]{1,50}")
LONGEST_COOLDOWN: Final = timedelta(days=1)
LONGEST_VALUE: Final = 400
"""Code points; a reply has 500, and the words around the value want some."""
MOST_ALIASES: Final = 10
MOST_COMMANDS: Final = 500
HIGHEST_COUNT: Final = 1_000_000_000
_NUMBER: Final = re.compile(r"[0-9]{1,10}")
_FORM: Final = "1 to 50 letters from a to z, digits, - and _"


def spelled(name: str) -> str:
    """A name as the catalogue has it: as somebody may type it, with the exclamation mark and in any case."""
    return name.strip().removeprefix("!").lower()


def in_form(command: Command) -> Result[Command, BadCommand]:
    """`command` as it is stored, or what about it cannot be, whatever else stands in the catalogue."""
    name = spelled(command.name)
    aliases = tuple(dict.fromkeys(spelled(alias) for alias in command.aliases))
    template = " ".join(command.template.split())
    written = replace(command, name=name, aliases=aliases, template=template)
    problem = (
        _name_problem(written)
        or _kind_problem(written)
        or _text_problem(written)
        or _role_problem(written)
        or _cooldown_problem(written)
    )
    return Ok(_with_value_name(written)) if problem is None else Err(BadCommand(problem))


def fits(command: Command, catalogue: Catalogue, *, replacing: Command | None = None) -> BadCommand | NameTaken | None:
    """Why `command` (in form) cannot join `catalogue`, in the place of `replacing` if that is given."""
    own = None if replacing is None else replacing.name
    for name in (command.name, *command.aliases):
        if catalogue.index.get(name, own) != own:
            return NameTaken(name)
    if replacing is None and len(catalogue.commands) >= MOST_COMMANDS:
        return BadCommand(f"There are {MOST_COMMANDS} commands already; delete one first.")
    if replacing is not None and (shared := _unshares(command, replacing, catalogue)):
        return BadCommand(f"{_listed(shared)} would lose the value that !{replacing.name} keeps.")
    return _value_refusal(command, catalogue, replacing)


def shared_source(command: Command, catalogue: Catalogue) -> ValueShared | None:
    """Why `command` cannot be deleted: it is the source of a value that others use."""
    others = _other_users(command, catalogue)
    return ValueShared(command.name, others) if others else None


def new_value(command: Command, text: str, now: Value) -> Result[Value, BadCommand]:
    """What a value or counter becomes when `text` is set."""
    text = " ".join(text.split())
    if command.kind == "counter":
        if not _NUMBER.fullmatch(text) or int(text) > HIGHEST_COUNT:
            return Err(BadCommand(f"!{command.name} counts: it takes a whole number from 0 to {HIGHEST_COUNT:,}."))
        return Ok(replace(now, count=int(text)))
    if command.kind != "dynamic":
        return Err(BadCommand(f"!{command.name} has no value of its own to set."))
    if len(text) > LONGEST_VALUE:
        return Err(BadCommand(f"A value has at most {LONGEST_VALUE} characters."))
    return Ok(replace(now, text=text))


def counted(now: Value) -> Value:
    """One more."""
    return replace(now, count=min(now.count + 1, HIGHEST_COUNT))


def _with_value_name(command: Command) -> Command:
    named = spelled(command.value_of) if command.value_of else None
    if command.kind in ("dynamic", "counter"):
        return replace(command, value_of=named or command.name)
    return replace(command, value_of=named if command.kind == "static" else None)


def _name_problem(command: Command) -> str | None:
    for name in (command.name, *command.aliases):
        if not NAME.fullmatch(name):
            return f"“{name[:60]}” cannot be a command's name: it needs {_FORM}."
    if command.name in command.aliases:
        return f"“{command.name}” is the name already and cannot be another name for itself."
    if len(command.aliases) > MOST_ALIASES:
        return f"A command has at most {MOST_ALIASES} other names."
    return None


def _kind_problem(command: Command) -> str | None:
    if command.kind not in get_args(CommandKind):
        return f"There is no kind “{command.kind}”. There are static, dynamic, counter and computed."
    if command.kind == "computed" and command.computed not in get_args(ComputedName):
        return f"Companion computes no “{command.computed}”."
    if command.kind != "computed" and command.computed is not None:
        return "Only a computed command names what is computed."
    return None


def _text_problem(command: Command) -> str | None:
    if command.kind == "computed":
        return "A computed command has no text of its own." if command.template else None
    if not command.template:
        return "The reply needs a text."
    if len(command.template) > LONGEST_LINE:
        return f"The reply has at most {LONGEST_LINE} characters."
    return template_problem(command.template)


def _role_problem(command: Command) -> str | None:
    unknown = next((role for role in (command.role, command.set_role) if role not in ROLES), None)
    return None if unknown is None else f"There is no role “{unknown}”. There are {', '.join(ROLES)}."


def _cooldown_problem(command: Command) -> str | None:
    for span in (command.cooldown, command.viewer_cooldown):
        if not timedelta(0) <= span <= LONGEST_COOLDOWN:
            return "A cooldown lasts from 0 seconds to 24 hours."
    return None


def _value_refusal(command: Command, catalogue: Catalogue, replacing: Command | None) -> BadCommand | None:
    """Whether the value exists, is of the right sort, and the text asks for no other."""
    kind: CommandKind | None = None
    if command.value_of == command.name or (replacing is not None and command.value_of == replacing.name):
        kind = command.kind if command.kind in ("dynamic", "counter") else None
    elif command.value_of is not None:
        kind = catalogue.kind_of(command.value_of)
    if command.value_of is not None and kind is None:
        return BadCommand(f"No command keeps a value called “{command.value_of}”.")
    if command.kind in ("dynamic", "counter") and kind != command.kind:
        return BadCommand(f"“{command.value_of}” is kept by a {kind} command: only those may change it.")
    parsed = parse_template(command.template)
    names = plain_names(parsed.value) if isinstance(parsed, Ok) else frozenset()
    if "count" in names and kind != "counter":
        return BadCommand("{count} needs a counter: make the command one, or name the counter to show.")
    if "value" in names and kind != "dynamic":
        return BadCommand("{value} needs a value: make the command dynamic, or name the value to show.")
    return None


def _unshares(new: Command, old: Command, catalogue: Catalogue) -> tuple[str, ...]:
    """Who would lose their value if the source became `new`."""
    keeps = new.kind == old.kind and new.value_of in (old.name, new.name)
    return () if keeps else _other_users(old, catalogue)


def _other_users(command: Command, catalogue: Catalogue) -> tuple[str, ...]:
    if command.value_of != command.name:
        return ()
    return tuple(name for name in catalogue.used_by(command.name) if name != command.name)


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"!{name}" for name in names)
