"""The command line's edge: what stops a run becomes one last line on stderr and exit status 1."""

from __future__ import annotations

import sys
from typing import Any, Final

from marketo_client import MissingPermissionError
from singer_sdk.plugin_base import SingerCommand
from typing_extensions import override

from tap_marketo.catalog import discovery
from tap_marketo.errors import FORESEEN, NoOutputError

FAILED: Final = 1


class TapCommand(SingerCommand):
    """The SDK's command, without tracebacks for what a user can put right."""

    @override
    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if sys.__stdout__ is None:
                raise NoOutputError
            return super().main(*args, **kwargs)
        except FORESEEN as error:
            self.logger.error("%s%s", error, _needed_by(error))  # noqa: TRY400 - says it all
            sys.exit(FAILED)


def _needed_by(error: Exception) -> str:
    """Which streams the permission is for that the role lacks, if that is what went wrong."""
    permission = error.permission if isinstance(error, MissingPermissionError) else ""
    streams = discovery.needing(permission)
    return f"; needed by {', '.join(streams)}" if streams else ""
