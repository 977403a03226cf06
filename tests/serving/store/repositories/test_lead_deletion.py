"""Is a person gone who asked to be, everywhere, and nobody else?"""

import json
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import text

from features.logs.daily_jsonl import DailyFiles
from serving.errors import UnknownLead
from serving.settings import Settings
from serving.store.database.entities import (
    DeskStep,
    Event,
    Lead,
    LeadState,
    OutboxMessage,
    Outcome,
    Override,
    Score,
    Spend,
)
from serving.store.database.tables import metadata
from serving.store.store import Store
from training.bundle.holdout_scores import HoldoutScores, read_holdout_scores

CANARY = "Zebulon Quackenbush"


def everything_about(store, lead_id, person=CANARY):
    """Fill every table with somebody."""
    with store.transaction() as at:
        at.leads.put(
            Lead(
                lead_id,
                {"message": f"I am {person}", "email": f"{person.split()[0]}@example.org", "phone": "617-555-0123"},
                {person: person},
            )
        )
        at.leads.put(Lead(lead_id, {"referrer": person}))
        at.names.put(lead_id, {"full_name": person})
        at.events.add(lead_id, [Event(at.now, "chat", staff_id=person, campaign=person, channel=person, source=person)])
        at.outcomes.add(lead_id, Outcome(at.now, "lost", reason="price", staff_id=person))
        at.scores.add(
            Score(
                lead_id,
                f"r{lead_id[-1]}",
                "b" * 64,
                "3",
                at.now,
                0.25,
                "B",
                "normal",
                shown={"lead_id": lead_id, "text": person},
            )
        )
        at.overrides.add(Override(lead_id, "grade", "staff-7", grade="A", note=person))
        number = at.desk.add(DeskStep(lead_id, "anna", "note", {"text": person}), at.now)
        at.desk.save_state(lead_id, LeadState(owner="anna"), number)
        at.outbox.add(OutboxMessage("hubspot", f"e-{lead_id}", {"name": person}, lead_id))
        at.field_versions.put(lead_id, {f"custom:{person}": (at.now, person)})
        at.crm_sources.add(lead_id, "hubspot")
        at.idempotency.save_answer("crm", f"key {person}", b"body", 201, json.dumps({"name": person}), [lead_id])


def dump_tables(store):
    """Everything that any table says, as text."""
    with store.database.reading() as connection:
        return {name: str(connection.execute(text(f"SELECT * FROM {name}")).all()) for name in metadata.tables}


def test_nothing_of_a_person_is_left_in_any_table(store):
    everything_about(store, "lead-77")
    texts_before = dump_tables(store)

    with store.transaction() as at:
        touched = at.forget("lead-77")

    assert sum(CANARY in rows for rows in texts_before.values()) == 11
    for name, rows in dump_tables(store).items():
        assert CANARY not in rows and "Zebulon" not in rows and "5550123" not in rows, name
        assert "lead-77" not in rows, name
    assert touched == {
        "events": 1,
        "outcomes": 1,
        "overrides": 1,
        "outbox": 1,
        "lead_changes": 2,
        "field_versions": 1,
        "lead_crms": 1,
        "lead_names": 1,
        "desk_steps": 1,
        "desk_leads": 1,
        "scores": 1,
        "answers": 1,
    }


def test_numbers_and_the_audit_stay(store):
    everything_about(store, "L-1")
    with store.transaction() as at:
        at.forget("L-1")

    with store.reading() as at:
        (score,) = at.scores.find_by_receipt("r1")
        rows = at.audit.list_rows("L-1")
    assert score.probability == 0.25 and score.lead_id is None and score.shown is None
    assert (
        rows[-1].action == "lead_forgotten" and rows[-1].detail["scores"] == 1 and store.verify_audit().broken is None
    )


def test_nobody_else_is_touched(store):
    everything_about(store, "L-1")
    everything_about(store, "L-2", "Ophelia Pumpernickel")
    with store.transaction() as at:
        at.forget("L-1")

    with store.reading() as at:
        assert (
            at.leads.get("L-2").values["message"] == "I am Ophelia Pumpernickel"
            and len(at.events.list_for("L-2")) == len(at.outcomes.list_for("L-2")) == 1
        )
        assert (
            at.scores.get_latest("L-2").shown["text"] == "Ophelia Pumpernickel"
            and len(at.leads.list_changes("L-2")) == 2
            and len(at.overrides.list_for("L-2")) == 1
        )
    assert [message.lead_id for message in store.claim("hubspot")] == ["L-2"]


def test_a_retry_of_a_request_about_the_person_makes_nobody_again(store):
    everything_about(store, "L-1")
    with store.transaction() as at:
        at.forget("L-1")

    with store.reading() as at:
        answer = at.idempotency.find_answer("crm", f"key {CANARY}", b"body")

    assert answer.status == 201 and answer.body is None


def test_a_message_that_is_under_way_ends_without_a_trace(store):
    everything_about(store, "L-1")
    (claimed,) = store.claim("hubspot")
    with store.transaction() as at:
        at.forget("L-1")
        assert not at.outbox.mark_done(claimed)


def test_the_same_id_may_come_again_as_a_new_lead(store, clock):
    everything_about(store, "L-1")
    with store.transaction() as at:
        at.forget("L-1")
    clock.forward(days=1)
    with store.transaction() as at:
        assert at.leads.put(Lead("L-1")).created

    with store.reading() as at:
        assert (
            at.leads.get("L-1").first_known_at == clock.now
            and at.scores.list_for("L-1") == []
            and len(at.leads.list_changes("L-1")) == 1
        )


@pytest.mark.parametrize(
    "contact",
    [
        {"email": " ann.lee@EXAMPLE.org"},
        {"phone": "617.555.0123"},
        {"phone": "+1 617 555 0123"},
        {"email": "other@x.org", "phone": "6175550123"},
    ],
)
def test_a_person_is_found_however_the_address_or_number_was_written(store, ann, contact):
    with store.transaction() as at:
        at.leads.put(Lead("L-2", {"email": "bob@example.org", "phone": "617-555-0199"}))
        at.leads.put(Lead("L-3"))

        assert at.find_leads(**contact) == ["L-1"]


def test_a_number_or_address_that_is_none_is_found_as_it_was_written(store):
    with store.transaction() as at:
        at.leads.put(Lead("L-1", {"email": "Ann at home", "phone": "555 01 23 ext"}))

        assert at.find_leads(email="ann at home") == at.find_leads(phone="5550123") == ["L-1"]
        assert at.find_leads(email="", phone="12") == at.find_leads() == []


def test_a_changed_number_is_found_under_the_new_one_only(store, ann):
    with store.transaction() as at:
        at.leads.put(Lead("L-1", {"phone": "617-555-0199", "email": None}))

        assert (
            at.find_leads(phone="617-555-0199") == ["L-1"]
            and at.find_leads(phone="617-555-0123") == at.find_leads(email="ann.lee@example.org") == []
        )


def test_who_shares_contact_data_is_said(store, ann):
    with store.transaction() as at:
        at.leads.put(Lead("L-2", {"phone": "6175550123"}))
        at.leads.put(Lead("L-3", {"phone": "617-555-0199"}))

        assert (
            at.find_leads_sharing_contact("L-1") == ["L-2"]
            and at.find_leads_sharing_contact("L-3") == at.find_leads_sharing_contact("nobody") == []
        )


def test_a_stranger_cannot_be_forgotten(store):
    with pytest.raises(UnknownLead, match="nothing to forget"), store.transaction() as at:
        at.forget("nobody")


def test_who_asked_leaves_a_tombstone_and_who_was_kept_too_long_leaves_none(store, clock):
    everything_about(store, "L-1")
    with store.transaction() as at:
        at.forget("L-1")
        at.tombstones.put("nobody yet")
        at.leads.put(Lead("L-2"))
    clock.forward(days=400)
    Store(store.database, store.hasher, 365, clock).delete_expired()

    with store.reading() as at:
        assert at.tombstones.get("L-1") == at.tombstones.get("nobody yet") == clock.now - timedelta(days=400)
        assert at.leads.count() == 0 and at.tombstones.get("L-2") is None and len(at.tombstones.list_all()) == 2


def test_leads_with_which_nothing_happens_go_after_their_time(settings, store, clock):
    with Store(store.database, store.hasher, 365, clock) as old_store:
        with old_store.transaction() as at:
            at.leads.put(Lead("old"))
            at.leads.put(Lead("awake"))
        clock.forward(days=300)
        with old_store.transaction() as at:
            at.events.add("awake", [Event(at.now, "chat")])
        clock.forward(days=66)

        assert old_store.delete_expired().leads == 1
        with old_store.reading() as at:
            assert [lead.lead_id for lead in at.leads.list_page()] == ["awake"] and at.audit.list_rows("old")[
                -1
            ].detail["because"] == "retention"


def test_who_is_too_old_leaves_the_logs_of_scores_and_the_scores_of_models_too(tmp_path, clock):
    with Store.open(Settings(tmp_path, retention_days=30), clock) as store:
        with store.transaction() as at:
            for lead_id in ("old", "awake"):
                at.leads.put(Lead(lead_id))
        ids = np.array(["old", "awake"], object)
        HoldoutScores(ids, np.array([0.2, 0.3])).write(tmp_path, "f" * 64)
        lines = [json.dumps({"lead_id": store.hasher.log_id(lead_id)}, separators=(",", ":")) for lead_id in ids]
        DailyFiles(tmp_path / "requests").append(lines)
        clock.forward(days=31)
        with store.transaction() as at:
            at.events.add("awake", [Event(at.now, "chat")])

        assert store.delete_expired().lead_ids == ("old",)
    assert list(DailyFiles(tmp_path / "requests").read_lines()) == lines[1:]
    assert np.isnan(read_holdout_scores(tmp_path, "f" * 64).look_up(ids)).tolist() == [True, False]


def test_spending_goes_with_the_leads_of_its_time_and_stays_when_one_is_forgotten(settings, store, clock):
    with Store(store.database, store.hasher, 365, clock) as old_store:
        with old_store.transaction() as at:
            at.leads.put(Lead("L-1"))
            at.spending.put([Spend(clock.now - timedelta(days=days), 10.0 + days) for days in (2, 1, 0)])
            at.forget("L-1")
        assert old_store.delete_expired().spend == 0
        clock.forward(days=364)

        assert (old_store.delete_expired().spend, old_store.delete_expired().spend) == (1, 0)
        with old_store.database.reading() as connection:
            assert list(connection.scalars(text("SELECT amount FROM spend ORDER BY amount"))) == [10.0, 11.0]
        with old_store.reading() as at:
            assert [row.detail for row in at.audit.list_rows() if row.action == "spend_removed"] == [{"count": 1}]
    assert old_store.verify_audit().broken is None


def test_more_spending_than_one_transaction_deletes_goes_all(store, clock, monkeypatch):
    monkeypatch.setattr("serving.store.store._ROWS_PER_BATCH", 2)
    with Store(store.database, store.hasher, 30, clock) as old_store:
        with old_store.transaction() as at:
            at.spending.put([Spend(clock.now, 1.0, str(number)) for number in range(5)])
        clock.forward(days=31)

        assert old_store.delete_expired().spend == 5


def test_without_a_setting_nobody_goes(store, ann, clock):
    clock.forward(days=36_000)

    assert store.delete_expired().leads == 0


def test_no_byte_of_the_person_is_left_in_the_files(tmp_path):
    with Store.open(Settings(home=tmp_path)) as store:
        everything_about(store, "L-1")
        with store.transaction() as at:
            at.forget("L-1")
        assert store.empty_journal()

        written = b"".join(path.read_bytes() for path in tmp_path.glob("leadlight.db*"))

    assert b"Zebulon" not in written and b"Quackenbush" not in written and b"5550123" not in written
