"""What the how-to pages say: definitions that run, numbers that hold, messages that exist."""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from demo import pipeline
from tests.pipeline import PATIENCE_SECONDS, PROGRAMS
from tests.tap_runs import TAP, rows

if TYPE_CHECKING:
    from datetime import datetime

    from demo.postgres import Address
    from demo.simulator import Simulator
    from tests.pipeline import MeltanoProject
    from tests.tap_runs import TapRunner

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "how-to"
UV = ROOT / ".tools" / "uv"
URL = "git+https://<your git host>/<this repository>"
OCTOBER, NOVEMBER = "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"


def block(page: str, language: str) -> str:
    """The first block of code of a language on a page."""
    return blocks(page, language)[0]


def blocks(page: str, language: str) -> list[str]:
    """All blocks of code of a language on a page."""
    text = (PAGES / page).read_text()
    found = re.findall(rf"^ *```{language}\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no {language}"
    return found


def plugin(page: str, kind: str) -> dict[str, Any]:
    (definition,) = yaml.safe_load(block(page, "yaml"))["plugins"][kind]
    return definition


def test_definition_for_other_projects_is_that_of_this_one() -> None:
    project = yaml.safe_load((ROOT / "meltano.yml").read_text())
    (ours,) = (each for each in project["plugins"]["extractors"] if each["name"] == "tap-marketo")
    shown = plugin("add-to-a-meltano-project.md", "extractors")
    same = ("namespace", "executable", "capabilities", "use_cached_catalog", "settings", "select")
    assert {key: shown[key] for key in same} == {key: ours[key] for key in same}


def test_other_loader_holds_what_marketo_holds_after_two_runs(
    simulator: Simulator, run_tap: TapRunner
) -> None:
    loader = plugin("load-elsewhere.md", "loaders")
    programs = run_tap.folder / "loader" / "bin"
    run(run_tap.folder, {}, str(UV), "venv", "-q", "--python", sys.executable, "loader")
    run(
        run_tap.folder, {}, str(UV), "pip", "install", "-q", "--python", "loader", loader["pip_url"]
    )
    (run_tap.folder / "output").mkdir()
    (run_tap.folder / "loader.json").write_text(json.dumps(loader["config"]))
    load = (str(programs / loader["executable"]), "--config", "loader.json")
    first = run_tap(activities_method="rest")
    run(run_tap.folder, {}, *load, given=lines(first.messages))
    simulator.post("/clock", advance_seconds=3600)
    simulator.post("/leads/6", lastName="Lovelace")
    second = run_tap(activities_method="rest", state=first.state)
    run(run_tap.folder, {}, *load, given=lines(second.messages))
    assert last_names_in_files(run_tap.folder) == last_names(simulator)


@pytest.mark.slow
def test_tap_and_loader_run_in_a_project_of_somebody_else(
    simulator: Simulator, tmp_path: Path
) -> None:
    repository, project = tmp_path / "repository.git", tmp_path / "project"
    run(tmp_path, {}, "git", "clone", "-q", "--bare", str(ROOT), str(repository))
    (project / "output").mkdir(parents=True)
    (project / "meltano.yml").write_text(json.dumps(somebody_elses(repository)))
    environment = simulator.environment | {"TAP_MARKETO_POLL_INTERVAL_SECONDS": "1"}
    run(project, environment, "meltano", "run", "tap-marketo", "target-jsonl")
    assert last_names_in_files(project) == last_names(simulator)


def lines(messages: list[dict[str, Any]]) -> str:
    return "".join(f"{json.dumps(message)}\n" for message in messages)


def last_names_in_files(folder: Path) -> dict[int, str | None]:
    """As the page's script reads them; values that an export cannot tell from null are null."""
    script = block("load-elsewhere.md", "python") + "print(json.dumps(list(leads.values())))"
    stored = json.loads(run(folder, {}, sys.executable, "-c", script))
    return {lead["id"]: lead["lastName"] for lead in stored}


def last_names(simulator: Simulator) -> dict[int, str | None]:
    leads = simulator.get("/leads")["leads"]
    return {lead["id"]: as_exported(lead.get("lastName")) for lead in leads}


def as_exported(text: str | None) -> str | None:
    """A text as a bulk file carries it: NUL is gone, and the word null is no value."""
    return None if text in (None, "null") else text.replace("\0", "")


def somebody_elses(repository: Path) -> dict[str, Any]:
    """Both definitions as the pages show them; pinned as this workspace is, for the test's sake."""
    tap = plugin("add-to-a-meltano-project.md", "extractors")
    place = tap["pip_url"].replace(URL, f"git+file://{repository}")
    tap["pip_url"] = f"{place} -c {ROOT / 'constraints.txt'}"
    return {
        "default_environment": "dev",
        "environments": [{"name": "dev"}],
        "plugins": {
            "extractors": [tap],
            "loaders": [plugin("load-elsewhere.md", "loaders")],
        },
        "send_anonymous_usage_stats": False,
    }


def run(folder: Path, environment: dict[str, str], *command: str, given: str | None = None) -> str:
    path = {"PATH": f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}", "UV_SYSTEM_CERTS": "true"}
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        cwd=folder,
        env=pipeline.environment(path | environment),
        input=given,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_earlier_start_date_brings_nothing_to_a_state_and_all_without_one(
    run_tap: TapRunner,
) -> None:
    first = run_tap(start_date=NOVEMBER, activities_method="rest")
    later = run_tap(start_date=OCTOBER, activities_method="rest", state=first.state)
    again = run_tap(start_date=OCTOBER, activities_method="rest")
    oldest = min(lead["createdAt"] for lead in rows(first.messages)["leads"].values())
    assert oldest >= NOVEMBER
    assert not rows(later.messages)["leads"]
    assert any(lead["createdAt"] < NOVEMBER for lead in rows(again.messages)["leads"].values())


def test_window_of_history_costs_the_calls_that_the_page_says(
    simulator: Simulator, run_tap: TapRunner
) -> None:
    """From 1 October to 24 November there are two windows of 31 days."""
    done = run_tap(start_date=OCTOBER, activities_method="rest")
    assert done.status == 0
    steps = Counter(
        call["path"].rpartition("/")[2]
        for call in simulator.get("/calls")["calls"]
        if call["path"].startswith("/bulk/v1/leads/export/")
    )
    assert "4 for a job of a minute or less" in (PAGES / "read-history-again.md").read_text()
    assert steps == dict.fromkeys(("create.json", "enqueue.json", "status.json", "file.json"), 2)


def test_run_without_news_costs_the_calls_that_the_page_says(
    simulator: Simulator, run_tap: TapRunner
) -> None:
    state = run_tap().state
    simulator.post("/clock", advance_seconds=300)
    simulator.delete("/calls")
    run(run_tap.folder, simulator.environment, str(TAP), "--config=ENV", "--discover")
    assert run_tap(state=state).status == 0
    calls = [call["path"] for call in simulator.get("/calls")["calls"]]
    counted = [path for path in calls if not path.startswith("/identity/")]
    page = (PAGES / "choose-methods-and-intervals.md").read_text()
    assert f"in which nothing is new makes {len(counted)} calls" in " ".join(page.split())


@pytest.mark.slow
def test_history_of_one_stream_comes_beside_the_usual_state(
    postgres: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run.environment["TAP_MARKETO_START_DATE"] = NOVEMBER
    meltano_run()
    before = oldest(postgres, "activities"), oldest(postgres, "leads")
    meltano_run.environment |= {
        "TAP_MARKETO_START_DATE": OCTOBER,
        "TAP_MARKETO__SELECT": '["activities.*"]',
    }
    meltano_run("--state-id-suffix=history")
    assert oldest(postgres, "activities") < before[0]
    assert oldest(postgres, "leads") == before[1]


def test_queries_find_and_mark_the_leads_whose_ids_are_gone(postgres: Address) -> None:
    postgres.execute(
        "create schema marketo",
        'create table marketo.leads (id int, "createdAt" timestamp, _sdc_deleted_at timestamp)',
        "create table marketo.lead_ids"
        " (id int, _sdc_extracted_at timestamp, _sdc_deleted_at timestamp)",
        "insert into marketo.leads select id, '2026-11-01', null from generate_series(1, 4) id",
        "update marketo.leads set _sdc_deleted_at = '2026-11-02' where id = 3",
        "insert into marketo.leads values (5, '2026-11-24 11:00', null)",  # after the ids
    )
    find, mark = (each.rstrip("; \n") for each in blocks("find-deleted-leads.md", "sql"))
    postgres.execute(mark)
    assert postgres.rows(find) == []  # nothing is known of a stream that was never read
    postgres.execute(
        "insert into marketo.lead_ids values"
        " (1, '2026-11-24 10:00', null), (4, '2026-11-23 10:00', now())",  # a loader marks
    )
    assert {lead for (lead,) in postgres.rows(find)} == {2, 4}
    postgres.execute(mark)
    assert postgres.rows(find) == []
    unmarked = postgres.rows("select id from marketo.leads where _sdc_deleted_at is null")
    assert {lead for (lead,) in unmarked} == {1, 5}


@pytest.mark.slow
def test_lead_whose_deletion_is_forgotten_is_found_and_marked_in_what_the_loader_wrote(
    simulator: Simulator, postgres: Address, meltano_run: MeltanoProject
) -> None:
    meltano_run.environment["TAP_MARKETO__SELECT"] = '["leads.*", "lead_ids.*"]'
    meltano_run()
    gone = simulator.get("/leads")["leads"][7]["id"]
    simulator.delete(f"/leads/{gone}")
    simulator.post("/clock", advance_seconds=20 * 24 * 3600)  # Marketo tells for 14 days
    meltano_run()
    find, mark = (each.rstrip("; \n") for each in blocks("find-deleted-leads.md", "sql"))
    assert postgres.rows(find) == [(gone,)]
    postgres.execute(mark)
    marked = "select id from marketo.leads where _sdc_deleted_at is not null"
    assert postgres.rows(marked) == [(gone,)]
    postgres.execute("update marketo.leads set _sdc_deleted_at = now() where id = 6")
    simulator.post("/leads/6", lastName="Lovelace")
    simulator.post("/clock", advance_seconds=3600)
    meltano_run()
    assert postgres.rows(marked) == [(gone,)]  # who comes again is not gone


def oldest(postgres: Address, table: str) -> datetime:
    column = {"activities": '"activityDate"', "leads": '"createdAt"'}[table]
    ((moment,),) = postgres.rows(f"select min({column}) from marketo.{table}")  # noqa: S608 - ours
    return moment


@pytest.mark.parametrize(
    ("page", "parts"),
    [
        ("mend-a-reading-run.md", ("tap-marketo/tap_marketo", "marketo-client/marketo_client")),
        ("run-two-way.md", ("marketo-sync/marketo_sync", "marketo-client/marketo_client")),
    ],
)
def test_messages_are_those_that_the_programs_write(page: str, parts: tuple[str, ...]) -> None:
    told = [
        line.split(" | ")[0].removeprefix("| ").strip().removeprefix("`").removesuffix("`")
        for line in (PAGES / page).read_text().splitlines()
        if line.startswith("| `")
    ]
    texts = "\n".join(
        text for part in parts for file in (ROOT / part).rglob("*.py") for text in constants(file)
    )
    assert [message for message in told if message not in texts] == []


def test_commands_that_pages_invoke_are_those_of_the_project() -> None:
    plugins = yaml.safe_load((ROOT / "meltano.yml").read_text())["plugins"]["utilities"]
    known = {f"{each['name']}:{name}" for each in plugins for name in each["commands"]}
    pages = "\n".join(page.read_text() for page in PAGES.glob("*.md"))
    invoked = set(re.findall(r"meltano invoke\s+(marketo[\w-]*:[\w-]+)", pages))
    assert len(invoked) > 5
    assert invoked <= known


def constants(file: Path) -> list[str]:
    """All texts in a file; pieces of one literal are one text."""
    nodes = ast.walk(ast.parse(file.read_text()))
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
