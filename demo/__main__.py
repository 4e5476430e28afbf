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
from typing import TYPE_CHECKING, Final, NoReturn

import psycopg2

from demo import activation, pipeline, postgres, report, simulator, story, two_way
from demo.errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT: Final = Path(__file__).parents[1]
HOME: Final = ROOT / ".demo"
SIMULATOR_FILE: Final = HOME / "simulator.json"
POSTGRES_FILE: Final = HOME / "postgres.json"
LOG: Final = HOME / "meltano.log"
NEWEST_LEADS: Final = 'select id, email, "updatedAt" from marketo.leads order by 3 desc limit 5;'
MARK: Final = "made by `make demo`"  # on the schema: only such a one is ever dropped
INTERRUPTED: Final = 130  # exit status: 128 + SIGINT


def start() -> None:
    """The whole demo."""
    if HOME.exists():
        print("There was a demo before; this one starts afresh.")
        stop()
    HOME.mkdir()
    database = _start_postgres()
    marketo = _start_simulator()
    environment = _write_environment(marketo, database)
    print(f"Marketo (simulated): {marketo.endpoint}\nPostgres: {database.url}\n")

    print("First run: everything that Marketo has. This takes about a minute.")
    _run(marketo, database, environment)
    print(
        "new_leads has more rows than leads: it also tells of leads that are deleted or merged.\n"
    )
    print("Then, in Marketo, while some hours pass:")
    told = story.play(marketo)
    print(*(f"  - {step}" for step in told.steps), "", sep="\n")
    print("Second run: only what changed, and two short lists that are always read whole.")
    _run(marketo, database, environment)
    print(f"What Postgres now knows of Ada, lead {told.hero}:")
    print(report.table(("when", "what", "detail"), report.history(database, told.hero)), end="\n\n")
    activation.play(marketo, database, environment, partial(_command, environment))
    print()
    two_way.play(marketo, database, environment, lambda command, own: _command(own, command))
    _say_goodbye(database)


def stop() -> None:
    """End what an earlier demo left running, say what that was, and forget the demo."""
    ended = _end_servers()
    shutil.rmtree(HOME, ignore_errors=True)
    print(f"Stopped: {' and '.join(ended)}." if ended else "Nothing of a demo was running.")


def _end_servers() -> list[str]:
    """The servers that ran; the files of logs stay."""
    ended = []
    if SIMULATOR_FILE.exists():
        marketo = simulator.Simulator(**json.loads(SIMULATOR_FILE.read_text()))
        if simulator.stop(marketo):
            ended.append(f"the simulated Marketo at {marketo.endpoint}")
    if POSTGRES_FILE.exists() and postgres.stop(Path(json.loads(POSTGRES_FILE.read_text()))):
        ended.append("the Postgres of the demo, with its data")
    return ended


def _start_simulator() -> simulator.Simulator:
    started = simulator.start(HOME / "simulator.log", "--profile", "demo", "--seed", "7")
    _keep(SIMULATOR_FILE, json.dumps(asdict(started)))
    return started


def _start_postgres() -> postgres.Address:
    """The user's own server where MARKETO_PG_* name one, else an embedded one."""
    own = postgres.own_server(os.environ)
    if own:
        for schema in (report.SCHEMA, activation.SCHEMA, *two_way.SCHEMAS):
            _clear_schema(own, schema)
        return own
    home = postgres.new_home()
    _keep(POSTGRES_FILE, json.dumps(str(home)))
    return postgres.start(home)


def _clear_schema(database: postgres.Address, schema: str) -> None:
    """An empty schema for the demo on the user's server; another's is never touched."""
    comments = database.rows(
        "select obj_description(oid) from pg_namespace where nspname = %s", (schema,)
    )
    if comments and comments[0][0] != MARK:
        raise DemoError(
            f"The database of MARKETO_PG_DATABASE has a schema `{schema}` that this demo "
            "did not make; name another database, or unset all MARKETO_PG_* for an embedded one."
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
    _keep(HOME / "env", pipeline.shell_lines(settings))
    return pipeline.environment(settings)


def _keep(file: Path, text: str) -> None:
    """Write what only its owner may read: a secret or a password may be in it."""
    file.touch(mode=0o600)
    file.write_text(text)


def _run(
    marketo: simulator.Simulator,
    database: postgres.Address,
    environment: Mapping[str, str],
) -> None:
    """One pipeline run, and what it brought."""
    marketo.delete("/calls")
    ((since,),) = database.rows("select now() at time zone 'utc'")
    _command(environment, pipeline.READ)
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
    """One command, and how long it took."""
    print(f"  $ {shlex.join(command)}")
    began = time.monotonic()
    pipeline.run(command, environment, folder=ROOT, log=LOG)
    print(f"  {time.monotonic() - began:.0f} seconds")


def _say_goodbye(database: postgres.Address) -> None:
    print(f"""
Both servers stay up until `make demo-stop`. Look around, with any client:

  {database.url}
  {NEWEST_LEADS}

To run the pipelines yourself:

  ( . .demo/env && PATH="$PWD/.venv/bin:$PATH" {shlex.join(pipeline.READ)} )
  ( . .demo/env && PATH="$PWD/.venv/bin:$PATH" {shlex.join(activation.ACTIVATE)} )

To mend the refused row, and see it go through with the next of these:

  {activation.CURE};""")


def _give_up(why: str, *, status: int = 1) -> NoReturn:
    """One sentence on what happened, one on what is left."""
    _end_servers()
    logs = f"; the logs are in {HOME}" if any(HOME.glob("*.log")) else ""
    print(f"{why} Nothing is left running{logs}.", file=sys.stderr)
    sys.exit(status)


def main(step: str) -> None:
    """`start` or `stop`; what goes wrong on the user's machine is a sentence, not a traceback."""
    try:
        {"start": start, "stop": stop}[step]()
    except KeyboardInterrupt:
        _give_up("The demo was interrupted.", status=INTERRUPTED)
    except DemoError as problem:
        _give_up(str(problem))
    except psycopg2.OperationalError as problem:
        _give_up(f"Postgres did not answer as it should: {str(problem).splitlines()[0]}.")
    except (OSError, subprocess.SubprocessError) as problem:
        _give_up(f"The demo cannot go on: {problem}.")


if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True)  # each step shows while the next one runs
    main(sys.argv[1])
