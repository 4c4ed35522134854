"""A login guide as data: its steps, what to do at each, and where a refusal leads back to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from companion.application.sign_in_states import SetUpStep
from companion.ports.tokens import Provider

StepKind: TypeAlias = Literal["read", "client_id", "wait"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing to do. `copy` is offered with a copy button beside it, `strong` marks what is often missed."""

    text: str
    copy: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A page to open in the browser."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Step:
    """One page of the guide."""

    key: str
    title: str
    kind: StepKind
    intro: str
    lines: tuple[Line, ...] = ()
    link: Link | None = None
    forward: str = ""


@dataclass(frozen=True, slots=True)
class Guide:
    """All steps of one provider; the last one waits for the person's answer in the browser."""

    provider: Provider
    service: str
    steps: tuple[Step, ...]
    placeholder: str
    title: str = ""
    """Of the window, where "Sign in to {service}" would not say it."""

    def index(self, key: str) -> int:
        """Where the step called `key` stands."""
        return next(number for number, step in enumerate(self.steps) if step.key == key)

    def first_of(self, kind: StepKind) -> int:
        """Where the first step of this kind stands."""
        return next(number for number, step in enumerate(self.steps) if step.kind == kind)

    def mending_step(self, mend: SetUpStep) -> int:
        """Where this part of the set-up is mended."""
        return self.index(_MENDED_AT[mend])


_MENDED_AT: dict[SetUpStep, str] = {"client_id": "client_id", "premium": "before", "user_list": "users"}
