"""The program behind the pipe ends first: one sentence, the summary, no traceback."""

from __future__ import annotations

import subprocess


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
