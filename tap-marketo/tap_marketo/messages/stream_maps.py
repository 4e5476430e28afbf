"""The user's stream maps, as the SDK applies them: what is wrong is told with setting and stream.

Knows nothing of Marketo.
"""

from __future__ import annotations

from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any, Final

from marketo_client.setting_rules import nearest
from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.mapper import MAPPER_SOURCE_OPTION, PluginMapper
from typing_extensions import override

from tap_marketo.errors import StreamMapError

if TYPE_CHECKING:
    import logging
    from collections.abc import Collection, Iterator, Mapping, Sequence

UNUSABLE: Final = (MapExpressionError, StreamMapConfigError)
UNMAPPABLE: Final = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    MapExpressionError,
)


class StreamMaps(PluginMapper):
    """The setting `stream_maps`. Raises StreamMapError."""

    def __init__(self, config: Mapping[str, Any], logger: logging.Logger) -> None:
        try:
            super().__init__(plugin_config=dict(config), logger=logger)
        except UNUSABLE as error:
            raise StreamMapError(_words(error)) from None

    @override
    def register_raw_stream_schema(
        self, stream_name: str, schema: dict[str, Any], key_properties: Sequence[str] | None
    ) -> None:
        try:
            super().register_raw_stream_schema(stream_name, schema, key_properties)
        except UNUSABLE as error:
            raise StreamMapError(
                f"what is set for {stream_name} cannot be used ({_words(error)})"
            ) from None

    def without_stream(self, names: Collection[str]) -> Iterator[str]:
        """What is set for streams that are not there, in words."""
        for key, rule in self.stream_maps_dict.items():
            source = rule.get(MAPPER_SOURCE_OPTION, key) if isinstance(rule, dict) else key
            if not any(fnmatch(name, source) for name in names):
                hint = nearest(source, names, listed_by="`tap-marketo --discover`")
                yield f"`stream_maps`: there is no stream `{source}`; {hint}"


def unmappable(stream: str, error: Exception) -> StreamMapError:
    """What to say of a record that a map cannot be applied to; never with what is in it."""
    why = _words(error) if isinstance(error, MapExpressionError) else type(error).__name__
    return StreamMapError(
        f"what is set for {stream} cannot be applied to one of its records ({why}); mind values"
        " that are null, and texts that are no numbers"
    )


def _words(error: Exception) -> str:
    """What the SDK says of a map: it repeats the user's own expression, and no record."""
    return str(error).rstrip(".")
