"""What scripts can be told has changed, beside the domain events: small notes, so that nobody has to poll."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

from companion.application.snapshots import AppSnapshot
from companion.services.control.params import Params

Topic: TypeAlias = Literal["hold", "queue", "needs_you", "commands"]
TOPICS: Final[frozenset[Topic]] = frozenset(get_args(Topic))


@dataclass(frozen=True, slots=True)
class Changed:
    """Something of this topic is not as it was; what it is now is read by the topic's own methods."""

    topic: Topic


class SubscribeChanges(Params):
    """The topics that are wanted from now on; all if none is named."""

    topics: frozenset[Topic] = TOPICS


class ChangeWatch:
    """Compares each picture with the one before."""

    def __init__(self, picture: AppSnapshot) -> None:
        self._seen = _parts(picture)

    def look(self, picture: AppSnapshot) -> tuple[Changed, ...]:
        """What differs from the picture before."""
        before, self._seen = self._seen, _parts(picture)
        return tuple(Changed(topic) for topic in get_args(Topic) if self._seen[topic] != before[topic])


def _parts(picture: AppSnapshot) -> dict[Topic, object]:
    """What counts. The expected wait in the queue does not: it grows and shrinks with every second of the song."""
    queue = picture.queue
    return {
        "hold": picture.hold,
        "queue": (
            [(each.id, each.state, each.position, each.note) for each in queue.requests],
            queue.total,
            queue.paused_reason,
        ),
        "needs_you": [(each.key, each.choices) for each in picture.needs_you],
        "commands": (picture.commands, picture.values),
    }
