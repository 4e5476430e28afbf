"""The command line: `marketo-simulator serve`."""

from __future__ import annotations

from datetime import datetime

import click

from marketo_simulator.seeds.profiles import PROFILES
from marketo_simulator.server import serve as serve_simulation
from marketo_simulator.simulation import Pace, Simulation, Start
from marketo_simulator.timestamps import parse


class Moment(click.ParamType[datetime]):
    """An ISO 8601 date-time, UTC where it names no zone."""

    name = "moment"

    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Read the option."""
        try:
            return parse(value)
        except ValueError:
            self.fail("expected a date-time such as 2026-11-24T10:00:00Z", param, ctx)


@click.group()
@click.version_option(package_name="marketo-simulator")
def main() -> None:
    """An Adobe Marketo Engage on loopback, for demos and tests."""


@main.command()
@click.option("--port", default=0, show_default=True, help="0 takes a free one.")
@click.option("--profile", default="demo", show_default=True, type=click.Choice(sorted(PROFILES)))
@click.option("--seed", default=7, show_default=True, help="The same seed makes the same data.")
@click.option("--leads", type=int, help="Number of leads, instead of the profile's.")
@click.option("--events-per-lead", type=float, help="What happens to a lead, on average.")
@click.option("--now", type=Moment(), help="Where the clock starts; without it, at real time.")
@click.option(
    "--clock",
    "pace",
    default="running",
    show_default=True,
    type=click.Choice([pace.value for pace in Pace]),
    help="A stopped clock moves through the control routes only.",
)
def serve(  # noqa: PLR0913 (one for each option)
    *,
    port: int,
    profile: str,
    seed: int,
    leads: int | None,
    events_per_lead: float | None,
    now: datetime | None,
    pace: str,
) -> None:
    """Serve until SIGTERM; the first line on stdout says where, as JSON.

    Example: marketo-simulator serve --profile small --now 2026-11-24T10:00:00Z
    """
    start = Start(profile, seed, leads, events_per_lead, now, Pace(pace))
    serve_simulation(Simulation(start), port)
