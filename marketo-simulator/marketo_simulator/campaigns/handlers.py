"""Get Campaigns and Get Campaign by Id: superseded, and still there. Marketo docs: Campaigns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from marketo_simulator.errors import MarketoError
from marketo_simulator.named import WORKSPACE, fitting
from marketo_simulator.paging import next_page
from marketo_simulator.replies import Reply, success

if TYPE_CHECKING:
    from marketo_simulator.calls import Call, JsonObject
    from marketo_simulator.campaigns.store import Campaign
    from marketo_simulator.instance import Instance


def get_campaigns(instance: Instance, call: Call) -> Reply:
    """All that fit `id`, `name`, `programName` and `workspaceName`, page by page."""
    page, paging = next_page(call, fitting(call, instance.campaigns))
    return success([_shown(campaign) for campaign in page], **paging)


def get_campaign(instance: Instance, call: Call) -> Reply:
    """One campaign. Raises 1013."""
    wanted = call.path["campaign_id"]
    for campaign in instance.campaigns:
        if campaign.id == wanted:
            return success([_shown(campaign)])
    raise MarketoError("1013", "Campaign not found")


def _shown(campaign: Campaign) -> JsonObject:
    return {
        "id": campaign.id,
        "name": campaign.name,
        "description": "",
        "type": "trigger",
        "programName": campaign.program_name,
        "workspaceName": WORKSPACE,
        "active": True,
        "createdAt": campaign.made_at,
        "updatedAt": campaign.made_at,
    }
