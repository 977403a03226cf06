"""Does Dynamics 365 get scores as its own predictive scores?"""

import pytest

from serving.crm.outbound.dynamics_writer import DynamicsChannel

LEAD = "6d81597f-0f9f-4711-8122-000d3aa2331c"


ROW = f"/api/data/v9.2/msdyn_predictivescores(msdyn_entityid='{LEAD}',msdyn_entitytype='lead')"


def test_a_row_that_changes_between_reading_and_writing_is_read_again(
    dynamics_crm, outbox, sender_of, make_score, until_empty
):
    dynamics_crm.rows[ROW] = (100, {"msdyn_score": 5, "msdyn_scoretrend": 1, "msdyn_grade": 3})
    outbox.add("dynamics", LEAD, make_score(40))
    dynamics_crm.behave(
        None,
        lambda: dynamics_crm.rows.__setitem__(ROW, (200, {"msdyn_score": 6, "msdyn_scoretrend": 1, "msdyn_grade": 3})),
    )

    counts = until_empty(sender_of(dynamics_crm, DynamicsChannel), outbox)

    assert (
        counts == {"retry": 1, "done": 1} and dynamics_crm.rows[ROW][1]["msdyn_score"] == 40 and outbox.finished == [1]
    )


@pytest.mark.parametrize("lead", ["1", "x') or 1 eq 1", LEAD.upper(), LEAD + "?$x", "../../" + LEAD])
def test_an_id_that_is_none_of_dynamics_goes_into_no_address(dynamics_crm, outbox, sender_of, lead, make_score):
    outbox.add("dynamics", lead, make_score())

    assert sender_of(dynamics_crm, DynamicsChannel).send_due() == {"dead": 1} and dynamics_crm.requests == []
