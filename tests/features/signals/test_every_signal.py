"""What does every signal promise, whoever wrote it? Tested once, over the whole catalogue."""

import doctest
import inspect
import re

import numpy as np
import pytest

import features.signals  # noqa: F401
from features.array_types import DAY
from features.batch import Batch
from features.blocks import Blocks
from features.errors import SignalError
from features.feature_matrix import compute_matrix, select_supported_signals
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.point_in_time.outcomes import build_history
from features.point_in_time.scoring_moments import Moments
from features.registry import CATALOGUE, FAMILIES, UNITS, Signal, signal
from features.schema import LEADS
from features.testing import example_context, one_lead, value_of
from training.dataset.labels import build_learning_set

every_signal = pytest.mark.parametrize("declared", CATALOGUE.values(), ids=list(CATALOGUE))


@pytest.fixture(scope="module")
def batch(demo_tables, demo_practice) -> Batch:
    """Every training moment of the invented practice."""
    learning = build_learning_set(demo_tables, demo_practice, "booked")
    context = Context(
        demo_practice,
        history=build_history(demo_tables, demo_practice, "booked"),
        contacts=ContactIndex.of_leads(demo_tables.leads),
    )
    return Batch.from_tables(demo_tables, learning.moments.of_lead, learning.moments.cutoff, context)


@pytest.fixture(scope="module")
def blocks(batch) -> Blocks:
    """Its blocks, made once."""
    return Blocks(batch)


@every_signal
def test_a_signal_carries_a_running_example(declared: Signal):
    examples = doctest.DocTestParser().get_doctest(
        inspect.getdoc(declared.compute), {declared.name: declared}, declared.name, None, 0
    )
    assert examples.examples, "has no example; write one in its docstring"

    outcome = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(examples)

    assert outcome.failed == 0


@every_signal
def test_a_signal_keeps_to_its_range_and_shape(declared: Signal, batch, blocks):
    values = np.asarray(declared.compute(batch, blocks), float)
    low, high = UNITS[declared.unit][2:]

    assert values.shape == (len(batch),)
    answers = values[~np.isnan(values)]
    assert ((answers >= low) & (answers <= high)).all()


@every_signal
def test_one_lead_alone_equals_the_same_lead_in_a_crowd(declared: Signal, batch, blocks):
    crowd = np.asarray(declared.compute(batch, blocks), np.float32)

    for lead in (0, 7, batch.leads // 2, batch.leads - 1):
        alone = batch.chunks(1)[lead] if batch.leads < 2 else _single(batch, lead)
        low, high = np.searchsorted(batch.of_lead, (lead, lead + 1))
        np.testing.assert_array_equal(np.asarray(declared.compute(alone, Blocks(alone)), np.float32), crowd[low:high])


def _single(batch: Batch, lead: int) -> Batch:
    """One lead of the batch, with all its moments."""
    ids = {name: values[lead : lead + 1] for name, values in batch.columns.items()}
    low, high = np.searchsorted(batch.of_lead, (lead, lead + 1))
    return Batch(
        batch.lead_ids[lead : lead + 1],
        batch.of_lead[low:high] - lead,
        batch.cutoff[low:high],
        ids,
        batch.events.between(lead, lead + 1),
        batch.context,
    )


@every_signal
def test_the_future_does_not_change_a_signal(declared: Signal):
    past = {
        "created_at": "2026-03-01",
        "cutoff": "2026-03-05",
        "channel": "referral",
        "message": "book me in",
        "phone": "617-555-0123",
    }
    past_events = [("2026-03-02", "inbound_call"), ("2026-03-03", "outbound_call", 1.0)]
    future_events = [
        ("2026-03-05", "inbound_call"),
        ("2026-03-05", "outbound_call", 1.0),
        ("2026-03-06", "chat"),
        ("2026-03-07", "page_view"),
    ]

    without_future, with_future = (
        value_of(declared, one_lead(events=past_events, **past)),
        value_of(declared, one_lead(events=past_events + future_events, **past)),
    )

    np.testing.assert_array_equal(without_future, with_future)


@every_signal
def test_an_empty_lead_is_answered(declared: Signal):
    assert value_of(declared, one_lead()) is not None


@every_signal
def test_a_reason_reads_as_a_sentence(declared: Signal):
    for value in (float("nan"), 0.0, 1.0, 2.0):
        if value == 2.0 and UNITS[declared.unit][3] < 2:
            continue
        text = declared.describe_value(value)
        assert re.match(r"^[A-Z]", text) and not text.endswith(".") and "{" not in text and "nan" not in text.lower()
        assert not re.search(r"\b1 (times|words|days|hours|minutes|clinics)\b", text)


def test_no_two_signals_say_the_same_of_a_value_of_their_own():
    reasons = [declared.reason for declared in CATALOGUE.values()]

    assert len(reasons) == len(set(reasons))


@every_signal
def test_a_signal_needs_only_what_exists(declared: Signal):
    inputs = set(LEADS.by_name) | {"events", "history", "wording", "clinics", "services"}

    assert {name for need in declared.needs for name in need.split("|")} <= inputs


def test_every_family_has_a_signal_and_a_question():
    families = {declared.family for declared in CATALOGUE.values()}

    assert families | {"custom"} == set(FAMILIES)
    assert all(question.endswith("?") for question in FAMILIES.values())


def test_row_order_changes_nothing(batch):
    signals = select_supported_signals(batch.columns, True, batch.context)
    matrix = compute_matrix(batch, signals)
    reversed_leads = np.arange(batch.leads)[::-1]
    lead_of_row = np.concatenate(
        [np.arange(*np.searchsorted(batch.of_lead, (lead, lead + 1))) for lead in reversed_leads]
    )
    chunks = [_single(batch, lead) for lead in reversed_leads[:40]]

    backwards = np.concatenate([compute_matrix(piece, signals) for piece in chunks])

    np.testing.assert_array_equal(backwards, matrix[lead_of_row[: len(backwards)]])


def test_chunks_change_nothing(batch):
    signals = select_supported_signals(batch.columns, True, batch.context)

    chunks = np.concatenate([compute_matrix(piece, signals) for piece in batch.chunks(97)])

    np.testing.assert_array_equal(chunks, compute_matrix(batch, signals))


def test_an_unknown_column_changes_nothing(batch):
    from dataclasses import replace

    signals = select_supported_signals(batch.columns, True, batch.context)
    wider = replace(batch, columns={**batch.columns, "custom:never heard of": np.full(batch.leads, "x", object)})

    np.testing.assert_array_equal(compute_matrix(wider, signals), compute_matrix(batch, signals))


def test_a_signal_whose_data_is_absent_is_dropped_not_zero():
    names = {declared.name for declared in select_supported_signals({"channel"}, False, Context())}

    assert (
        "inbound_touches" not in names
        and "asks_for_appointment" not in names
        and "distance_to_offering_clinic" not in names
    )


def test_a_signal_of_the_wrong_shape_is_named():
    wrong = Signal("wrong", "custom", "number", "Says {value}", "Not known", lambda batch, blocks: np.zeros(3))

    with pytest.raises(SignalError, match="'wrong': returned shape \\(3,\\).*for 1 moments"):
        compute_matrix(one_lead(), [wrong])


def test_a_signal_declared_twice_is_refused():
    def hours_open(batch, blocks):
        """Again."""

    with pytest.raises(SignalError, match="'hours_open': is declared twice"):
        signal(family="custom", unit="number", reason="Says {value}", unknown="Not known", evidence=("clock:cutoff",))(
            hours_open
        )


def test_a_rate_counts_only_what_was_known_strictly_before():
    history = example_context().history
    cutoff = np.array(["2026-01-10", "2026-01-11", "2026-02-10", "2026-02-11"], "datetime64[us]")
    channel, lead_ids = np.full(4, "referral", object), np.full(4, "somebody", object)

    rate, leads = history.rate("channel", channel, lead_ids, cutoff)

    np.testing.assert_array_equal(leads, [0, 5, 5, 5])
    np.testing.assert_allclose(rate, [np.nan, 1.0, 1.0, 15 / 25])


def test_a_lead_never_counts_in_its_own_rate():
    history = example_context().history
    cutoff = np.full(2, np.datetime64("2026-03-01", "us"))

    own_rate, other_rate = history.rate(
        "channel", np.full(2, "referral", object), np.array(["earlier-1", "somebody"], object), cutoff
    )[0]

    assert own_rate == pytest.approx((4 + 20 * 4 / 9) / 24)  # four of the nine others booked, all of this channel
    assert other_rate == pytest.approx(15 / 25)


def test_a_history_survives_the_file():
    history = example_context().history

    restored = OutcomeHistory.from_arrays(history.to_arrays())

    query = (np.array(["referral"], object), np.array(["somebody"], object), np.array(["2026-02-10"], "datetime64[us]"))
    assert history.rate("channel", *query) == restored.rate("channel", *query) == (1.0, 5.0)


def test_the_same_person_in_another_spelling_is_an_earlier_inquiry():
    phone = np.array(["(617) 555-0123", "617.555.0123", "+1 617 555 0123", None], object)
    email = np.array([None, None, None, "ann@example.org"], object)
    created = np.array(["2026-01-01", "2026-01-20", "2026-03-20", "2026-01-20"], "datetime64[us]")

    counts = ContactIndex.of({"phone": phone, "email": email}, created).count_earlier_enquiries(
        {"phone": phone, "email": email, "created_at": created}, 4
    )

    np.testing.assert_array_equal(counts, [0, 1, 0, 0])


def test_moments_stop_when_the_lead_closes():
    created = np.array(["2026-01-01", "2026-01-01", "2026-01-09"], "datetime64[us]")
    closed = np.array(["NaT", "2026-01-02", "NaT"], "datetime64[us]")

    moments = Moments.while_open(created, closed, until=np.datetime64("2026-01-10", "us"))

    hours = (moments.cutoff - created[moments.of_lead]) / np.timedelta64(1, "h")
    assert [hours[moments.of_lead == lead].tolist() for lead in range(3)] == [[0, 1, 24, 72, 168], [0, 1], [0, 1, 24]]
    assert (moments.cutoff <= created.max() + DAY).all()
