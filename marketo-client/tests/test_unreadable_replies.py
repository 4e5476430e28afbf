"""Answers that say success and lack what they must hold: one sentence, no guess, no repeat."""

from __future__ import annotations

import pytest
from marketo_client import UnreadableReplyError

NO_ROWS = {
    "no result": {"requestId": "e42b#19a1b2c3d4e", "success": True},
    "an empty result": {"requestId": "e42b#19a1b2c3d4e", "success": True, "result": []},
    "702": {
        "requestId": "e42b#19a1b2c3d4e",
        "success": False,
        "errors": [{"code": "702", "message": "No data found"}],
    },
}
OLD_FIELD = {"id": 1, "displayName": "Email", "rest": {"name": "email", "readOnly": False}}
NEW_FIELD = {"name": "email", "displayName": "Email", "dataType": "email"}


@pytest.mark.parametrize("kind", NO_ROWS)
def test_an_instance_without_activity_types_is_not_believed(kind, script, marketo):
    script.will_answer(NO_ROWS[kind])
    with pytest.raises(UnreadableReplyError, match=r"activities/types.json.*e42b#19a1b2c3d4e"):
        marketo.activities.types()
    assert len(script.requests) == 1


@pytest.mark.parametrize("kind", NO_ROWS)
def test_an_instance_without_lead_fields_is_not_believed(kind, script, marketo, answers):
    script.will_answer(NO_ROWS[kind], answers.success(result=[{"fields": [NEW_FIELD]}]))
    with pytest.raises(UnreadableReplyError, match=r"leads/describe.json.*e42b#19a1b2c3d4e"):
        marketo.leads.describe()


@pytest.mark.parametrize(
    "new", [*NO_ROWS.values(), {**NO_ROWS["no result"], "result": [{"fields": []}]}]
)
def test_a_newer_describe_without_fields_is_not_believed(new, script, marketo, answers):
    script.will_answer(answers.success(result=[OLD_FIELD]), new)
    with pytest.raises(UnreadableReplyError, match=r"leads/describe2.json.*e42b#19a1b2c3d4e"):
        marketo.leads.describe()
