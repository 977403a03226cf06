"""Is a page of contacts asked for as HubSpot documents it, and is anything else a sentence?"""

import pytest

from features.mapping.column_mapping import Mapping
from serving.crm.outbound.http_transport import Transport
from serving.crm.outbound.hubspot_contacts import read_contact_page
from serving.crm_settings import Secret
from serving.errors import ServiceError
from tests.support.fake_crms import PagedHubSpotStandIn


@pytest.fixture
def crm():
    stand_in = PagedHubSpotStandIn(lambda: 0.0)
    stand_in.contacts = {str(number): {"zip": "02110", "wish": "soon"} for number in range(1, 131)}
    yield stand_in
    stand_in.close()


@pytest.fixture
def requests(crm):
    transport = Transport(crm.address, Secret("an invented token"), 5)
    yield transport
    transport.close()


def test_pages_follow_each_other_and_a_mapped_property_is_asked_for(crm, requests):
    mapping = Mapping.from_dict({"version": 1, "leads": {"timeframe": "wish"}})

    first = read_contact_page(requests, mapping, None)
    last = read_contact_page(requests, mapping, first.after)

    assert (len(first.leads), first.after, len(last.leads), last.after) == (100, "100", 30, None)
    assert first.leads[0] == {"lead_id": "1", "postal_code": "02110", "timeframe": "soon"}
    assert "limit=100" in crm.requests[0][1] and "wish" in crm.requests[0][1]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ((401, {}, {}), "token is not valid"),
        ((403, {}, {}), "lacks the scopes"),
        ((200, {}, {"results": "Planted"}), "no page of contacts"),
        ((200, {}, {"results": [], "paging": {"next": {"after": "../x y"}}}), "next page is not valid"),
        ((302, {"location": "http://127.0.0.1:1/"}, {}), "answered 302"),
    ],
)
def test_what_is_no_page_is_a_sentence(crm, requests, answer, message):
    crm.behave(answer)

    with pytest.raises(ServiceError, match=message) as fault:
        read_contact_page(requests, None, None)

    assert "Planted" not in str(fault.value)


def test_a_cursor_that_stands_still_is_not_followed_forever(crm, requests):
    crm.behave((200, {}, {"results": [], "paging": {"next": {"after": "7"}}}))

    with pytest.raises(ServiceError, match="next page is not valid"):
        read_contact_page(requests, None, "7")
