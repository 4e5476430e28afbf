"""The command line's edge: what stops a run becomes one last line on stderr and exit status 1.

Knows nothing of streams.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Final

from marketo_client import MarketoError
from singer_sdk.exceptions import MapExpressionError, StreamMapConfigError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_marketo.errors import StoppedBySignal, TapError

if TYPE_CHECKING:
    import logging

FAILED: Final = 1
FORESEEN: Final = (MarketoError, TapError, MapExpressionError, StreamMapConfigError)

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
            self.logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
            sys.exit(FAILED)
        except StoppedBySignal as stop:
            self.logger.error("stopped by %s; run again to go on", stop.signal_name)  # noqa: TRY400
            raise
        except BrokenPipeError:
            self.logger.error("the program that reads the output has ended; see its log")  # noqa: TRY400
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(FAILED)
