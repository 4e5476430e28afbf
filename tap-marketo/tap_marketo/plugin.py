"""What the SDK asks of a tap: its command, its files and variables, how settings are checked."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from typing import IO, TYPE_CHECKING, Any, ClassVar, Final

from marketo_client.config_files import read_config
from singer_sdk import Tap
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers.capabilities import PluginCapabilities, TapCapabilities
from singer_sdk.plugin_base import _ConfigInput
from typing_extensions import override

from tap_marketo.catalog.handed_in import accepted as accepted_catalog
from tap_marketo.command import TapCommand
from tap_marketo.errors import InputFileError
from tap_marketo.messages.writer import output
from tap_marketo.settings import check, environment
from tap_marketo.state.handed_in import accepted

if TYPE_CHECKING:
    import click
    from singer_sdk.helpers.capabilities import CapabilitiesEnum

VARIABLES: Final = "ENV"  # given to --config in place of a file


class Plugin(Tap, ABC):
    """A tap as a program: bad files and settings are one sentence each."""

    dynamic_catalog = True
    capabilities: ClassVar[list[CapabilitiesEnum]] = [
        TapCapabilities.CATALOG,
        TapCapabilities.STATE,
        TapCapabilities.DISCOVER,
        PluginCapabilities.ABOUT,
        PluginCapabilities.STREAM_MAPS,
        PluginCapabilities.FLATTENING,
        PluginCapabilities.STRUCTURED_LOGGING,
    ]

    @abstractmethod
    def run(self) -> None:
        """Sync all selected streams."""

    @override
    def load_state(self, state: dict[str, Any]) -> None:
        super().load_state(accepted(state))

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
    def get_singer_command(cls) -> click.Command:
        command = super().get_singer_command()
        return TapCommand(
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
    def invoke(  # type: ignore[override]  # the SDK's own Tap narrows it so too
        cls,
        *,
        about: bool = False,
        about_format: str | None = None,
        config: _ConfigInput | None = None,
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
    ) -> None:
        if about:
            with output():
                cls.print_about(about_format)
            return
        tap = cls(
            config=config.config if config else None,
            state=None if state is None else _read_json("--state", state),
            catalog=None if catalog is None else accepted_catalog(_read_json("--catalog", catalog)),
            parse_env_config=bool(config and config.parse_env),
        )
        tap.run()

    @override
    def run_discovery(self) -> str:
        with output():
            return super().run_discovery()


def _read_json(option: str, file: IO[str]) -> dict[str, Any]:
    try:
        content = json.load(file)
    except ValueError:
        raise InputFileError(option, "is not JSON") from None
    if not isinstance(content, dict):
        raise InputFileError(option, "does not hold a JSON object")
    return content
