"""Do the parts of a change add up, and is each what was planted?"""

from dataclasses import replace

import numpy as np
import pytest

from serving.insights.booking_changes import PARTS, explain_change, find_months, fit_change_model, tabulate_change
from serving.insights.cohorts import build_ripening
from serving.insights.funnel import forecast_months


def explain(columns):
    rng = np.random.default_rng(0)
    ripening = build_ripening(columns, rng)
    ripe = np.flatnonzero(columns.age_days >= ripening["booked"].ripe_days)
    model = fit_change_model(columns, ripe, rng)
    draws = {month: drawn for month, (_, drawn) in forecast_months(columns, ripening, rng)["booked"].items()}
    return explain_change(columns, model, draws, find_months(columns), rng)


def test_the_parts_add_up_to_the_change_that_is_counted(columns):
    change = explain(columns)
    month, before = find_months(columns)
    booked = columns.has("booked")

    assert change.counted == booked[columns.month == month].sum() - booked[columns.month == before].sum()
    assert sum(change.parts[name].value for name in PARTS) == pytest.approx(change.counted, abs=1e-9)
    assert change.in_the_end.value == pytest.approx(change.counted - change.parts["ripeness"].value, abs=1e-9)


def test_twice_the_leads_of_the_same_kind_are_volume_alone(columns):
    month, before = find_months(columns)
    rows = np.r_[np.flatnonzero(columns.month != month), np.flatnonzero(columns.month == before)]
    copied = np.zeros(len(rows), bool)
    copied[(columns.month != month).sum() :] = True

    def take(value):
        if isinstance(value, np.ndarray):
            return value[rows]
        if isinstance(value, dict):
            return {name: take(part) for name, part in value.items()}
        return replace(value, codes=value.codes[rows]) if hasattr(value, "codes") else value

    kept = {name: take(getattr(columns, name)) for name in columns.__dataclass_fields__ if name != "spend"}
    doubled = replace(columns, **(kept | {"final_days": columns.final_days}))
    doubled = replace(doubled, month=np.where(copied, month, doubled.month))
    twice = explain(doubled)

    # The later month now holds the leads of the earlier one: nothing but chance differs.
    assert twice.parts["volume"].value == pytest.approx(0.0) and twice.parts["mix"].value == pytest.approx(
        0.0, abs=1e-6
    )
    assert all(part.low <= 0 <= part.high for part in twice.parts.values())


def test_too_few_leads_explain_nothing(columns):
    few = replace(columns, last_full_month=columns.last_full_month + 7)

    assert explain(few) is None
    assert tabulate_change(None, "change_month", "Why").rows == ()
