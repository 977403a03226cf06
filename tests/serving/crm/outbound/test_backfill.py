"""Does every contact of a CRM get its score once, within the CRM's limits, wherever a run was stopped?"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from serving.crm.outbound.backfill import Backfill
from serving.crm.outbound.http_transport import Transport
from serving.crm.outbound.hubspot_writer import PROPERTIES
from serving.crm.outbound.paced_transport import PacedTransport
from serving.crm_settings import Secret
from serving.errors import ServiceError
from tests.support.fake_crms import PagedHubSpotStandIn

TOKEN = "an invented token"
NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


class FakeTime:
    """Seconds that pass only while somebody waits, and with each look a little."""

    def __init__(self):
        self.now, self.waited = 0.0, []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.waited.append(seconds)
        self.now += seconds


@pytest.fixture
def passing():
    return FakeTime()


@pytest.fixture
def crm(passing):
    stand_in = PagedHubSpotStandIn(passing)
    stand_in.contacts = {
        str(number): {
            "zip": "02110",
            "message": "Planted: could I come in next week?",
            "email": f"p{number}@example.org",
        }
        for number in range(1, 351)
    }
    stand_in.rows = {contact: {} for contact in stand_in.contacts}
    yield stand_in
    stand_in.close()


@pytest.fixture
def backfill(crm, passing, engine, tmp_path):
    """Makes a run over the stand-in's contacts."""
    transport = Transport(crm.address, Secret(TOKEN), 5)
    yield lambda at=engine, clock=lambda: NOW: Backfill(
        PacedTransport(transport, passing, passing.sleep), at, None, tmp_path / "push" / "hubspot.json", clock
    )
    transport.close()


def ignore(progress):
    """A report that nobody reads."""


def test_a_dry_run_scores_all_and_changes_nothing(crm, backfill, tmp_path):
    progress = backfill().run(False, ignore)

    assert (progress.counts["read"], progress.counts["scored"]) == (350, 350) and sum(progress.grades.values()) == 350
    assert crm.written == 0 and {method for method, *_ in crm.requests} == {"GET"} and not list(tmp_path.iterdir())


def test_every_contact_gets_its_score_and_once_more_changes_none(crm, backfill, tmp_path):
    first = backfill().run(True, ignore)
    again = backfill().run(True, ignore)

    assert first.counts["written"] == crm.written == 350 and set(crm.rows["7"]) == set(PROPERTIES)
    assert again.counts["unchanged"] == 350 and again.counts["written"] == 0
    assert not list((tmp_path / "push").iterdir())


def test_a_run_that_was_stopped_goes_on_where_it_was(crm, backfill, tmp_path):
    stopped = backfill().run(True, ignore, 2)
    place = (tmp_path / "push" / "hubspot.json").read_text()
    before = len(crm.requests)
    progress = backfill().run(True, ignore)

    assert stopped.after == "200" and progress.counts["read"] == 350 and crm.written == 350
    assert "after=200" in crm.requests[before][1] and len(crm.requests) - before == 2 * 3
    assert "Planted" not in place and "example.org" not in place


def test_a_crm_that_dies_in_the_middle_loses_nothing(crm, backfill):
    crm.behave(*[None] * 4, *[(500, {}, {})] * 6)
    with pytest.raises(ServiceError, match="could not take 100 scores now .http_500."):
        backfill().run(True, ignore)
    crm.behave("drop", (429, {"retry-after": "3"}, {}), "drop_answer")

    assert backfill().run(True, ignore).counts["read"] == 350 and crm.written == 350


def test_another_model_begins_anew(crm, backfill, engine):
    backfill().run(True, ignore, 1)

    assert backfill(replace(engine, version="4")).run(True, ignore).counts["read"] == 350


def test_the_crms_limit_is_never_reached_and_one_that_is_tighter_is_waited_for(crm, backfill, passing):
    crm.contacts = {str(number): {} for number in range(1, 6_001)}
    crm.rows = {contact: {} for contact in crm.contacts}
    backfill().run(True, ignore)
    assert crm.refused == 0 and passing.waited and crm.written == 6_000

    crm.limit = 20
    backfill().run(True, ignore)
    assert crm.refused > 0 and crm.written == 6_000


def test_a_contact_that_spoils_its_page_is_refused_alone(crm, backfill):
    crm.poisoned = tuple(str(number) for number in range(1, 31))

    progress = backfill().run(True, ignore)

    assert (progress.counts["refused"], progress.counts["written"]) == (30, 320)


def test_a_page_of_which_nothing_is_taken_stops_the_run_and_says_what_is_missing(crm, backfill):
    crm.contacts = {"1": {}}
    crm.poisoned = ("1",)

    with pytest.raises(ServiceError, match="Create the properties of a contact"):
        backfill().run(True, ignore)


def test_a_last_page_of_one_contact_that_is_refused_for_good_ends_the_run(crm, backfill, tmp_path):
    crm.contacts = {str(number): {} for number in range(1, 202)}
    crm.rows, crm.poisoned = {contact: {} for contact in crm.contacts}, ("201",)

    stopped, progress = backfill().run(True, ignore, 2), backfill().run(True, ignore)

    assert (stopped.after, progress.after, progress.counts["written"]) == ("200", None, 200)
    assert progress.refusals == {"http_400": 1} and not list((tmp_path / "push").iterdir())


def test_contacts_that_were_deleted_meanwhile_say_nothing_about_the_setup(crm, backfill):
    crm.contacts, crm.rows = {"1": {}, "2": {}}, {"3": {}}
    crm.behave(None, (207, {}, {"results": [], "errors": [{"context": {"ids": ["1", "2"]}}]}))

    assert backfill().run(True, ignore).refusals == {"no_such_contact": 2}


def test_a_setup_that_changes_in_the_middle_stops_the_run_at_its_page(crm, backfill):
    backfill().run(True, ignore, 1)
    crm.poisoned = tuple(str(number) for number in range(101, 351))

    for _ in range(2):
        with pytest.raises(ServiceError, match=r"took scores of earlier pages .* every score of a page, 100 .http_400"):
            backfill().run(True, ignore)


@pytest.mark.parametrize("written", [0, 1])
def test_a_crm_that_asks_to_wait_for_hours_is_not_waited_for_and_the_wait_is_said(crm, backfill, passing, written):
    crm.behave(*[None] * 3 * written, *[None] * 2 * written, (429, {"retry-after": "7200"}, {}))

    with pytest.raises(ServiceError, match="429.*again in 120 minutes or later; it goes on where it stopped"):
        backfill().run(True, ignore)
    assert sum(passing.waited) < 60

    assert backfill().run(True, ignore).counts["read"] == 350 and crm.written == 350


def test_waits_of_some_minutes_do_not_run_out_of_time(crm, backfill, passing):
    crm.poisoned = tuple(str(number) for number in range(1, 351, 7))
    crm.behave(None, None, *[(429, {"retry-after": "590"}, {}), None] * 40)

    progress = backfill(clock=lambda: NOW + timedelta(seconds=passing.now)).run(True, ignore)

    assert sum(passing.waited) > 20_000 and (progress.counts["written"], progress.counts["refused"]) == (300, 50)


def test_contacts_that_are_none_and_values_that_are_strange_harm_nothing(crm, backfill):
    strange = [
        None,
        {"id": "x"},
        {"id": "5", "properties": "Planted"},
        {"id": "6", "properties": {"createdate": "soon"}},
    ]
    crm.behave((200, {}, {"results": strange}))

    progress = backfill().run(False, ignore)

    assert progress.counts["read"] == 2 and progress.counts["scored"] + progress.counts["unreadable"] == 2


def test_a_damaged_place_is_said(backfill, tmp_path):
    (tmp_path / "push").mkdir()
    (tmp_path / "push" / "hubspot.json").write_text("[]")

    with pytest.raises(ServiceError, match="Begin anew with --restart"):
        backfill().run(True, ignore)
