"""`make demo`: a simulated Marketo into a Postgres and back, through Meltano; both stay up.

`python -m demo start` forgets an earlier demo and begins anew, `python -m demo stop` ends it.
Everything it must remember is in `.demo/`; the packages are in `.venv/`, which is on PATH.
"""

from __future__ import annotations

import io
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from demo import activation, postgres, report, simulator, story

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).parents[1]
HOME: Final = ROOT / ".demo"
SIMULATOR_FILE: Final = HOME / "simulator.json"
POSTGRES_FILE: Final = HOME / "postgres.json"
PIPELINE: Final = ("meltano", "run", "tap-marketo", "target-postgres")
NEWEST_LEADS: Final = 'select id, email, "updatedAt" from marketo.leads order by 3 desc limit 5;'
MARK: Final = "made by `make demo`"  # on the schema: only such a one is ever dropped


def start() -> None:
    """The whole demo."""
    stop()
    HOME.mkdir()
    marketo = _start_simulator()
    database = _start_postgres()
    environment = _write_environment(marketo, database)
    print(f"Marketo (simulated): {marketo.endpoint}\nPostgres: {database.url}\n")

    print("First run: everything that Marketo has. This takes about a minute.")
    _run(marketo, database, environment)
    print("Then, in Marketo, while some hours pass:")
    told = story.play(marketo)
    print(*(f"  - {step}" for step in told.steps), "", sep="\n")
    print("Second run: only what changed, and two short lists that are always read whole.")
    _run(marketo, database, environment)
    print(f"What Postgres now knows of Ada, lead {told.hero}:")
    print(report.table(("when", "what", "detail"), report.history(database, told.hero)), end="\n\n")
    activation.play(marketo, database, environment, partial(_command, environment))
    _say_goodbye(database)


def stop() -> None:
    """End the servers of an earlier demo, if there are any."""
    if SIMULATOR_FILE.exists():
        simulator.stop(simulator.Simulator(**json.loads(SIMULATOR_FILE.read_text())))
    if POSTGRES_FILE.exists():
        postgres.stop(Path(json.loads(POSTGRES_FILE.read_text())))
    shutil.rmtree(HOME, ignore_errors=True)


def _start_simulator() -> simulator.Simulator:
    started = simulator.start(HOME / "simulator.log", "--profile", "demo", "--seed", "7")
    SIMULATOR_FILE.write_text(json.dumps(asdict(started)))
    return started


def _start_postgres() -> postgres.Address:
    """The user's own server where MARKETO_PG_HOST is set, else an embedded one."""
    own = postgres.own_server(os.environ)
    if own:
        for schema in (report.SCHEMA, activation.SCHEMA):
            _clear_schema(own, schema)
        return own
    home = postgres.new_home()
    POSTGRES_FILE.write_text(json.dumps(str(home)))
    return postgres.start(home)


def _clear_schema(database: postgres.Address, schema: str) -> None:
    """An empty schema for the demo on the user's server; another's is never touched."""
    comments = database.rows(
        "select obj_description(oid) from pg_namespace where nspname = %s", (schema,)
    )
    if comments and comments[0][0] != MARK:
        sys.exit(
            f"The database of MARKETO_PG_DATABASE has a schema `{schema}` that this demo "
            "did not make. Name another database, or leave MARKETO_PG_HOST unset."
        )
    database.execute(
        f"drop schema if exists {schema} cascade",
        f"create schema {schema}",
        f"comment on schema {schema} is '{MARK}'",
    )


def _write_environment(marketo: simulator.Simulator, database: postgres.Address) -> dict[str, str]:
    """The settings of all plugins; also in `.demo/env`, for runs by hand."""
    settings = marketo.environment | database.environment
    settings["TAP_MARKETO_POLL_INTERVAL_SECONDS"] = "1"
    settings["MELTANO_DATABASE_URI"] = f"sqlite:///{HOME}/meltano.db"  # not the state of real runs
    settings["TARGET_MARKETO_LEDGER_URL"] = f"sqlite:///{HOME}/ledger.db"
    settings["MARKETO_SYNC_LEDGER_URL"] = settings["TARGET_MARKETO_LEDGER_URL"]
    file = HOME / "env"
    file.touch(mode=0o600)
    file.write_text("".join(f"export {k}={shlex.quote(v)}\n" for k, v in settings.items()))
    plugins = ("TAP_MARKETO_", "TARGET_MARKETO_")
    others = {k: v for k, v in os.environ.items() if not k.startswith(plugins)}
    return others | settings


def _run(
    marketo: simulator.Simulator,
    database: postgres.Address,
    environment: Mapping[str, str],
) -> None:
    """One pipeline run, and what it brought."""
    marketo.delete("/calls")
    ((since,),) = database.rows("select now() at time zone 'utc'")
    _command(environment, PIPELINE)
    made = report.calls(marketo)
    print(f"  {made.total()} calls to Marketo\n")
    rows = report.stream_rows(database, since)
    print(
        report.table(("stream", "rows", "this run"), [(r.stream, r.rows, r.written) for r in rows])
    )
    print(
        "\n" + report.table(("calls", "to"), [(n, path) for path, n in made.most_common()]) + "\n"
    )


def _command(environment: Mapping[str, str], command: Sequence[str]) -> None:
    """One command with its log in a file, and how long it took; the demo ends where it fails."""
    print(f"  $ {shlex.join(command)}")
    began = time.monotonic()
    with (HOME / "meltano.log").open("ab") as log:
        done = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=log, stderr=log, check=False
        )
    if done.returncode:
        sys.exit(f"The run failed; its log is {HOME / 'meltano.log'}")
    print(f"  {time.monotonic() - began:.0f} seconds")


def _say_goodbye(database: postgres.Address) -> None:
    print(f"""
Both servers stay up until `make demo-stop`. Look around, with any client:

  {database.url}
  {NEWEST_LEADS}

To run the pipelines yourself, first `. .demo/env && PATH="$PWD/.venv/bin:$PATH"`, then

  {shlex.join(PIPELINE)}
  {shlex.join(activation.ACTIVATE)}

To mend the refused row, and see it go through with the next of these:

  {activation.CURE};""")


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # each step shows while the next one runs
    {"start": start, "stop": stop}[sys.argv[1]]()
