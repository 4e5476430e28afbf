"""`marketo` may not import the tap, and still speaks of its streams."""

from __future__ import annotations

import pytest
from marketo_client.cli.permissions import READING
from tap_marketo.catalog import discovery

READ_BY_STREAMS = [need for need in READING if discovery.needing(need.permission)]


@pytest.mark.parametrize("need", READ_BY_STREAMS, ids=lambda need: need.permission)
def test_doctor_names_the_streams_that_the_tap_reads_by_a_permission(need):
    assert sorted(need.streams) == discovery.needing(need.permission)


def test_doctor_checks_every_permission_of_a_stream():
    every = {permission for each in discovery.FIXED for permission in each.permissions}
    assert every <= {need.permission for need in READING}
