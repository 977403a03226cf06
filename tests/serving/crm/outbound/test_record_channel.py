"""Do Odoo and Frappe get scores once, whatever they answer, and is no id of anybody else put into an address?"""

import pytest

from serving.crm.outbound.frappe_writer import FrappeDialect
from serving.crm.outbound.http_transport import Transport
from serving.crm.outbound.odoo_writer import OdooDialect
from serving.crm.outbound.record_channel import RecordChannel
from serving.crm.outbound.sender import Sender, create_channels
from serving.crm_settings import CrmSettings, Secret
from tests.support.fake_crms import FrappeStandIn, OdooStandIn

LEADS = {"odoo": "27", "frappe": "CRM-LEAD-2026-00027"}
MISBEHAVIOUR = [
    "slow",
    "drop",
    "drop_answer",
    "huge",
    "garbage",
    (500, {}, {}),
    (429, {"retry-after": "7"}, {}),
    (401, {}, {}),
    (404, {}, {}),
    (307, {"location": "http://127.0.0.1:1/"}, {}),
]


@pytest.fixture(params=["odoo", "frappe"])
def crm(request):
    """A stand-in that has one lead, and its name."""
    stand_in = {"odoo": OdooStandIn, "frappe": FrappeStandIn}[request.param]()
    stand_in.name, stand_in.rows = request.param, {LEADS[request.param]: {}}
    yield stand_in
    stand_in.close()


@pytest.fixture
def send_to(crm, outbox):
    """A sender for the stand-in."""
    dialect, scheme = {"odoo": (OdooDialect(), "Bearer"), "frappe": (FrappeDialect(), "token")}[crm.name]
    prefix = "/api/resource/CRM%20Lead" if crm.name == "frappe" else ""
    transport = Transport(crm.address + prefix, Secret("an invented token"), 0.6, scheme)
    clock = lambda: outbox.now  # noqa: E731
    yield Sender(outbox, RecordChannel(dialect, transport, clock), 16, None, clock, max)
    transport.close()


def test_a_score_is_written_under_the_crms_names_and_stands_after_that(crm, send_to, outbox, make_score):
    lead, prefix = LEADS[crm.name], {"odoo": "x_", "frappe": "custom_"}[crm.name]
    outbox.add(crm.name, lead, make_score(31))
    first = send_to.send_due()
    outbox.add(crm.name, lead, make_score(31))
    again = send_to.send_due()

    row = crm.rows[lead]
    assert (first, again, crm.written) == ({"done": 1}, {"done": 1}, 1)
    assert row[f"{prefix}leadlight_score"] == 31 and row[f"{prefix}leadlight_reason_1"] == "Asked for an appointment"
    assert row[f"{prefix}leadlight_reason_5"] == "" and len(row) == 12


def test_an_older_score_never_replaces_a_newer_one(crm, send_to, outbox, make_score):
    outbox.add(crm.name, LEADS[crm.name], make_score(40, minute=9))
    send_to.send_due()
    outbox.add(crm.name, LEADS[crm.name], make_score(20, minute=3))

    assert send_to.send_due() == {"done": 1} and crm.written == 1


@pytest.mark.parametrize("how", MISBEHAVIOUR, ids=str)
@pytest.mark.parametrize("stage", [0, 1])
def test_whatever_the_crm_does_the_score_has_one_effect(crm, send_to, outbox, make_score, until_empty, stage, how):
    outbox.add(crm.name, LEADS[crm.name], make_score())
    crm.behave(*[None] * stage, how)

    counts = until_empty(send_to, outbox)

    assert counts["done"] == 1 and outbox.dead == {} and crm.written == 1


def test_a_lead_that_is_gone_is_given_up(crm, send_to, outbox, make_score):
    crm.rows = {}
    number = outbox.add(crm.name, LEADS[crm.name], make_score())

    assert send_to.send_due() == {"dead": 1} and outbox.dead == {number: "no_such_lead"}


@pytest.mark.parametrize("lead", ["../x", "7,8", "0", "1/../2", "a?b", "x%2F", ".", "ü" * 3, "7\n"])
def test_an_id_of_another_program_goes_into_no_address(crm, send_to, outbox, make_score, lead):
    outbox.add(crm.name, lead, make_score())
    counts = send_to.send_due()

    if crm.name == "frappe" and lead == "0":
        assert counts == {"dead": 1} and crm.requests[0][1].endswith("/CRM%20Lead/0")
    else:
        assert counts == {"dead": 1} and crm.requests == []


def test_a_crm_that_is_down_is_asked_once_for_many_leads(crm, send_to, outbox, make_score):
    crm.rows = {str(number): {} for number in range(1, 9)}
    for lead in crm.rows:
        outbox.add(crm.name, lead, make_score())
    crm.behave((503, {}, {}))

    assert send_to.send_due() == {"retry": 8} and len(crm.requests) == 1


def test_a_crm_with_an_address_and_a_token_has_a_channel():
    settings = CrmSettings(
        addresses=dict.fromkeys(LEADS, "https://127.0.0.1"),
        tokens=dict.fromkeys(LEADS, Secret("an invented token")),
    )

    assert [channel.destination for channel in create_channels(settings)] == ["odoo", "frappe"]
