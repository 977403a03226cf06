"""Is what has not happened yet refused, wherever a moment is sent?"""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from serving.crm.ports import FieldChange
from serving.errors import RequestError
from serving.leads.lead_service import LeadService, RequestOrigin
from serving.leads.request_reading import MAX_AHEAD, check_not_ahead, parse_events
from serving.settings import Settings
from serving.store.store import Store

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
CALLER = RequestOrigin("ab12cd34")
AHEAD, NEAR = "2026-03-05T12:05:01Z", "2026-03-05T12:04:59Z"


@pytest.fixture
def service(tmp_path, champion):
    with Store.open(Settings(tmp_path), lambda: NOON) as store:
        made = LeadService(store, champion)
        made.put_lead({"lead_id": "L-1", "created_at": "2026-03-05T09:00:00Z"}, CALLER)
        yield made


def writes(service, moment: str):
    """Every write that carries a moment."""
    event = {"kind": "inbound_call", "occurred_at": moment}
    return {
        "created_at": lambda: service.put_lead({"lead_id": "L-2", "created_at": moment}, CALLER),
        "events[0].occurred_at": lambda: service.add_events("L-1", {"events": [event]}, CALLER),
        "occurred_at": lambda: service.add_outcome("L-1", {"stage": "booked", "occurred_at": moment}, CALLER),
        "a lead's event": lambda: service.put_lead({"lead_id": "L-1", "events": [event]}, CALLER),
        "a hook's change": lambda: service.apply_changes(
            "L-3", [FieldChange("L-3", "created_at", moment, NOON)], CALLER
        ),
    }


def test_a_moment_more_than_five_minutes_ahead_is_refused_and_nothing_is_kept(service):
    before = service.lead("L-1", "tests")
    refused = {}
    for name, write in writes(service, AHEAD).items():
        with pytest.raises(RequestError, match="moments in the future") as error:
            write()
        refused[name] = error.value.code, error.value.fields[0].field

    assert refused == {
        "created_at": ("in_the_future", "created_at"),
        "events[0].occurred_at": ("in_the_future", "events[0].occurred_at"),
        "occurred_at": ("in_the_future", "occurred_at"),
        "a lead's event": ("in_the_future", "events[0].occurred_at"),
        "a hook's change": ("in_the_future", "created_at"),
    }
    assert service.lead("L-1", "tests") == before


def test_a_senders_clock_may_be_a_little_ahead(service):
    for write in writes(service, NEAR).values():
        write()


def test_the_bound_itself_is_allowed():
    at_the_bound = np.datetime64("2026-03-05T12:05:00", "us")

    assert check_not_ahead([("a", at_the_bound), ("b", None), ("c", NOON + MAX_AHEAD)], NOON) is None
    with pytest.raises(RequestError, match="in the future"):
        check_not_ahead([("a", NOON + MAX_AHEAD + timedelta(microseconds=1))], NOON)


def test_where_a_touch_came_from_is_stored_and_no_part_of_the_score(tmp_path, champion):
    visit = {"kind": "page_view", "occurred_at": "2026-03-05T08:00:00Z"}
    origin = {"channel": " Web Form ", "source": "radio", "campaign": 2026, "event_id": "v-1"}

    with Store.open(Settings(tmp_path), lambda: NOON) as store:
        service = LeadService(store, champion)
        lead = {"created_at": "2026-03-05T09:00:00Z"}
        with_origin = service.put_lead({"lead_id": "L-1", **lead, "events": [visit | origin]}, CALLER)
        without = service.put_lead({"lead_id": "L-2", **lead, "events": [visit]}, CALLER)
        with store.reading() as at:
            (touch,) = at.events.list_for("L-1")
            (plain,) = at.events.list_for("L-2")

    assert (touch.channel, touch.source, touch.campaign) == ("Web Form", "radio", "2026") and plain.source is None
    assert with_origin[1]["score"] == without[1]["score"]


def test_an_origin_that_is_no_name_is_refused_by_its_length_and_not_repeated(service):
    visit = {"kind": "page_view", "occurred_at": "2026-03-05T08:00:00Z", "source": "secret " * 40}

    with pytest.raises(RequestError) as refused:
        service.add_events("L-1", {"events": [visit]}, CALLER)

    (fault,) = refused.value.fields
    assert (fault.field, fault.found) == ("events[0].source", "279 characters")
    assert fault.expected == "at most 200 characters of text"


def test_an_origin_is_read_as_in_files(champion):
    visit = {"kind": "page_view", "occurred_at": "2026-03-05T08:00:00Z"}
    origin = {"channel": "n/a", "source": "rad\x00io  one", "campaign": "  "}

    (touch,) = parse_events({"events": [visit | origin]}, champion.engine)

    assert (touch.channel, touch.source, touch.campaign) == (None, "radio one", None)
