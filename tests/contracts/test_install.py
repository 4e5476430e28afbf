"""What a user gets who installs one part, alone, by one URL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from demo.simulator import Simulator

    Install = Callable[[Path, str], None]

ROOT = Path(__file__).parents[2]
UV = ROOT / ".tools" / "uv"
CONSTRAINTS = ROOT / "constraints.txt"
PARTS = ("marketo-client", "marketo-simulator", "marketo-sync", "tap-marketo", "target-marketo")
LINES = (
    {
        "type": "SCHEMA",
        "stream": "leads",
        "key_properties": ["email"],
        "schema": {"properties": {"email": {"type": "string"}, "title": {"type": "string"}}},
    },
    {"type": "RECORD", "stream": "leads", "record": {"email": "a@b.org", "title": "Countess"}},
)


def by_pip(home: Path, what: str) -> None:
    """Into a new environment, by pip."""
    run(sys.executable, "-m", "venv", home)
    run(home / "bin" / "python", "-m", "pip", "install", "-q", "-c", CONSTRAINTS, what)


def by_uv(home: Path, what: str) -> None:
    """Into a new environment, by uv."""
    run(UV, "venv", "-q", "--python", sys.executable, home)
    constraints = ("-c", CONSTRAINTS, "-b", CONSTRAINTS)
    run(UV, "pip", "install", "-q", "--python", home, *constraints, what)


def run(*command: str | Path, **options: Any) -> str:
    environment = os.environ | {"UV_PYTHON_DOWNLOADS": "never", "UV_SYSTEM_CERTS": "true"}
    done = subprocess.run(
        command, capture_output=True, check=False, env=environment, text=True, **options
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is committed here, as git serves it."""
    bare = tmp_path_factory.mktemp("served") / "repository.git"
    run("git", "clone", "-q", "--bare", ROOT, bare)
    return bare


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(by_uv, id="uv"),
        pytest.param(by_pip, id="pip", marks=pytest.mark.slow),
    ],
)
def install(request: pytest.FixtureRequest) -> Install:
    """Each of the two ways that users install."""
    return request.param


@pytest.fixture(scope="module")
def installed(
    repository: Path, install: Install, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Installs a part by its URL; gives the programs of its new environment."""

    def one(part: str) -> Path:
        home = tmp_path_factory.mktemp(part)
        install(home, f"git+file://{repository}#subdirectory={part}")
        return home / "bin"

    return one


def test_tap_alone_describes_itself_and_discovers(
    installed: Callable[[str], Path], simulator: Simulator
) -> None:
    programs = installed("tap-marketo")
    about = json.loads(run(programs / "tap-marketo", "--about", "--format", "json"))
    assert {"endpoint", "client_id", "client_secret"} <= about["settings"]["properties"].keys()
    found = in_environment(simulator, programs / "tap-marketo", "--config=ENV", "--discover")
    streams = {stream["tap_stream_id"] for stream in json.loads(found)["streams"]}
    assert {"leads", "activities", "deleted_leads"} <= streams
    assert "calls spent" in in_environment(simulator, programs / "marketo", "doctor")
    assert ours(programs) == {"marketo-client", "tap-marketo"}


@pytest.mark.slow
def test_target_alone_describes_itself_and_sends_a_lead(
    installed: Callable[[str], Path], simulator: Simulator, tmp_path: Path
) -> None:
    programs = installed("target-marketo")
    about = json.loads(run(programs / "target-marketo", "--about", "--format", "json"))
    assert "ledger_url" in about["settings"]["properties"]
    lines = "".join(f"{json.dumps(line)}\n" for line in LINES)
    command = (programs / "target-marketo", "--config=ENV")
    in_environment(simulator, *command, cwd=tmp_path, input=lines)
    sent = [lead for lead in simulator.get("/leads")["leads"] if lead["email"] == "a@b.org"]
    assert [lead["title"] for lead in sent] == ["Countess"]
    assert ours(programs) == {"marketo-client", "marketo-sync", "target-marketo"}


def in_environment(simulator: Simulator, *command: str | Path, **options: Any) -> str:
    """What a program prints that has its settings from variables."""
    settings = [f"{name}={value}" for name, value in simulator.environment.items()]
    return run("env", *settings, *command, **options)


def ours(programs: Path) -> set[str]:
    """Our own parts in an environment; each says that it came from the repository, by place."""
    packages = next((programs.parent / "lib").glob("python3*/site-packages"))
    found = set()
    for part in PARTS:
        for information in packages.glob(f"{part.replace('-', '_')}-*.dist-info"):
            origin = json.loads((information / "direct_url.json").read_text())["url"]
            assert origin.startswith("file:///"), origin
            assert (packages / part.replace("-", "_") / "py.typed").exists()
            found.add(part)
    return found


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheels of all parts."""
    folder = tmp_path_factory.mktemp("wheels")
    for part in PARTS:
        build = ("build", "-q", "--wheel", "-b", CONSTRAINTS, "-o", folder)
        run(UV, *build, "--python", sys.executable, ROOT / part)
    return folder


def test_all_parts_have_one_version(wheels: Path) -> None:
    assert len({file.name.split("-")[1] for file in wheels.glob("*.whl")}) == 1


def test_wheels_carry_their_types_and_their_licence(wheels: Path) -> None:
    for part in PARTS:
        names = wheel(wheels, part).namelist()
        assert f"{part.replace('-', '_')}/py.typed" in names
        assert any(name.endswith("licenses/LICENSE") for name in names)
        assert not any("tests/" in name for name in names)


def test_no_part_asks_for_another_by_its_name_alone(wheels: Path) -> None:
    """A registry would answer with a stranger's package."""
    for part in PARTS:
        archive = wheel(wheels, part)
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        headers = HeaderParser().parsestr(archive.read(metadata).decode())
        for needed in headers.get_all("Requires-Dist", []):
            if needed.startswith(PARTS):
                assert " @ file:///" in needed, f"{part} needs {needed}"


def wheel(folder: Path, part: str) -> zipfile.ZipFile:
    (file,) = folder.glob(f"{part.replace('-', '_')}-*.whl")
    return zipfile.ZipFile(file)
