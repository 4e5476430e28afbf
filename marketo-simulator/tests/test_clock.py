"""Time and sameness: the simulator's own clock, and what a seed promises."""

from __future__ import annotations

import subprocess
import sys

PATHS = (
    "/rest/v1/leads/describe.json",
    "/rest/v1/leads.json?filterType=id&filterValues=1,2,3,4,5",
    "/rest/v1/activities/types.json",
    "/rest/v1/lead/999.json",
    "/rest/v1/activities/pagingtoken.json?sinceDatetime=2026-11-01T00:00:00Z",
)


def test_date_and_request_id_go_by_the_simulators_clock(empty):
    empty.control("POST", "/clock", {"now": "2031-02-03T04:05:06Z"})
    empty.log_in()
    answer = empty.send("GET", "/rest/v1/stats/usage.json")
    assert answer.headers["Date"] == "Mon, 03 Feb 2031 04:05:06 GMT"
    assert "server" not in answer.headers
    milliseconds = int(answer.json()["requestId"].split("#")[1], 16)
    assert milliseconds == 1_927_857_906_000


def test_running_clock_goes_on_and_a_stopped_one_stands(start):
    simulator = start("empty")
    assert simulator.control("GET", "/clock")["running"]
    stopped = simulator.control("POST", "/clock", {"running": False})
    assert simulator.control("GET", "/clock") == stopped
    assert not stopped["running"]
    assert stopped["now"] >= "2026-11-24T10:00:00Z"


def test_signal_right_after_the_first_line_ends_it_at_once():
    command = [sys.executable, "-m", "marketo_simulator", "serve", "--profile", "empty"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        assert b"endpoint" in process.stdout.readline()
        process.terminate()
        assert process.wait(20) == 0
        assert process.stderr.read() == b""


def test_same_seed_and_calls_give_the_same_answers_to_the_byte(start):
    def transcript():
        simulator = start("small", "--clock", "stopped", "--seed", "3")
        return [
            (answer.content, answer.headers["Date"])
            for answer in (simulator.send("GET", path) for path in PATHS)
        ]

    assert transcript() == transcript()


def test_another_seed_gives_other_leads(start):
    path = "/rest/v1/leads.json?filterType=id&filterValues=1,2,3"
    one, two = (start("small", "--seed", seed).get(path)["result"] for seed in ("1", "2"))
    assert one != two


def test_reset_gives_a_fresh_instance_in_the_same_process(empty):
    empty.create({"email": "ada@example.com"})
    answer = empty.control("POST", "/reset", {"profile": "small", "now": "2026-01-01T00:00:00Z"})
    assert answer.keys() == {"client_id", "client_secret"}
    assert len(empty.control("GET", "/leads")["leads"]) == 37
    assert empty.control("GET", "/clock")["now"] == "2026-01-01T00:00:00Z"


def test_sigterm_ends_the_process_cleanly(start):
    assert start("empty").stop() == 0
