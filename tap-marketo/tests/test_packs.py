"""Which types go into one call: a pure function."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

from tap_marketo.plans.packs import Want, packs

JANUARY = datetime(2026, 1, 1, tzinfo=UTC)
MARCH = datetime(2026, 3, 1, tzinfo=UTC)


def test_types_of_one_start_are_packed_by_ten():
    stream = SimpleNamespace(name="activities")
    wants = [Want(stream, number, JANUARY if number < 24 else MARCH) for number in range(1, 28)]
    found = [(pack.since, pack.types) for pack in packs(wants)]
    assert found == [
        (JANUARY, tuple(range(1, 11))),
        (JANUARY, tuple(range(11, 21))),
        (JANUARY, (21, 22, 23)),
        (MARCH, (24, 25, 26, 27)),
    ]


def test_type_is_read_from_the_earliest_moment_that_anybody_wants():
    late, early = SimpleNamespace(name="late"), SimpleNamespace(name="early")
    [pack] = packs([Want(late, 3, MARCH), Want(early, 3, JANUARY)])
    assert pack.since == JANUARY
    assert pack.scope.streams == ("early", "late")
