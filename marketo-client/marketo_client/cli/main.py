"""The command `marketo`: whether an instance can be read and written, who uses it, what it has.

Data goes to stdout, errors to stderr; exit status 1 where something is wrong.
"""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import click

from marketo_client.cli import listings
from marketo_client.cli.doctor import Purpose, examine
from marketo_client.cli.findings import Examination, Verdict
from marketo_client.cli.printing import as_json, as_table
from marketo_client.cli.recommendations import recommended
from marketo_client.cli.settings import read_settings
from marketo_client.cli.usage import usage as read_usage
from marketo_client.client import Marketo
from marketo_client.errors import MarketoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from marketo_client.cli.recommendations import Recommendation
    from marketo_client.cli.settings import Settings

    Command = Callable[..., None]
    Row = dict[str, Any]

TABLE: Final = "table"
JSON: Final = "json"
UNWELL: Final = 1
MOST_TRIES: Final = 3  # of a call that fails: somebody waits for the answer
CHECK_COLUMNS: Final = ("status", "check", "found")
SETTING_COLUMNS: Final = ("setting", "value", "why")
FIELD_COLUMNS: Final = (
    *("id", "name", "displayName", "dataType", "length", "updateable", "isCompanyField"),
)
TYPE_COLUMNS: Final = ("id", "name", "stream", "attributes")
USAGE_COLUMNS: Final[Mapping[str, Sequence[str]]] = {
    "calls_today": ("date", "user", "calls"),
    "calls_last_7_days": ("date", "user", "calls"),
    "errors_today": ("date", "code", "calls", "meaning"),
    "errors_last_7_days": ("date", "code", "calls", "meaning"),
    "exports_today": ("object", "id", "finished_at", "rows", "bytes"),
}


def marketo_command(command: Command) -> Command:
    """The options that every command has."""
    for option in (
        click.option("--format", "form", type=click.Choice([TABLE, JSON]), default=TABLE),
        click.option("--endpoint", help="REST endpoint; in place of the one that is set."),
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            help="Config file of tap-marketo or target-marketo.",
        ),
    ):
        command = option(command)
    return command


@click.group()
@click.version_option(package_name="marketo-client")
def main() -> None:
    """Look at a Marketo instance as an API user sees it.

    Endpoint and credentials come from --config, from MARKETO_ENDPOINT, MARKETO_CLIENT_ID and
    MARKETO_CLIENT_SECRET, or from the same names with TAP_MARKETO_ or TARGET_MARKETO_, also in a
    .env of the working folder.
    """


@main.command(epilog="Example: marketo doctor --config tap-config.json")
@marketo_command
@click.option(
    "--for",
    "purpose",
    type=click.Choice([each.value for each in Purpose]),
    default=Purpose.TAP.value,
    show_default=True,
    help="Whose API user it is: what a reading and a writing one need differs.",
)
def doctor(config: Path | None, endpoint: str | None, form: str, purpose: str) -> None:
    """Check what a run needs, and say what to do.

    Credentials, permissions, features of the subscription, quotas, clock; then the settings that
    fit the tap. About 15 calls; changes nothing. Exit status 1 where a line says fail.
    """
    with _marketo(config, endpoint) as (marketo, settings):
        exam = Examination(marketo, settings)
        found = examine(exam, purpose=Purpose(purpose))
        lines = [{"check": name, **asdict(finding)} for name, finding in found]
        report = {
            "instance": urlsplit(settings.connection.base_url).netloc,
            "api_user": marketo.api_user,
            "calls_spent": marketo.calls.total,
            "checks": lines,
            "recommended": [asdict(each) for each in _settings(exam, Purpose(purpose))],
        }
    click.echo(as_json(report) if form == JSON else _readable(report))
    if any(line["status"] is Verdict.FAIL for line in lines):
        sys.exit(UNWELL)


@main.command(epilog="Example: marketo usage --format json")
@marketo_command
def usage(config: Path | None, endpoint: str | None, form: str) -> None:
    """Show who spends the calls, and what fails.

    Calls by user, errors by code, and today's export jobs. Days are Marketo's, from midnight to
    midnight US Central time. Six calls.
    """
    with _marketo(config, endpoint) as (marketo, _):
        found = read_usage(marketo)
    tables = (
        f"{name.replace('_', ' ')}\n{as_table(rows, USAGE_COLUMNS[name]) if rows else 'none'}"
        for name, rows in found.items()
    )
    click.echo(as_json(found) if form == JSON else "\n\n".join(tables))


@main.command(epilog="Example: marketo fields")
@marketo_command
def fields(config: Path | None, endpoint: str | None, form: str) -> None:
    """List the lead fields that REST knows.

    With type, length, and whether they are written through the API and belong to the company.
    Three calls.
    """
    with _marketo(config, endpoint) as (marketo, _):
        rows = listings.lead_fields(marketo)
    click.echo(as_json(rows) if form == JSON else as_table(rows, FIELD_COLUMNS))


@main.command(epilog="Example: marketo activity-types")
@marketo_command
def activity_types(config: Path | None, endpoint: str | None, form: str) -> None:
    """List the activity types.

    With the stream of tap-marketo and the attributes of each. One call.
    """
    with _marketo(config, endpoint) as (marketo, _):
        rows = listings.activity_types(marketo)
    named = [{**row, "attributes": _names(row)} for row in rows]
    click.echo(as_json(rows) if form == JSON else as_table(named, TYPE_COLUMNS))


@contextmanager
def _marketo(config: Path | None, endpoint: str | None) -> Iterator[tuple[Marketo, Settings]]:
    try:
        settings = read_settings(config, endpoint=endpoint)
        with Marketo(settings.connection, most_tries=MOST_TRIES) as marketo:
            yield marketo, settings
    except MarketoError as error:
        raise click.ClickException(str(error)) from None


def _settings(exam: Examination, purpose: Purpose) -> Sequence[Recommendation]:
    """What depends on the instance are settings of the tap."""
    return recommended(exam.facts) if purpose is Purpose.TAP else ()


def _readable(report: Mapping[str, Any]) -> str:
    lines = [{**line, "found": "\n".join(_words(line))} for line in report["checks"]]
    settings = report["recommended"]
    tables = [as_table(lines, CHECK_COLUMNS)]
    tables += [as_table(settings, SETTING_COLUMNS)] if settings else []
    return "\n\n".join([*tables, f"{report['calls_spent']} calls spent"])


def _words(line: Row) -> Iterator[str]:
    """The fact, and below it what to do and for which streams."""
    yield line["found"]
    if line["streams"]:
        yield f"needed by {', '.join(line['streams'])}"
    if line["todo"]:
        yield f"to do: {line['todo']}"


def _names(row: Row) -> str:
    every = [row["primaryAttribute"], *row["attributes"]]
    return ", ".join(each["name"] for each in every if each)
