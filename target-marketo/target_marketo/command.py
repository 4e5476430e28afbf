"""The command line's edge: what stops a run becomes one last line on stderr and exit status 1.

Knows nothing of streams.
"""

from __future__ import annotations

import gc
import sys
from typing import Any, Final

from marketo_client import MarketoError
from marketo_sync import SyncError
from singer_sdk.exceptions import RecordsWithoutSchemaException
from singer_sdk.plugin_base import SingerCommand
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from target_marketo.errors import NoOutputError, StoppedBySignal, TargetError

FAILED: Final = 1
GARBAGE_AFTER: Final = 20_000  # new objects; Python's own 700 are met many times in a batch
FORESEEN: Final = (MarketoError, SyncError, TargetError, RecordsWithoutSchemaException)


class TargetCommand(SingerCommand):
    """The SDK's command, without tracebacks for what a user can put right."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        _look_for_garbage_rarely()
        try:
            if sys.__stdout__ is None:
                raise NoOutputError
            return super().main(*args, **kwargs)
        except StoppedBySignal as stop:
            self.logger.error("%s", stop)  # noqa: TRY400 - the sentence says it all
            raise
        except FORESEEN as error:
            self.logger.error("%s", error)  # noqa: TRY400 - the sentence says it all
            sys.exit(FAILED)
        except SQLAlchemyError as error:  # its text holds the statement's values
            kind = type(getattr(error, "orig", None) or error).__name__
            self.logger.error("the ledger failed (%s); see the database's log", kind)  # noqa: TRY400
            sys.exit(FAILED)


def _look_for_garbage_rarely() -> None:
    """Rows go by counting references: looking for cycles among them is a fifth of a load's CPU."""
    gc.freeze()  # what was imported stays for good
    gc.set_threshold(GARBAGE_AFTER)
