"""What a wish makes of the catalogue: another catalogue, or a refusal. Pure."""

from __future__ import annotations

from dataclasses import replace

from companion.kernel.result import Err, Ok, Result
from companion.objects.chat_commands import rules
from companion.objects.chat_commands.catalogue import Catalogue
from companion.ports.chat_commands import BadCommand, Command, NameTaken, NoSuchCommand, ValueShared


def created(catalogue: Catalogue, command: Command) -> Result[tuple[Catalogue, Command], BadCommand | NameTaken]:
    """With one more command, as it is stored."""
    checked = rules.in_form(replace(command, builtin=False))
    if isinstance(checked, Err):
        return checked
    refusal = rules.fits(checked.value, catalogue)
    if refusal is not None:
        return Err(refusal)
    return Ok((catalogue.with_command(checked.value), checked.value))


def updated(
    catalogue: Catalogue, name: str, command: Command
) -> Result[tuple[Catalogue, Command], BadCommand | NameTaken | NoSuchCommand]:
    """With `command` in the place of the one called `name`."""
    old = catalogue.find(rules.spelled(name))
    if old is None:
        return Err(NoSuchCommand(name))
    checked = rules.in_form(_following(old, replace(command, builtin=old.builtin)))
    if isinstance(checked, Err):
        return checked
    refusal = rules.fits(checked.value, catalogue, replacing=old)
    if refusal is not None:
        return Err(refusal)
    return Ok((catalogue.replaced(old, checked.value), checked.value))


def deleted(catalogue: Catalogue, name: str) -> Result[Catalogue, NoSuchCommand | ValueShared]:
    """Without the command called `name`."""
    command = catalogue.find(rules.spelled(name))
    if command is None:
        return Err(NoSuchCommand(name))
    shared = rules.shared_source(command, catalogue)
    return Ok(catalogue.without(command.name)) if shared is None else Err(shared)


def seeded(catalogue: Catalogue, default: Command) -> Catalogue:
    """With a default, unless a person gave its name to something else; aliases that are taken it does without."""
    if default.name in catalogue.index:
        return catalogue
    free = tuple(alias for alias in default.aliases if alias not in catalogue.index)
    return catalogue.with_command(replace(default, aliases=free))


def _following(old: Command, new: Command) -> Command:
    """A command that names the value after itself means its own, under whatever name it has from now on."""
    own = new.value_of is not None and rules.spelled(new.value_of) == old.name
    return replace(new, value_of=None) if own and new.kind in ("dynamic", "counter") else new
