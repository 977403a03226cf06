"""Does the chain show every line that was changed, taken out or put in, and does it name nobody?"""

import json
import re
from hashlib import sha256

import pytest
from sqlalchemy import text

from features.logs.hash_chain import FIRST_HASH
from features.logs.installation_key import hash_without_key
from serving.store.database.entities import Event, Lead, OutboxMessage, Outcome, Override, Score


@pytest.fixture
def busy(store, ann):
    """The store with a line of audit for each kind of write."""
    with store.transaction("ann@practice.example") as at:
        at.leads.put(Lead("L-1", {"channel": "phone"}, {"Mother's maiden name": "Canary"}))
        at.events.add("L-1", [Event(at.now, "chat", staff_id="Canary")])
        at.outcomes.add("L-1", Outcome(at.now, "lost", reason="price"))
        at.scores.add(Score("L-1", "r1", "b" * 64, "3", at.now, 0.25, "B", "normal", shown={"text": "Canary"}))
        at.overrides.add(Override("L-1", "grade", "staff-7", grade="A", note="Canary"))
        at.outbox.add(OutboxMessage("hubspot", "canary@example.org", {"text": "Canary"}, "L-1"))
    return store


def tamper_with(store, *statements):
    """The store after somebody with the keys of the database took the triggers off."""
    off = (
        ("DROP TRIGGER audit_no_update", "DROP TRIGGER audit_no_delete")
        if store.database.is_sqlite
        else ("ALTER TABLE audit DISABLE TRIGGER USER",)
    )
    with store.database.writing() as connection:
        for statement in (*off, *statements):
            connection.execute(text(statement))
    return store


def test_every_write_has_its_line_and_the_chain_holds(busy):
    verification = busy.verify_audit()

    with busy.reading() as at:
        rows = at.audit.list_rows()
        assert at.audit.list_rows("L-1") == rows and at.audit.list_rows("L-2") == []
    actions = [
        "lead_created",
        "lead_changed",
        "events_added",
        "outcome_added",
        "score_given",
        "override_added",
        "outbox_queued",
    ]
    assert [row.action for row in rows] == actions and [row.seq for row in rows] == list(range(1, 8))
    assert verification.rows == 7 and verification.broken is None and verification.head == rows[-1].row_hash
    assert rows[1].detail == {"fields": ["channel"], "own_columns": 1} and rows[4].detail["probability"] == 0.25


def test_the_chain_can_be_walked_by_anybody_with_sha256(busy):
    with busy.database.reading() as connection:
        rows = connection.execute(
            text("SELECT seq, at, actor, action, lead_hash, detail, previous_hash, row_hash FROM audit ORDER BY seq")
        ).all()

    last = FIRST_HASH
    for row in rows:
        at = row.at if isinstance(row.at, str) else row.at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        fields = json.dumps(
            [row.seq, at, row.actor, row.action, row.lead_hash, row.detail], ensure_ascii=False, separators=(",", ":")
        )
        last = sha256(f"{last}\n{fields}".encode()).hexdigest()
        assert last == row.row_hash


def test_no_line_holds_a_value_or_names_anybody(busy):
    with busy.database.reading() as connection:
        audit_text = str(connection.execute(text("SELECT * FROM audit")).all()).casefold()

    # A hash may hold any three digits.
    words = re.sub(r"[0-9a-f]{32,}", "", audit_text)
    for personal in ("canary", "ann.", "ann@", "knee", "617", "maiden", "'l-1'", "practice.example"):
        assert personal not in words, personal
    assert busy.hasher.hash("L-1") in audit_text and hash_without_key("L-1") not in audit_text


@pytest.mark.parametrize(
    ("statement", "line", "why"),
    [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3, "its content differs from when it was written"),
        ("UPDATE audit SET detail = replace(detail, '0.25', '0.75') WHERE seq = 5", 5, "its content differs"),
        ("UPDATE audit SET lead_hash = NULL WHERE seq = 1", 1, "its content differs"),
        ("UPDATE audit SET row_hash = 'f' WHERE seq = 4", 4, "its content differs"),
        ("DELETE FROM audit WHERE seq = 2", 2, "line 2 is missing; the next one is 3"),
        ("DELETE FROM audit WHERE seq = 1", 1, "line 1 is missing"),
        (
            "INSERT INTO audit SELECT 8, at, actor, action, lead_hash, detail, row_hash, row_hash "
            "FROM audit WHERE seq = 7",
            8,
            "its content differs",
        ),
        (
            "INSERT INTO audit SELECT 8, at, actor, action, lead_hash, detail, previous_hash, row_hash "
            "FROM audit WHERE seq = 7",
            8,
            "does not follow",
        ),
    ],
)
def test_the_first_line_that_does_not_hold_is_named(busy, statement, line, why):
    verification = tamper_with(busy, statement).verify_audit()

    assert verification.broken == line and verification.rows == line - 1 and why in verification.why


def test_a_line_written_anew_breaks_the_next_one(busy):
    with busy.reading() as at:
        row = at.audit.list_rows()[2]
    forged = (
        f"UPDATE audit SET row_hash = '{sha256(b'forged').hexdigest()}', previous_hash = '{row.row_hash}' WHERE seq = 3"
    )

    assert tamper_with(busy, forged).verify_audit().broken == 3


def test_lines_cut_off_at_the_end_show_beside_a_hash_noted_earlier(busy):
    noted = busy.verify_audit().head

    assert tamper_with(busy, "DELETE FROM audit WHERE seq >= 6").verify_audit().broken is None
    verification = busy.verify_audit(noted)
    assert verification.broken == 6 and "lines were cut off" in verification.why


def test_a_hash_noted_earlier_stands_in_a_longer_chain(busy):
    noted = busy.verify_audit().head
    with busy.transaction() as at:
        at.leads.put(Lead("L-2"))

    assert busy.verify_audit(noted).broken is None and busy.verify_audit(FIRST_HASH).rows == 8


def test_an_empty_audit_holds(store):
    assert store.verify_audit().rows == 0 and store.verify_audit("f" * 64).broken == 1
