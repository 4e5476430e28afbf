"""The user's stream maps, as the SDK applies them: what is wrong is told with setting and stream.

Knows nothing of Marketo.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.mapper import CustomStreamMap, PluginMapper
from typing_extensions import override

from target_marketo.errors import StreamMapError

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence

UNUSABLE: Final = (MapExpressionError, StreamMapConfigError)
UNMAPPABLE: Final = (
    *(ArithmeticError, AttributeError, LookupError, TypeError, ValueError),
    MapExpressionError,
)


class StreamMaps(PluginMapper):
    """The setting `stream_maps`. Raises StreamMapError, then and when a map is applied."""

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
            problem = f"what is set for {stream_name} cannot be used ({_words(error)})"
            raise StreamMapError(problem) from None
        maps = self.stream_maps[stream_name]
        maps[:] = [ToldMap(each) if type(each) is CustomStreamMap else each for each in maps]


class ToldMap(CustomStreamMap):
    """A map that tells what it cannot be applied to, and never with what is in the record."""

    def __init__(self, made: CustomStreamMap) -> None:
        vars(self).update(vars(made))

    @override
    def transform(self, record: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return super().transform(record)
        except UNMAPPABLE as error:
            why = _words(error) if isinstance(error, MapExpressionError) else type(error).__name__
            raise StreamMapError(
                f"what is set for {self.stream_name} cannot be applied to one of its records"
                f" ({why}); mind values that are null, and texts that are no numbers"
            ) from None


def _words(error: Exception) -> str:
    """What the SDK says of a map: it repeats the user's own expression, and no record."""
    return str(error).rstrip(".")
