"""Are given, asked and left empty, and not sent three states everywhere between a payload and the feature matrix?"""

from dataclasses import replace
from datetime import UTC

import numpy as np
import pytest

import features.signals  # noqa: F401
from features.batch import Batch
from features.blocks import Blocks
from features.example_leads import example_batches
from features.feature_matrix import compute_matrix
from features.mapping.column_mapping import Mapping
from features.point_in_time.source_fields import SourceFields
from features.registry import CATALOGUE, UNSAID_BELOW
from features.schema import LEADS
from features.signals.sent_columns import build_sent_signals
from features.tables.json_payload import convert_payload
from features.testing import example_context

NOW = np.datetime64("2026-03-05", "us")
KINDS = {"phone": "text", "email": "text", "message": "text", "channel": "category"}


def build_batch(*payloads: dict, context=None) -> Batch:
    """Payloads as a CRM sends them, as a batch."""
    converted = [convert_payload(payload, KINDS, UTC)[0] for payload in payloads]
    return Batch.from_payloads(converted, context or example_context(), KINDS, NOW)


def withhold(batch: Batch, column: str) -> Batch:
    """The batch as if no source had sent the column."""
    blank = {"M": np.datetime64("NaT"), "O": None}.get(batch.columns[column].dtype.kind, np.nan)
    values = np.full_like(batch.columns[column], blank)
    not_sent = batch.not_sent | {column: np.ones(batch.leads, bool)}
    return replace(batch, columns=batch.columns | {column: values}, not_sent=not_sent)


def test_a_batch_tells_given_empty_and_not_sent_apart():
    batch = build_batch({"phone": "617-555-0123"}, {"phone": None}, {"phone": " "}, {"phone": "N/A"}, {})

    assert batch.sent("phone").tolist() == [True, True, True, True, False]
    assert [value is None for value in batch.column("phone")] == [False, True, True, True, True]


def test_events_are_not_sent_where_a_payload_has_none():
    batch = build_batch({"events": []}, {}, {"events": None})

    assert batch.sent("events").tolist() == [True, False, False]


def test_a_signal_is_unknown_where_its_column_was_not_sent_and_an_answer_where_it_was_left_empty():
    signals = [CATALOGUE[name] for name in ("referral_reason_given", "form_completeness", "inbound_touches")]
    context, kinds = example_context(), KINDS | {"referral_reason": "category"}
    payloads = [{"referral_reason": None, "phone": None, "events": []}, {}]

    matrix = compute_matrix(Batch.from_payloads(payloads, context, kinds, NOW), signals)

    np.testing.assert_array_equal(matrix, [[0, 0, 0], [np.nan, np.nan, np.nan]])


def test_form_completeness_counts_over_what_was_sent():
    batch = build_batch({"phone": "617-555-0123", "message": "hello"}, {"phone": "617-555-0123", "email": None})

    share = compute_matrix(batch, [CATALOGUE["form_completeness"]])[:, 0]

    np.testing.assert_array_equal(share, np.array([1.0, 0.5], np.float32))


@pytest.mark.parametrize("column", [name for name in example_batches()[0].columns if name in LEADS.by_name])
def test_withholding_a_column_changes_only_signals_that_declare_it(column):
    batch = example_batches()[0]
    signals = list(CATALOGUE.values())

    before, after = compute_matrix(batch, signals), compute_matrix(withhold(batch, column), signals)

    changed = ~((before == after) | (np.isnan(before) & np.isnan(after))) & ~np.isnan(after)
    undeclared = [
        signal.name
        for number, signal in enumerate(signals)
        if changed[:, number].any() and column not in signal.columns
    ]
    assert undeclared == []


@pytest.mark.parametrize("name", [name for name, signal in CATALOGUE.items() if signal.needs])
def test_a_signal_is_unknown_where_nothing_that_it_needs_was_sent(name):
    signal, batch = CATALOGUE[name], example_batches()[0]
    for column in [column for column in signal.columns if column in batch.columns]:
        batch = withhold(batch, column)
    batch = replace(batch, not_sent=batch.not_sent | {"events": np.ones(batch.leads, bool)})

    assert np.isnan(compute_matrix(batch, [signal])).all()


def test_one_models_plan_serves_leads_that_lack_different_columns():
    signals = [CATALOGUE[name] for name in ("valid_phone", "valid_email", "inbound_touches")]
    model = (*signals, *build_sent_signals(signals, {"phone", "email", "events"}))
    leads = [{"phone": "617-555-0123", "events": []}, {"email": "lead@example.org"}, {}]
    batches = [build_batch(lead) for lead in leads]

    matrices = [compute_matrix(batch, model) for batch in (*batches, build_batch(*leads))]

    alone = [compute_matrix(batch, list(model)) for batch in batches]
    np.testing.assert_array_equal(np.vstack(matrices), np.vstack([*alone, *alone]))
    assert np.vstack(alone)[:, len(signals) :].tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 0]]


def says_no(values):
    """Return where a yes or no, or its probability, is read as no."""
    return values < UNSAID_BELOW


def test_none_of_the_signals_says_no_where_a_place_to_look_was_not_sent():
    batch = example_batches()[0]
    without = withhold(batch, "referrer")

    for name in ("was_referred", "referral_rule_met"):
        compute = CATALOGUE[name].compute
        assert not says_no(compute(without, Blocks(without))).any() and says_no(compute(batch, Blocks(batch))).any()


def test_what_a_source_never_sends_is_missing_as_usual_and_not_unsent():
    channel = np.array(["referral"] * 60 + ["web_form"] * 60, object)
    message = np.array([None] * 60 + ["hello"] * 59 + [None], object)
    context = replace(
        example_context(), source_fields=SourceFields.from_columns({"channel": channel, "message": message})
    )

    batch = build_batch({"channel": "referral"}, {"channel": "web_form"}, {}, context=context)

    assert batch.sent("message").tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("key", "column"),
    [
        ("Email", "email"),
        ("e-mail", "email"),
        ("E Mail Address", "email"),
        ("Phone Number", "phone"),
        ("phoneNumber", "phone"),
        ("PHONE", "phone"),
        ("zip", "postal_code"),
        ("Zip Code", "postal_code"),
        ("Message", "message"),
        ("Comments", "message"),
        ("Lead ID", "lead_id"),
        ("Created At", "created_at"),
        ("Shoe size", "custom:Shoe size"),
    ],
)
def test_a_payloads_key_is_recognized_in_any_spelling(key, column):
    assert Mapping.identity().find_payload_column(key) == column


def test_a_header_of_the_mapping_is_recognized_in_any_spelling_and_comes_first():
    mapping = Mapping.from_dict(
        {"version": 1, "leads": {"message": "How can we help?"}, "custom": {"Location": "category"}}
    )

    assert mapping.find_payload_column("how can we help") == "message"
    assert mapping.find_payload_column("location") == "custom:Location"


def test_our_own_name_wins_over_a_key_that_resembles_it():
    renamed = Mapping.identity().rename_payload({"phone": "1", "Mobile": "2", "custom": {"Cell": "3"}})

    assert renamed == {"phone": "1"}


def test_ignored_keys_are_listed_as_written_blanks_included():
    payload = {"Phone Number": "617-555-0123", "Shoe Size": None, "custom": {"Tier": ""}}

    _, _, ignored = convert_payload(payload, KINDS, UTC)

    assert ignored == ["Shoe Size", "Tier"]


def test_a_value_that_cannot_be_read_counts_as_not_sent():
    converted, faults, _ = convert_payload({"phone": "withheld"}, KINDS, UTC)

    assert converted == {} and [fault.field for fault in faults] == ["phone"]
