"""The output takes no more: one sentence, the summary, no traceback."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest


def test_closed_pipe_ends_the_run_with_a_summary_and_a_sentence(tap):
    with (
        (tap.folder / "stderr").open("w+") as log,
        subprocess.Popen(
            tap.command(None, {"max_calls_per_20s": 100_000}),
            cwd=tap.folder,
            env=tap.environment,
            stderr=log,
            stdout=subprocess.PIPE,
        ) as process,
    ):
        process.stdout.read(50)
        process.stdout.close()
        status = process.wait(timeout=60)
        log.seek(0)
        stderr = log.read()
    assert status == 1
    assert "summary: " in stderr
    assert "the program that reads the output has ended" in stderr.rstrip().rpartition("\n")[2]
    assert "Traceback" not in stderr
    assert "BrokenPipe" not in stderr


@pytest.mark.parametrize("options", [[], ["--discover"], ["--about"]], ids=" ".join)
def test_full_disk_behind_the_output_ends_the_run_with_a_sentence(tap, options):
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*tap.command(None, {"activities_method": "rest"}), *options],
            check=False,
            cwd=tap.folder,
            env=tap.environment,
            stderr=subprocess.PIPE,
            stdout=full,
            text=True,
            timeout=60,
        )
    assert done.returncode == 1
    last = done.stderr.rstrip().rpartition("\n")[2]
    assert "the output cannot be written (No space left on device)" in last
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


@pytest.mark.parametrize("options", [[], ["--discover"], ["--about"]], ids=" ".join)
def test_closed_output_ends_the_run_with_a_sentence_before_a_call(tap, options):
    closed = ["sh", "-c", 'exec "$@" >&-', "sh"]
    run = tap.run(*closed, *tap.command(None, {}), *options)
    assert run.status == 1
    assert "stdout is closed" in run.last_line
    assert "Traceback" not in run.stderr
    assert tap.simulator.get("/calls")["calls"] == []
