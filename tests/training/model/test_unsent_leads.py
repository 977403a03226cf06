"""Is a lead of which little was sent scored as such leads turn out, and does the answer say how little it rests on?"""

from dataclasses import replace
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from features.batch import Batch
from features.signals.sent_columns import find_sent_columns
from features.tables.json_payload import convert_payload
from training.dataset.training_data import LabeledRows
from training.model.linear.linear_fit import fit_linear_part
from training.pipeline import prepare


@pytest.fixture(scope="module")
def data(demo_tables, demo_practice, quick_settings, trained):
    """What the run learned from: the columns of its model, which leaves out signals whose reasons do not hold."""
    prepared = prepare(demo_tables, demo_practice, quick_settings).data
    names = [signal.name for signal in trained.bundle.signals]
    columns = [number for number, signal in enumerate(prepared.signals) if signal.name in names]
    return prepared.select_columns(columns, [prepared.signals[number] for number in columns])


@pytest.fixture(scope="module")
def score(trained, demo_tables):
    """Scores payloads as the service would."""
    bundle, now = trained.bundle, demo_tables.as_of

    def score_payloads(*payloads):
        zone = ZoneInfo(bundle.practice.timezone)
        read = [convert_payload(payload, bundle.columns, zone, bundle.mapping)[0] for payload in payloads]
        return bundle.score(Batch.from_payloads(read, bundle.context, bundle.columns, now))

    return score_payloads


def find_whole(data):
    """The moments of which every field was sent and can be read."""
    flags = list(find_sent_columns(data.signals).values())
    return data.rows[(data.rows[:, flags] == 1).all(axis=1)]


def test_a_lead_of_which_nothing_is_known_stands_near_the_base_rate_with_a_wide_interval(score, trained):
    scored = score({})

    assert abs(scored.probability[0] - trained.bundle.base_rate) < 0.08
    assert scored.coverage[0] == 0
    assert scored.low[0] < scored.probability[0] / 1.5 and scored.high[0] > 1.3 * scored.probability[0]


def test_a_phone_number_that_is_withheld_never_beats_silence(score):
    silence, withheld, given = score({}, {"phone": "withheld"}, {"phone": "(617) 555-0123"}).probability

    assert withheld == silence < given + 0.02


def test_the_more_is_known_the_narrower_the_interval(score):
    lead = {
        "channel": "web_form",
        "message": "I would like an appointment next week",
        "created_at": "2026-03-05T14:00Z",
    }

    scored = score({}, {"channel": "web_form"}, lead, lead | {"phone": "(617) 555-0123", "events": []})

    log_odds = [np.log(p / (1 - p)) for p in (scored.low, scored.high)]
    widths = log_odds[1] - log_odds[0]
    assert (np.diff(scored.coverage) > 0).all() and widths[0] > widths[-1]


def test_a_lead_of_which_all_was_sent_keeps_the_band_and_lacks_nothing(trained, data):
    bundle = trained.bundle

    whole = bundle.score_rows(find_whole(data)[:200], explain=False)

    low, high = bundle.band.interpolate(whole.log_odds)
    assert (whole.coverage == 1).all() and bundle.list_missing_inputs(whole.values) == [()] * len(whole.values)
    np.testing.assert_array_equal([whole.low, whole.high], [low, high])


def test_what_is_missing_is_named_by_what_it_is_worth(trained, score):
    missing = trained.bundle.list_missing_inputs(score({"channel": "web_form"}).values)[0]

    worth = [trained.bundle.input_weights[name] for name in missing]
    assert worth == sorted(worth, reverse=True) and len(missing) == 5 and "channel" not in missing
    assert sum(trained.bundle.input_weights.values()) == pytest.approx(1, abs=1e-4)


def test_held_out_leads_with_fields_withheld_are_calibrated_on_the_whole(trained):
    all_leads = trained.bundle.figures["withheld"][0]

    assert all_leads["leads"] > 150 and all_leads["calibration_error"] < 0.12 and all_leads["auc"] > 0.53


def test_being_reached_never_contradicts_the_score(trained, data):
    scored = trained.bundle.score_rows(np.concatenate([data.rows[:300], data.withheld.rows[:300]]), explain=False)

    assert (scored.reach > scored.probability).all() and (scored.when_reached < 1).all()
    np.testing.assert_allclose(scored.reach * scored.when_reached, scored.probability, atol=1e-12)


def test_the_copies_do_not_change_the_linear_part_of_a_whole_lead(data):
    with_copies, without = fit_linear_part(data), fit_linear_part(replace(data, withheld=None))

    rows = find_whole(data)[:300].astype(float)
    np.testing.assert_allclose(with_copies.predict_raw(rows), without.predict_raw(rows), atol=1e-9)
    assert np.abs(with_copies.predict_raw(data.withheld.rows.astype(float))).max() < 10


def test_a_copy_is_on_the_side_of_its_lead_and_repeated_with_it(data):
    train = data.splits.folds[0].train

    selected, twice = data.select(train), data.select(np.concatenate([train, train]))

    copies = data.withheld.find_copies(train)
    assert len(selected.rows) == len(train) + copies.sum() and selected.whole == len(train)
    assert len(twice.rows) == 2 * len(selected.rows)
    np.testing.assert_array_equal(selected.label[len(train) :], data.learning.label[data.withheld.of_row[copies]])


def test_whole_rows_are_inserted_before_the_copies():
    train = LabeledRows(np.zeros((3, 1), np.float32), np.array([0.0, 1, 1]), np.array([1.0, 1, 0.5]), 2)

    longer = train.insert_whole(np.ones((1, 1), np.float32), np.array([0.3]))

    assert longer.rows[:, 0].tolist() == [0, 0, 1, 0] and longer.label.tolist() == [0, 1, 0.3, 1]
    assert longer.weight.tolist() == [1, 1, 1, 0.5] and longer.whole == 3


def test_without_copies_a_run_learns_from_moments_alone(data):
    alone = replace(data, withheld=None).select(np.arange(10))

    assert alone.weight is None and alone.whole is None and len(alone.rows) == 10
