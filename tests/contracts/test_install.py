"""What a user gets who installs one part from its folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an empty environment into which pip has installed tap-marketo."""
    home = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    python = home / "bin" / "python"
    constraints = ROOT / "constraints.txt"
    command = [python, "-m", "pip", "install", "-q", "-c", constraints, ROOT / "tap-marketo"]
    subprocess.run(command, check=True, cwd=home)
    return home / "bin"


def test_tap_alone_describes_itself(programs: Path) -> None:
    about = subprocess.run(
        [programs / "tap-marketo", "--about", "--format", "json"],
        check=True,
        capture_output=True,
        cwd=programs,
    )
    told = json.loads(about.stdout)
    assert told["name"] == "tap-marketo"
    assert {"endpoint", "client_id", "client_secret"} <= told["settings"]["properties"].keys()


def test_installed_packages_carry_their_types(programs: Path) -> None:
    packages = next((programs.parent / "lib").glob("python3*/site-packages"))
    assert {path.parent.name for path in packages.glob("*_marketo/py.typed")} == {"tap_marketo"}
    assert (packages / "marketo_client" / "py.typed").exists()
