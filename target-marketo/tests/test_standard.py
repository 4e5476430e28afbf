"""The SDK's standard tests of a target: message handling, whatever a stream holds.

Their streams are made up and no Marketo could take them, so the sink here takes anything; what
becomes of leads is tested everywhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk.sinks import BatchSink
from singer_sdk.testing import get_target_test_class
from target_marketo.target import TargetMarketo

if TYPE_CHECKING:
    from singer_sdk.sinks import Sink


class AnythingSink(BatchSink):
    """Takes every row of every stream."""

    def process_batch(self, context: dict[str, Any]) -> None:
        assert context["records"]


class AnyStreamTarget(TargetMarketo):
    """The target without Marketo."""

    run = None

    def _find_plain_sinks(self) -> dict[str, Any]:
        return {}

    def get_sink_class(self, stream_name: str) -> type[Sink]:
        assert stream_name
        return AnythingSink


CONFIG = {
    "endpoint": "http://127.0.0.1:9",
    "client_id": "nobody",
    "client_secret": "nothing",
    "ledger_url": "none",
}
TestStandardTarget = get_target_test_class(AnyStreamTarget, config=CONFIG)
