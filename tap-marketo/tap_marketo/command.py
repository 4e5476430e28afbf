"""The command line's edge: what stops a run becomes one last line on stderr and exit status 1."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from marketo_client import MissingPermissionError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_marketo import discovery
from tap_marketo.errors import FORESEEN

if TYPE_CHECKING:
    import logging

FAILED: Final = 1

NOISE: Final = frozenset(  # the SDK's own lines, one for each stream that nobody reads
    {"Added '%s' as child stream to '%s'", "Skipping deselected stream '%s'."}
)


def is_news(record: logging.LogRecord) -> bool:
    """Whether a line tells anything of this run."""
    return record.msg not in NOISE


class TapCommand(SingerCommand):
    """The SDK's command, without tracebacks for what a user can put right."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except FORESEEN as error:
            self.logger.error("%s%s", error, _needed_by(error))  # noqa: TRY400 - says it all
            sys.exit(FAILED)


def _needed_by(error: Exception) -> str:
    """Which streams the permission is for that the role lacks, if that is what went wrong."""
    permission = error.permission if isinstance(error, MissingPermissionError) else ""
    streams = discovery.needing(permission)
    return f"; needed by {', '.join(streams)}" if streams else ""
