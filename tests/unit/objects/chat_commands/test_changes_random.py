"""Under any order of wishes the catalogue keeps its promises."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from companion.kernel.result import Err, Ok
from companion.objects.chat_commands import changes, rules
from companion.objects.chat_commands.catalogue import Catalogue, Value
from companion.ports.chat_commands import Command, CommandKind

NAMES = st.sampled_from(["a", "b", "c", "d", "B"])
KINDS: st.SearchStrategy[CommandKind] = st.sampled_from(["static", "dynamic", "counter"])
COMMANDS = st.builds(
    Command,
    name=NAMES,
    kind=KINDS,
    aliases=st.lists(NAMES, max_size=2).map(tuple),
    template=st.sampled_from(["x", "{count}", "{value}", "{user}"]),
    value_of=st.none() | NAMES,
)
WISHES = st.lists(st.tuples(st.sampled_from(["create", "update", "delete", "count"]), NAMES, COMMANDS), max_size=25)


def wished(catalogue: Catalogue, wish: str, name: str, command: Command) -> Catalogue:
    match wish:
        case "create":
            made = changes.created(catalogue, command)
            return made.value[0] if isinstance(made, Ok) else catalogue
        case "update":
            changed = changes.updated(catalogue, name, command)
            return changed.value[0] if isinstance(changed, Ok) else catalogue
        case "delete":
            left = changes.deleted(catalogue, name)
            return left.value if isinstance(left, Ok) else catalogue
    found = catalogue.find(name.lower())
    if found is None or found.kind != "counter" or found.value_of is None:
        return catalogue
    return catalogue.with_value(found.value_of, rules.counted(catalogue.values[found.value_of]))


def check(catalogue: Catalogue) -> None:
    every = [name for command in catalogue.commands.values() for name in (command.name, *command.aliases)]
    assert len(every) == len(set(every))
    assert set(catalogue.index) == set(every)
    used = {command.value_of for command in catalogue.commands.values()} - {None}
    assert set(catalogue.values) == used
    for name, command in catalogue.commands.items():
        assert name == command.name
        assert isinstance(rules.in_form(command), Ok)
        if command.value_of is not None:
            source = catalogue.commands[command.value_of]  # the source of a shared value is always there
            assert source.value_of == source.name and source.kind in ("dynamic", "counter")
            assert command.kind in ("static", source.kind)


@given(WISHES)
@settings(max_examples=60)
def test_names_are_unique_and_every_value_has_its_source(wishes: list[tuple[str, str, Command]]) -> None:
    catalogue = Catalogue()
    for wish, name, command in wishes:
        before = catalogue
        catalogue = wished(catalogue, wish, name, command)
        check(catalogue)
        if wish in ("create", "update"):
            total_before = sum(value.count for value in before.values.values())
            total_after = sum(value.count for value in catalogue.values.values())
            assert total_after <= total_before


@given(WISHES, NAMES)
@settings(max_examples=40)
def test_a_default_takes_nothing_from_anybody(wishes: list[tuple[str, str, Command]], name: str) -> None:
    catalogue = Catalogue()
    for wish, target, command in wishes:
        catalogue = wished(catalogue, wish, target, command)
    default = Command(name.lower(), "static", template="default", aliases=("a", "new"), builtin=True)
    after = changes.seeded(catalogue, default)
    assert all(after.commands[known] == command for known, command in catalogue.commands.items())
    assert all(after.index[known] == target for known, target in catalogue.index.items())


def test_a_counter_kept_under_another_name_goes_along() -> None:
    made = changes.created(Catalogue(), Command("a", "counter", template="{count}"))
    assert not isinstance(made, Err)
    counted = made.value[0].with_value("a", Value(count=3))
    renamed = changes.updated(counted, "a", Command("b", "counter", template="{count}"))
    assert not isinstance(renamed, Err)
    assert renamed.value[0].values == {"b": Value(count=3)}


def test_a_static_command_becomes_a_counter_of_its_own_under_another_name() -> None:
    made = changes.created(Catalogue(), Command("b", "static", template="x"))
    assert not isinstance(made, Err)
    changed = changes.updated(made.value[0], "b", Command("a", "dynamic", template="x", value_of="b"))
    assert not isinstance(changed, Err)
    assert changed.value[1].value_of == "a"
    check(changed.value[0])
