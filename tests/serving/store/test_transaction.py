"""Is everything in one transaction written at one moment, or not at all?"""

import pytest

from serving.errors import UnknownLead
from serving.store.database.entities import Event, Lead


def test_all_of_it_has_one_moment(store, clock):
    with store.transaction("tests") as transaction:
        transaction.leads.put(Lead("L-1", {"channel": "phone"}))
        transaction.events.add("L-1", [Event(clock(), "chat")])
        moment = transaction.now

    with store.reading() as transaction:
        lead = transaction.leads.get("L-1")
        assert lead.first_known_at == lead.changed_at == moment
        assert {row.at for row in transaction.audit.list_rows()} == {moment}


def test_nothing_of_it_stays_when_the_end_fails(store):
    with pytest.raises(RuntimeError), store.transaction("tests") as transaction:
        transaction.leads.put(Lead("L-1", {"channel": "phone"}))
        raise RuntimeError

    with store.reading() as transaction:
        assert transaction.leads.get("L-1") is None and transaction.audit.list_rows() == []


def test_a_lead_that_is_forgotten_leaves_a_tombstone_and_an_unknown_one_is_refused(store):
    with store.transaction("tests") as transaction:
        transaction.leads.put(Lead("L-1", {"channel": "phone"}))
        transaction.forget("L-1")
        assert transaction.leads.get("L-1") is None and transaction.tombstones.get("L-1") is not None
        with pytest.raises(UnknownLead):
            transaction.forget("L-1")
