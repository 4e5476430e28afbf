"""Exchanges recorded with live Marketo instances, replayed through the client."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import vcr
from marketo_client import Connection, ExportStatus, LeadFilter, Marketo, Window, codec

CASSETTES = Path(__file__).parent / "cassettes"
TYPES = {
    "textarea_field": ("textarea", "text is here"),
    "boolean_field": ("boolean", True),
    "email_field": ("email", "field@example.com"),
    "integer_field": ("integer", 5),
    "float_field": ("float", 5.4),
    "datetime_field": ("datetime", "2020-08-30T05:49:48Z"),
    "date_field": ("date", "2020-08-30"),
    "score_field": ("score", 10),
    "percent_field": ("percent", 99),
    "currency_field": ("currency", 34.66),
}


@pytest.fixture
def replay(request, clock):
    """A client whose calls are answered by a cassette: `with replay("name") as marketo`."""

    def start(name):
        cassette = vcr.VCR(
            record_mode="none", match_on=["method", "scheme", "host", "path", "query"]
        ).use_cassette(str(CASSETTES / f"{name}.yaml"))
        cassette.__enter__()
        request.addfinalizer(cassette.__exit__)
        return Marketo(
            Connection("https://123-abc-456.mktorest.com/rest", "REMOVED", "REMOVED"), clock=clock
        )

    return start


def test_describe_of_a_live_instance_is_read(replay):
    with replay("describe_leads") as marketo:
        description = marketo.leads.describe()
    by_name = {field.name: field for field in description.fields}
    assert len(description.fields) == 101
    assert (by_name["company"].id, by_name["company"].length) == (4, 255)
    assert (by_name["createdAt"].read_only, by_name["createdAt"].updateable) == (True, False)
    assert (by_name["leadScore"].data_type, by_name["leadScore"].updateable) == ("integer", None)
    assert (by_name["planCode"].id, by_name["planCode"].read_only) == (None, False)
    assert description.searchable_fields == (("email",), ("id",))
    assert description.read_at == datetime(2021, 11, 23, 16, 35, 28, tzinfo=UTC)


def test_a_live_lead_of_every_type_is_read_before_and_after_its_fields_were_cleared(replay):
    fields = ["email", "firstName", "lastName", "id", *TYPES]
    with replay("leads_of_every_type") as marketo:
        page = marketo.leads.by_ids([7151], fields=fields)
        cleared = marketo.leads.by_ids([7151], fields=fields)
    for name, (data_type, expected) in TYPES.items():
        assert codec(data_type).from_rest(page.rows[0][name]) == expected
    assert cleared.rows[0]["boolean_field"] is False
    assert codec("currency").from_rest(cleared.rows[0]["currency_field"]) is None
    assert (page.more, page.read_at) == (False, datetime(2021, 11, 23, 22, 58, 2, tzinfo=UTC))


def test_live_leads_of_2014_come_with_their_id_although_it_was_not_asked_for(replay):
    with replay("leads_of_2014") as marketo:
        page = marketo.leads.by_ids([1, 2], fields=["email", "lastName"])
    assert page.rows == [
        {"id": 1, "lastName": "test", "email": "ada@example.com"},
        {"id": 2, "lastName": None, "email": "bob@example.com"},
    ]


def test_live_activity_types_are_read(replay):
    with replay("activity_types") as marketo:
        types = marketo.activities.types()
    visit = types.types[0]
    assert (visit.id, visit.name, visit.api_name) == (1, "Visit Webpage", None)
    assert visit.primary_attribute is not None
    assert visit.primary_attribute.data_type == "integer"
    assert "Client IP Address" in {attribute.name for attribute in visit.attributes}


def test_a_live_export_job_is_created_queued_and_cancelled(replay):
    window = Window(datetime(2018, 2, 1, tzinfo=UTC), datetime(2018, 2, 27, tzinfo=UTC))
    with replay("lead_export_cancelled") as marketo:
        job = marketo.lead_exports.create(fields=["id", "email"], where=LeadFilter.created(window))
        queued = marketo.lead_exports.enqueue(job.id)
        cancelled = marketo.lead_exports.cancel(job.id)
    assert [job.status, queued.status, cancelled.status] == [
        ExportStatus.CREATED,
        ExportStatus.QUEUED,
        ExportStatus.CANCELLED,
    ]
    assert (job.records, job.size, job.checksum) == (None, None, None)
