"""What must an outbox keep to, so that the sender's promises hold?

Whoever brings another one adds it to ``outbox_of`` here.
"""

import itertools
from datetime import timedelta

import pytest

from serving.leads.crm_gateway import StoreOutbox
from serving.store.database.entities import OutboxMessage
from serving.store.store import Store
from tests.serving.crm.conftest import NOW
from tests.serving.store.conftest import migrated_url, postgresql_settings, server, sqlite_settings  # noqa: F401


class StoreOutbox(StoreOutbox):
    """The store's outbox, with a clock that a test moves."""

    def __init__(self, settings):
        self.now, self._numbers = NOW, itertools.count()
        self.store = Store.open(settings, lambda: self.now)
        super().__init__(self.store)

    def add(self, destination, lead_id, body):
        with self.store.transaction() as at:
            at.outbox.add(OutboxMessage(destination, f"e{next(self._numbers)}", body, lead_id))


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def outbox_of(request):
    """An outbox with ``now`` that a test moves, and ``add(destination, lead_id, body)``."""
    if request.param == "memory":
        yield request.getfixturevalue("outbox")
        return
    outbox = StoreOutbox(request.getfixturevalue(f"{request.param}_settings"))
    yield outbox
    outbox.store.close()


def bodies(claims):
    return [claim.body["score"] for claim in claims]


def test_of_a_lead_only_the_newest_score_is_given_out(outbox_of):
    for score in (1, 2, 3):
        outbox_of.add("hubspot", "7", {"score": score})

    assert bodies(outbox_of.claim("hubspot", 10, 60)) == [3] and outbox_of.claim("hubspot", 10, 60) == []


def test_while_one_is_claimed_none_of_the_same_lead_is_given_out(outbox_of):
    outbox_of.add("hubspot", "7", {"score": 1})
    claims = outbox_of.claim("hubspot", 10, 60)
    outbox_of.add("hubspot", "7", {"score": 2})
    outbox_of.add("hubspot", "8", {"score": 3})

    meanwhile = bodies(outbox_of.claim("hubspot", 10, 60))
    outbox_of.mark_done(claims[0])

    assert meanwhile == [3] and bodies(outbox_of.claim("hubspot", 10, 60)) == [2]


def test_a_retry_that_was_overtaken_does_not_hold_up_the_newer_score(outbox_of):
    outbox_of.add("hubspot", "7", {"score": 1})
    outbox_of.mark_failed(outbox_of.claim("hubspot", 10, 60)[0], "http_500", outbox_of.now + timedelta(hours=6))
    outbox_of.add("hubspot", "7", {"score": 2})

    assert bodies(outbox_of.claim("hubspot", 10, 60)) == [2]


def test_a_score_that_fails_while_a_newer_one_waits_gives_way_to_it(outbox_of):
    outbox_of.add("hubspot", "7", {"score": 1})
    claims = outbox_of.claim("hubspot", 10, 60)
    outbox_of.add("hubspot", "7", {"score": 2})
    outbox_of.mark_failed(claims[0], "http_500", outbox_of.now)

    assert bodies(outbox_of.claim("hubspot", 10, 60)) == [2]


def test_a_claim_runs_out_and_its_end_no_longer_counts(outbox_of):
    outbox_of.add("hubspot", "7", {"score": 1})
    first = outbox_of.claim("hubspot", 10, 60)
    outbox_of.now += timedelta(seconds=61)
    second = outbox_of.claim("hubspot", 10, 60)

    assert (
        second[0].attempt == 2
        and not outbox_of.mark_done(first[0])
        and not outbox_of.mark_failed(first[0], "slow", None)
        and outbox_of.mark_done(second[0])
    )


def test_destinations_do_not_know_of_each_other(outbox_of):
    outbox_of.add("hubspot", "7", {"score": 1})
    outbox_of.add("dynamics", "7", {"score": 2})

    assert (bodies(outbox_of.claim("hubspot", 10, 60)), bodies(outbox_of.claim("dynamics", 10, 60))) == ([1], [2])


def test_no_more_are_given_out_than_asked_for_and_none_before_its_time(outbox_of):
    for lead in "abc":
        outbox_of.add("hubspot", lead, {"score": 1})
    two = outbox_of.claim("hubspot", 2, 60)
    outbox_of.mark_failed(two[0], "http_500", outbox_of.now + timedelta(seconds=5))

    assert len(two) == 2 and len(outbox_of.claim("hubspot", 9, 60)) == 1 and outbox_of.claim("hubspot", 9, 60) == []
