"""The target: its settings, its messages, and what happens at the ends of a run."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, ClassVar, Final

from marketo_client import SYSTEM_CLOCK
from marketo_client.config_files import read_config
from marketo_sync import CycleStatus
from singer_sdk import Target
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.plugin_base import _ConfigInput
from typing_extensions import override

from target_marketo.command import TargetCommand
from target_marketo.desk.states import StateKeeper
from target_marketo.errors import PreflightError, TypesToEnterError
from target_marketo.run.end_of_input import finish
from target_marketo.run.opening import open_run
from target_marketo.run.progress import Progress, log_summary
from target_marketo.settings import SETTINGS, check, environment, hurried
from target_marketo.signals import MessageInHand
from target_marketo.singer.batch_files import rows_of_batch
from target_marketo.singer.reader import MessageReader
from target_marketo.singer.sinks import MarketoSink
from target_marketo.stream_maps import StreamMaps

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from types import FrameType

    import click
    from marketo_client import Clock
    from singer_sdk.helpers.capabilities import CapabilitiesEnum
    from singer_sdk.mapper import StreamMap
    from singer_sdk.sinks import Sink

    from target_marketo.run.run import Run

Message = dict[str, Any]

VARIABLES: Final = "ENV"  # given to --config in place of a file


class TargetMarketo(Target):
    """Singer target for Adobe Marketo Engage: rows of your own tables become leads."""

    name = "target-marketo"
    config_jsonschema: ClassVar[dict[str, Any]] = SETTINGS
    default_sink_class = MarketoSink
    clock: ClassVar[Clock] = SYSTEM_CLOCK  # waits between calls go by it
    message_reader_class = MessageReader
    message_reader: MessageReader
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    def __init__(
        self,
        *,
        config: dict[str, Any] | None = None,
        **others: Any,  # noqa: ANN401 - passed on to the SDK as they are
    ) -> None:
        self.in_hand = MessageInHand()
        super().__init__(config=dict(config or {}), **others)
        self.max_parallelism = 1  # rows of several streams may have one key
        self.states = StateKeeper(None if self.config["dry_run"] else sys.stdout)
        self.message_reader.idle = self._while_idle
        self._goes_on_from_state = False
        self._plain_sinks: dict[str, MarketoSink] = {}
        for setting in hurried(self.config):
            self.logger.warning("`%s` is above what Marketo advises to one application", setting)

    @cached_property
    def run(self) -> Run:
        """What the run holds open, from the first SCHEMA on."""
        run = open_run(self.config, self.states, self.in_hand, clock=self.clock)
        self.in_hand.cut_waits_by(run.desk.hurry)
        if self._goes_on_from_state and run.desk.ledger.is_empty():
            self.logger.warning(
                "the ledger is EMPTY but the tap goes on from a STATE: rows sent before are not"
                " known here; check `ledger_url`, or run once with --full-refresh"
            )
        return run

    @override
    def setup_mapper(self) -> None:
        self.mapper = StreamMaps(self.config, self.logger)

    def work(self, file_input: IO[str] | None) -> None:
        """Read all input; the summary comes last, however it ends."""
        status = CycleStatus.STOPPED
        with Progress(self._words), redirect_stdout(sys.stderr):
            try:
                self.listen(file_input)
                status = CycleStatus.DONE
            except TypesToEnterError as error:
                columns = self._columns_to_come(error.streams)
                raise PreflightError(error.problems(columns)) from None
            finally:
                self._close(status)

    def _columns_to_come(self, streams: Collection[str]) -> dict[str, dict[str, Any]]:
        """The columns of these streams, from what is still to be read; rows are passed over."""
        columns: dict[str, dict[str, Any]] = {}
        for message in self.message_reader.schemas_from_here():
            stream, schema = message["stream"], message["schema"]
            self.mapper.register_raw_stream_schema(stream, schema, message.get("key_properties"))
            for each in self.mapper.stream_maps[stream]:
                columns[each.stream_alias] = each.transformed_schema["properties"]
            if columns.keys() >= set(streams):
                break
        return columns

    @override
    def process_endofpipe(self) -> None:
        with self.in_hand:
            super().process_endofpipe()
            if "run" in self.__dict__ and not self.in_hand.asked_to_stop:
                finish(self.run)

    @override
    def _process_schema_message(self, message_dict: Message) -> None:
        """A new or changed schema makes a new sink."""
        with self.in_hand:
            if issubclass(self.get_sink_class(message_dict.get("stream", "")), MarketoSink):
                self.run  # noqa: B018 - opens it
            before = list(self._sinks_active.values())
            super()._process_schema_message(message_dict)
            now = list(self._sinks_active.values())
            if now != before:  # a tap may repeat a schema as often as it likes
                self._plain_sinks = self._find_plain_sinks()

    def settle_rows(self) -> None:
        """Send the rows that have come, whatever stream they are of."""
        self._drain_all([*self._sinks_to_clear, *self._sinks_active.values()], 1)

    @override
    def _process_record_message(self, message_dict: Message) -> None:
        with self.in_hand:
            if (version := message_dict.get("version")) is not None:
                self._note_version(message_dict.get("stream", ""), version)
            sink = self._plain_sinks.get(message_dict.get("stream", ""))
            if sink is None or "record" not in message_dict:
                super()._process_record_message(message_dict)
                return
            sink.take(message_dict["record"])
            if sink.is_full:
                self.drain_one(sink)
            self._handle_max_record_age()

    def _find_plain_sinks(self) -> dict[str, MarketoSink]:
        """Sinks by stream, where no stream map and no setting changes a record on its way."""
        if self.config.get("add_record_metadata"):
            return {}
        return {
            stream: sink
            for stream, sink in self._sinks_active.items()
            if isinstance(sink, MarketoSink)
            and all(map(_changes_nothing, self.mapper.stream_maps.get(stream, [None])))
        }

    @override
    def _process_batch_message(self, message_dict: Message) -> None:
        """The rows of the files as if they had come one by one."""
        self._assert_line_requires(message_dict, requires={"stream", "encoding", "manifest"})
        for record in rows_of_batch(message_dict):
            self._process_record_message({**message_dict, "type": "RECORD", "record": record})

    @override
    def _process_state_message(self, message_dict: Message) -> None:
        self._assert_line_requires(message_dict, requires={"value"})
        value = message_dict["value"]
        bookmarks = value.get("bookmarks") if isinstance(value, dict) else None
        if not self.states.rows_taken and isinstance(bookmarks, dict) and any(bookmarks.values()):
            self._goes_on_from_state = True
        self.states.remember(value)

    @override
    def _process_activate_version_message(self, message_dict: Message) -> None:
        """A version of a table begins, or has come whole: its rows go first."""
        self._assert_line_requires(message_dict, requires={"stream", "version"})
        with self.in_hand:
            for sink in self._sinks_of(message_dict["stream"]):
                self.drain_one(sink)
                sink.activate_version(message_dict["version"])

    def _note_version(self, stream: str, version: int) -> None:
        """The rows that come now are of that version: others go first."""
        for sink in self._sinks_of(stream):
            if sink.version != version:
                self.drain_one(sink)
                sink.version = version

    def _sinks_of(self, stream: str) -> list[MarketoSink]:
        maps = self.mapper.stream_maps.get(stream, ())
        sinks = (self._sinks_active.get(each.stream_alias) for each in maps)
        return [sink for sink in sinks if isinstance(sink, MarketoSink)]

    @override
    def _drain_all(self, sink_list: Iterable[Sink], parallelism: int) -> None:
        for sink in sink_list:
            self.drain_one(sink)
        if "run" in self.__dict__:
            self.run.desk.drain()

    @override
    def _handle_termination(self, signum: int, frame: FrameType | None) -> None:
        self.in_hand.notice(signum)

    def _close(self, status: CycleStatus) -> None:
        """Settle what is on its way, then sum up; nothing was opened without a SCHEMA."""
        if "run" not in self.__dict__:
            return
        desk = self.run.desk
        try:
            if self.in_hand.asked_to_stop:
                desk.finish_in_hand()
            desk.wind_down()
            counts = {**desk.tally.as_json(), "calls": desk.marketo.calls.by_endpoint}
            desk.ledger.finish(status, counts)
            log_summary(desk.tally, desk.marketo)
        finally:
            self.run.close()

    def _while_idle(self) -> None:
        """No message has come for a moment: settle what has come back, and let go who waited."""
        with self.in_hand:
            if "run" in self.__dict__:
                self.run.desk.calls.collect()
                self.run.desk.release()

    def _words(self) -> str:
        rows = f"{self.states.rows_taken} rows read"
        if "run" not in self.__dict__:
            return rows
        return f"{rows}, {self.run.desk.marketo.calls.total} calls"

    @override
    def _validate_config(self, *, raise_errors: bool = True) -> list[str]:
        self.append_builtin_config(self.config_jsonschema)
        check(self._config, self.config_jsonschema)
        return []

    @classproperty
    def _env_var_config(cls) -> dict[str, Any]:  # noqa: N805
        cls.append_builtin_config(cls.config_jsonschema)
        return environment(cls.config_jsonschema, prefix=cls._env_var_prefix)

    @classmethod
    @override
    def append_builtin_config(cls, config_jsonschema: dict[str, Any]) -> None:
        super().append_builtin_config(config_jsonschema)
        config_jsonschema["properties"].pop("load_method", None)  # would mean nothing here

    @classmethod
    @override
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        return TargetCommand(
            name=command.name,
            callback=command.callback,
            params=command.params,
            help=command.help,
            context_settings=command.context_settings,
            logger=cls.logger,
        )

    @classmethod
    @override
    def cb_config(
        cls, ctx: click.Context, param: click.Option, value: tuple[str, ...]
    ) -> _ConfigInput:
        files = [each for each in value if each != VARIABLES]
        return _ConfigInput(config=read_config(files), parse_env=VARIABLES in value)

    @classmethod
    @override
    def invoke(  # type: ignore[override]  # the SDK's own Target narrows it so too
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        file_input: IO[str] | None = None,
    ) -> None:
        if about:
            cls.print_about(about_format)
            return
        target = cls(
            config=config.config if config else None,
            parse_env_config=bool(config and config.parse_env),
        )
        target.work(file_input)


def _changes_nothing(stream_map: StreamMap | None) -> bool:
    return type(stream_map) is SameRecordTransform and not stream_map.flattening_enabled
