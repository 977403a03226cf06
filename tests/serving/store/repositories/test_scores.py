"""Is every score kept as it was given, every retry answered alike, and every message sent in order?"""

import threading

import pytest

from serving.errors import StoreConflict, StoreRefused, UnknownLead
from serving.store.database.entities import Lead, OutboxMessage, Override, Score


def score(lead_id="L-1", receipt="r1", **how):
    """A score as it was given."""
    return Score(
        lead_id,
        receipt,
        "b" * 64,
        "3",
        None,
        0.1 + 0.2,
        "B",
        "normal",
        **({"cause": "arrival", "shown": {"reason_1": "Is near"}} | how),
    )


def test_a_score_is_kept_to_the_bit_with_what_was_shown(store, ann, clock):
    with store.transaction() as at:
        assert at.scores.add(score()) and not at.scores.add(score())
    clock.forward(hours=1)
    with store.transaction() as at:
        assert (
            at.scores.add(score(receipt="r2"))
            and at.scores.add(score(receipt=None))
            and at.scores.add(score(receipt=None))
        )

    with store.reading() as at:
        stored, latest, replayed = (
            at.scores.list_for("L-1"),
            at.scores.get_latest("L-1"),
            at.scores.find_by_receipt("r1"),
        )

    assert (
        [score.receipt for score in stored] == ["r1", "r2", None, None]
        and latest == stored[-1]
        and replayed == stored[:1]
    )
    assert (
        stored[0].probability == 0.1 + 0.2
        and stored[0].shown == {"reason_1": "Is near"}
        and stored[1].scored_at == clock.now
    )


def test_a_score_that_comes_again_after_another_one_is_the_newest_again(store, ann):
    with store.transaction() as at:
        added = [at.scores.add(score(receipt=receipt)) for receipt in ("r1", "r2", "r2", "r1")]

    with store.reading() as at:
        assert at.scores.get_latest("L-1").receipt == "r1"
        assert [one.receipt for one in at.scores.list_for("L-1")] == ["r1", "r2", "r1"]
    assert added == [1, 2, None, 3]


def test_a_lead_that_was_looked_at_again_and_found_unchanged_is_up_to_date(store, ann, clock):
    with store.transaction() as at:
        first = at.scores.add(score())
    clock.forward(minutes=11)
    with store.transaction() as at:
        second = at.scores.add(score())

    with store.reading() as at:
        assert second > first and at.scores.get_latest("L-1").scored_at == clock.now


def test_an_override_is_kept(store, ann, clock):
    override = Override(
        "L-1", "reason_wrong", "staff-7", receipt="r1", reason="distance_to_offering_clinic", note="She moved"
    )
    with store.transaction() as at:
        at.overrides.add(override)
        at.overrides.add(Override("L-1", "order", "staff-7", place=1))

    with store.reading() as at:
        stored = at.overrides.list_for("L-1")

    assert stored[0] == Override(**{**vars(override), "said_at": clock.now}) and stored[1].place == 1


@pytest.mark.parametrize(
    ("write", "error", "match"),
    [
        (lambda at: at.scores.add(score("nobody")), UnknownLead, "no lead with this id"),
        (lambda at: at.overrides.add(Override("nobody", "order", "staff-7")), UnknownLead, "no lead with this id"),
        (
            lambda at: at.overrides.add(Override("L-1", "mood", "staff-7")),
            StoreRefused,
            "Expected one of order, grade, reason_wrong",
        ),
        (lambda at: at.scores.add(score(shown={"p": float("nan")})), StoreRefused, "not finite"),
    ],
)
def test_what_cannot_be_kept_is_refused(store, ann, write, error, match):
    with pytest.raises(error, match=match), store.transaction() as at:
        write(at)


def test_a_retry_gets_the_same_answer_and_another_body_is_a_conflict(store):
    with store.transaction() as at:
        assert at.idempotency.find_answer("crm", "key-1", b"body") is None
        at.idempotency.save_answer("crm", "key-1", b"body", 201, '{"score": 31}')

    with store.transaction() as at:
        again = at.idempotency.find_answer("crm", "key-1", b"body")
        assert (again.status, again.body) == (201, '{"score": 31}')
        assert at.idempotency.find_answer("another", "key-1", b"other body") is None
        with pytest.raises(StoreConflict, match="used before with another body"):
            at.idempotency.find_answer("crm", "key-1", b"other body")


def test_a_key_is_as_new_after_seven_days(store, clock):
    with store.transaction() as at:
        at.idempotency.save_answer("crm", "key-1", b"body", 201, "{}", ["L-1"])
    clock.forward(days=7)
    with store.transaction() as at:
        assert at.idempotency.find_answer("crm", "key-1", b"other body") is None
        at.idempotency.save_answer("crm", "key-2", b"body", 201, "{}", ["L-1"])

    assert store.delete_expired().keys == 1
    with store.transaction() as at:
        assert at.idempotency.find_answer("crm", "key-2", b"body") is not None


def test_32_retries_at_once_make_one_row_and_one_answer(store):
    answers, together = [], threading.Barrier(32)

    def request(number):
        together.wait()
        with store.transaction() as at:
            stored = at.idempotency.find_answer("crm", "key-1", b"body")
            if stored is None:
                at.leads.put(Lead(f"made-by-{number}"))
                at.idempotency.save_answer("crm", "key-1", b"body", 201, f"answer {number}", [f"made-by-{number}"])
                stored = at.idempotency.find_answer("crm", "key-1", b"body")
        answers.append(stored.body)

    workers = [threading.Thread(target=request, args=(number,)) for number in range(32)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    with store.reading() as at:
        assert at.leads.count() == 1
    assert len(answers) == 32 and len(set(answers)) == 1


def queue_messages(store, *effects, lead_id="L-1"):
    """Queue one message for each effect."""
    with store.transaction() as at:
        return [at.outbox.add(OutboxMessage("hubspot", effect, {"score": 31}, lead_id)) for effect in effects]


def end_message(store, claimed, retry_at=None, fault=None):
    """Tell what became of a message."""
    with store.transaction() as at:
        return at.outbox.mark_failed(claimed, fault, retry_at) if fault else at.outbox.mark_done(claimed)


def test_an_effect_is_queued_once(store, ann):
    assert queue_messages(store, "e1", "e1") == [True, False]
    assert queue_messages(store, "e1") == [False]


def test_of_one_lead_the_newest_message_alone_is_sent_and_what_was_set_aside_says_nothing_more(store, ann):
    queue_messages(store, "e1", "e2")
    queue_messages(store, "e3", lead_id="L-2")

    first = store.claim("hubspot")

    assert (
        [message.effect for message in first] == ["e2", "e3"]
        and store.claim("hubspot") == []
        and store.claim("salesforce") == []
    )
    assert first[0].body == {"score": 31} and first[0].attempt == 1
    with store.reading() as at:
        assert at.outbox.count_by_state() == {"set_aside": 1, "claimed": 2}
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE body IS NOT NULL").scalar() == 2


def test_a_message_that_failed_waits_for_its_time(store, ann, clock):
    queue_messages(store, "e1")
    (first,) = store.claim("hubspot")
    later = clock.now.replace(minute=5)

    assert end_message(store, first, later, "http_429")
    assert store.claim("hubspot") == []
    clock.forward(minutes=5)
    (again,) = store.claim("hubspot")
    assert (again.effect, again.attempt) == ("e1", 2)
    assert end_message(store, again, None, "http_400")
    with store.reading() as at:
        assert at.outbox.count_by_state() == {"failed": 1}


def test_a_worker_that_died_leaves_what_was_overtaken_aside(store, ann, clock):
    queue_messages(store, "e1")
    store.claim("hubspot", seconds=60)
    queue_messages(store, "e2")
    assert store.claim("hubspot") == []
    clock.forward(seconds=60)

    assert [message.effect for message in store.claim("hubspot")] == ["e2"]
    with store.reading() as at:
        assert at.outbox.count_by_state() == {"set_aside": 1, "claimed": 1}


def test_a_worker_that_died_leaves_its_message_to_the_next(store, ann, clock):
    queue_messages(store, "e1")
    (lost,) = store.claim("hubspot", seconds=60)
    clock.forward(seconds=60)

    (next_claim,) = store.claim("hubspot")

    assert next_claim.effect == "e1" and next_claim.attempt == 2
    assert not end_message(store, lost) and end_message(store, next_claim) and not end_message(store, next_claim)


def test_what_was_sent_says_nothing_more_and_goes(store, ann, clock):
    queue_messages(store, "e1")
    end_message(store, *store.claim("hubspot"))
    with store.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT body FROM outbox").scalar() is None

    clock.forward(days=31)

    assert store.delete_expired().messages == 1


def test_many_workers_take_each_message_once(store, ann):
    with store.transaction() as at:
        for number in range(40):
            at.outbox.add(OutboxMessage("hubspot", f"e{number}", {}, f"lead-{number}"))
    sent, together = [], threading.Barrier(4)

    def work_off():
        together.wait()
        idle = 0
        while idle < 20:
            claimed = store.claim("hubspot", limit=3)
            idle = 0 if claimed else idle + 1
            for message in claimed:
                sent.append(message)
                end_message(store, message)

    workers = [threading.Thread(target=work_off) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(message.effect for message in sent) == sorted(f"e{number}" for number in range(40))
