"""A signal before a program is ready for it: the same status and a sentence, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from signal import SIGINT, SIGTERM, Signals
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

PROGRAMS = ("tap-marketo", "target-marketo")
SIGNALS = (SIGTERM, SIGINT)
TELLS_OF_IMPORTS = {"PYTHONPROFILEIMPORTTIME": "1"}  # a line on stderr behind each


def started(
    program: str, *options: str, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(Path(sys.executable).parent / program), *options],
        env={**os.environ, **(environment or {})},
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )


def check_end(process: subprocess.Popen[str], number: Signals) -> None:
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert stderr.rstrip().rpartition("\n")[2].startswith(f"stopped by {number.name} before ")
    assert "Traceback" not in stderr
    assert stdout == ""


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_signal_amid_imports_ends_a_program_with_a_sentence(program: str, number: Signals) -> None:
    with started(program, environment=TELLS_OF_IMPORTS) as process:
        assert process.stderr
        next(line for line in process.stderr if "singer_sdk" in line)
        check_end(process, number)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("program", PROGRAMS)
def test_signal_while_the_config_is_read_ends_a_program_with_a_sentence(
    program: str, number: Signals, tmp_path: Path
) -> None:
    config = tmp_path / "config.json"
    os.mkfifo(config)
    with started(program, "--config", str(config)) as process, config.open("w"):
        check_end(process, number)
