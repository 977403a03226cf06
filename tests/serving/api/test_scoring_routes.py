"""Is a lead that has not happened yet refused, by whichever address it is scored?"""

import pytest

from serving.crm.inbound.stateless_gateway import StatelessLeadGateway
from serving.errors import RequestError

AHEAD, NEAR = "2026-03-05T12:05:01Z", "2026-03-05T12:04:59Z"
EVENT = {"kind": "inbound_call"}


def leads(moment: str) -> dict[str, dict]:
    """A lead for each field with a moment."""
    return {
        "created_at": {"created_at": moment},
        "cutoff": {"cutoff": moment},
        "events[1].occurred_at": {
            "events": [EVENT | {"occurred_at": "2026-03-05T09:00:00Z"}, EVENT | {"occurred_at": moment}]
        },
    }


@pytest.mark.parametrize("field", leads(""))
def test_a_moment_more_than_five_minutes_ahead_is_refused(client, field):
    alone = client.post("/v1/score", json=leads(AHEAD)[field])
    batch = client.post("/v1/score/batch", json={"leads": [leads(AHEAD)[field], leads(NEAR)[field]]}).json()

    refused = batch["results"][0]["error"]
    assert alone.status_code == 422 and (batch["failed"], batch["scored"]) == (1, 1)
    for error in (alone.json(), refused):
        assert error["code"] == "in_the_future" and error["fields"][0]["field"] == field
    assert client.post("/v1/score", json=leads(NEAR)[field]).status_code == 200


def test_a_hook_without_a_store_refuses_it_too(engine, now):
    gateway = StatelessLeadGateway(lambda: engine, lambda: now)

    with pytest.raises(RequestError, match="moments in the future"):
        gateway.upsert_lead({"lead_id": "1", "created_at": AHEAD})
    assert gateway.upsert_lead({"lead_id": "1", "created_at": NEAR})["lead_id"] == "1"
