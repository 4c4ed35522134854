"""Every module that maps rows, imported so that the metadata is whole before the database is prepared."""

from __future__ import annotations

from companion.objects.stream_lifecycle import tables as _stream  # noqa: F401 - maps its rows onto the metadata
from companion.objects.token import tables as _token  # noqa: F401 - maps its rows onto the metadata
from companion.runtime import stored_settings as _settings  # noqa: F401 - maps its rows onto the metadata
from companion.runtime import tables as _runtime  # noqa: F401 - maps its rows onto the metadata
from companion.storage.base import Base

METADATA = Base.metadata
