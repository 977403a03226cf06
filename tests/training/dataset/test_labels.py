"""Is time told honestly from rows to folds?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.array_types import DAY
from features.mapping.column_mapping import Mapping
from features.point_in_time.outcomes import build_history, read_outcomes
from features.practice.practice import Practice
from features.tables.tables import Tables, read_tables
from training.dataset.labels import build_learning_set
from training.dataset.time_splits import make_splits
from training.errors import TrainingError


def small(leads: list[tuple[str, str]], outcomes: list[tuple], until: str = "2026-06-01") -> Tables:
    """Leads (id, created_at), outcomes (id, occurred_at, stage[, recorded_at]); an event at ``until`` says how far the
    data goes.
    """
    frame = pd.DataFrame(
        {
            "lead_id": np.array([lead[0] for lead in leads], object),
            "created_at": pd.to_datetime([lead[1] for lead in leads], utc=True),
        }
    )
    rows = [(o[0], o[1], o[2], o[3] if len(o) > 3 else o[1]) for o in outcomes]
    outcome_frame = pd.DataFrame(rows, columns=["lead_id", "occurred_at", "stage", "recorded_at"])
    for name in ("occurred_at", "recorded_at"):
        outcome_frame[name] = pd.to_datetime(outcome_frame[name], utc=True, format="ISO8601")
    events = pd.DataFrame(
        {"lead_id": [leads[0][0]], "occurred_at": pd.to_datetime([until], utc=True), "kind": ["page_view"]}
    )
    return Tables(frame, events, outcome_frame, pd.DataFrame())


def test_a_booking_within_the_horizon_is_a_conversion_and_a_later_one_is_not():
    tables = small(
        [("a", "2026-01-01"), ("b", "2026-01-01")], [("a", "2026-01-31", "booked"), ("b", "2026-02-01", "booked")]
    )

    learning = build_learning_set(tables, Practice(), "booked")

    assert learning.label[(learning.moments.of_lead == 0) & learning.arrival] == 1  # day 30 itself still counts
    assert learning.label[(learning.moments.of_lead == 1) & learning.arrival] == 0


def test_unripe_moments_are_left_out_and_counted():
    tables = small([("a", "2026-01-01"), ("b", "2026-05-20"), ("c", "2026-01-05")], [("a", "2026-01-03", "booked")])

    learning = build_learning_set(tables, Practice(), "booked")

    assert 1 not in learning.moments.of_lead
    assert learning.left_out == {"the 30 days after the moment are not over yet": 5}


def test_attended_implies_booked_but_not_the_other_way():
    tables = small(
        [("a", "2026-01-01"), ("b", "2026-01-01")], [("a", "2026-01-05", "attended"), ("b", "2026-01-05", "booked")]
    )

    assert not np.isnat(read_outcomes(tables, "booked").converted_at).any()
    assert np.isnat(read_outcomes(tables, "attended").converted_at).tolist() == [False, True]


def test_an_outcome_is_known_only_when_recorded():
    tables = small(
        [(f"{lead}{n}", "2026-01-01") for lead in "ab" for n in range(5)],
        [(f"a{n}", "2026-01-02", "booked", "2026-01-09") for n in range(5)]
        + [(f"b{n}", "2026-01-03", "lost", "2026-01-04") for n in range(5)],
    )
    tables = replace(tables, leads=tables.leads.assign(channel=np.array(["chat"] * 10, object)))

    history = build_history(tables, Practice(), "booked")

    days = np.array(["2026-01-04", "2026-01-05", "2026-01-09", "2026-01-10"], "datetime64[us]")
    assert history.rate("channel", np.full(4, "chat", object), np.full(4, "x", object), days)[1].tolist() == [
        0,
        5,
        5,
        10,
    ]


def test_one_class_only_is_a_sentence():
    tables = small([("a", "2026-01-01"), ("b", "2026-01-01")], [("a", "2026-03-05", "lost")])

    with pytest.raises(TrainingError, match="only leads that did not convert"):
        build_learning_set(tables, Practice(), "booked")


def test_no_label_at_all_is_a_sentence():
    tables = Tables(pd.DataFrame({"lead_id": ["a"]}), pd.DataFrame(), pd.DataFrame(), pd.DataFrame())

    with pytest.raises(TrainingError, match="no label column and no dates"):
        build_learning_set(tables, Practice(), "booked")


def test_a_lead_never_stands_on_both_sides_and_the_gap_is_the_horizon(demo_tables, demo_practice):
    learning = build_learning_set(demo_tables, demo_practice, "booked")

    splits = make_splits(learning, 5, demo_practice.horizon_days, seed=1)

    assert splits.forward and len(splits.folds) == 4
    for fold in splits.folds:
        assert not set(learning.moments.of_lead[fold.train]) & set(learning.moments.of_lead[fold.test])
        begin = np.datetime64(int(learning.position[fold.test].min()), "us")
        assert (learning.moments.cutoff[fold.train] + demo_practice.horizon_days * DAY <= begin).all()
    assert len(set(learning.moments.of_lead[splits.folds[-1].test])) == pytest.approx(
        len(set(learning.moments.of_lead)) / 5, rel=0.02
    )


def test_without_an_order_folds_are_random_and_say_so(demo_tables, demo_practice):
    learning = build_learning_set(demo_tables, demo_practice, "booked")
    timeless = replace(learning, position=np.full(len(learning), np.nan))

    splits = make_splits(timeless, 5, 30, seed=1)

    assert not splits.forward
    assert sorted(np.concatenate([fold.test for fold in splits.folds])) == list(range(len(learning)))


def flat(days: list[str], label: list[float], known_at: list[str] | None = None) -> Tables:
    """A flat dated export with a label column."""
    frame = pd.DataFrame(
        {"lead_id": np.array([f"L{i}" for i in range(len(days))], object), "created_at": pd.to_datetime(days, utc=True)}
    )
    nothing = {
        name: pd.DataFrame(columns=["lead_id", "occurred_at", "kind", "stage", "recorded_at", "day"])
        for name in ("events", "outcomes", "spend")
    }
    label_known_at = None if known_at is None else pd.Series(pd.to_datetime(known_at, utc=True))
    return Tables(frame, **nothing, label=pd.Series(label), label_known_at=label_known_at)


def test_the_newest_leads_of_a_flat_export_are_left_out_converted_or_not():
    tables = flat(["2026-01-01", "2026-01-02", "2026-02-20", "2026-02-21", "2026-03-01"], [1, 0, 1, 0, 0])

    learning = build_learning_set(tables, Practice(), "booked")

    assert learning.moments.of_lead.tolist() == [0, 1]
    assert learning.left_out == {"the 30 days after the moment are not over yet": 3}


def test_a_label_whose_day_is_known_is_used_however_new():
    tables = flat(["2026-01-01", "2026-01-02", "2026-02-20"], [1, 0, 1], ["2026-01-05", "2026-01-06", "2026-02-21"])

    assert len(build_learning_set(tables, Practice(), "booked")) == 3


def test_only_new_leads_is_a_sentence():
    with pytest.raises(TrainingError, match="all 2 leads arrived within the last 30 days"):
        build_learning_set(flat(["2026-01-01", "2026-01-02"], [1, 0]), Practice(), "booked")


def test_young_leads_teach_nothing_where_an_empty_cell_is_open(tmp_path):
    days = pd.date_range("2026-01-01", periods=60)
    booked = [str(day.date() + pd.Timedelta(days=1)) if i % 2 else "" for i, day in enumerate(days)]
    frame = pd.DataFrame({"lead_id": [f"L{i}" for i in range(60)], "created_at": days, "Booked on": booked})
    frame.to_csv(tmp_path / "leads.csv", index=False)
    label = {"column": "Booked on", "booked": ["(date)"], "not_booked": [""], "known_at": "Booked on", "open_days": 10}
    tables = read_tables(tmp_path / "leads.csv", Mapping.from_dict({"version": 1, "label": label}))

    learning = build_learning_set(tables, Practice(), "booked")

    # Of young leads only those that booked have a label: they alone would teach that the newest leads always book.
    assert learning.left_out == {"no label": 4, "the 10 days after the moment are not over yet": 4}
    assert learning.label.mean() == pytest.approx(0.5, abs=0.01)
    waits = learning.known_at - learning.moments.cutoff
    assert (waits[learning.label == 0] == 10 * DAY).all() and (waits[learning.label == 1] < 3 * DAY).all()
    assert "the 4 leads younger than 10 days are not final" in learning.finality
