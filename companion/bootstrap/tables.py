"""Every module that maps rows, imported so that the metadata is whole before the database is prepared."""

from __future__ import annotations

from companion.objects.achievements import tables as _achievements  # noqa: F401 - maps its rows onto the metadata
from companion.objects.chat_commands import tables as _commands  # noqa: F401 - maps its rows onto the metadata
from companion.objects.event_inbox import tables as _inbox  # noqa: F401 - maps its rows onto the metadata
from companion.objects.hold import tables as _hold  # noqa: F401 - maps its rows onto the metadata
from companion.objects.keyboard_raffle import tables as _raffle  # noqa: F401 - maps its rows onto the metadata
from companion.objects.raids import tables as _raids  # noqa: F401 - maps its rows onto the metadata
from companion.objects.rewards import tables as _rewards  # noqa: F401 - maps its rows onto the metadata
from companion.objects.song_queue import tables as _songs  # noqa: F401 - maps its rows onto the metadata
from companion.objects.stream_lifecycle import tables as _stream  # noqa: F401 - maps its rows onto the metadata
from companion.objects.token import tables as _token  # noqa: F401 - maps its rows onto the metadata
from companion.objects.viewers import tables as _viewers  # noqa: F401 - maps its rows onto the metadata
from companion.runtime import stored_settings as _settings  # noqa: F401 - maps its rows onto the metadata
from companion.runtime import tables as _runtime  # noqa: F401 - maps its rows onto the metadata
from companion.runtime.saga import tables as _sagas  # noqa: F401 - maps its rows onto the metadata
from companion.storage.base import Base

METADATA = Base.metadata
