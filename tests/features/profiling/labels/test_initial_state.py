"""Is the state in which every booking begins told apart from its end, and a rate of booking that drifts left alone?"""

import numpy as np
import pandas as pd

from features.parsing.dates.date_evidence import DateEvidence
from features.parsing.dates.date_format_decision import DateFormat
from features.profiling.date_columns import DateColumn
from features.profiling.labels.initial_state import find_initial_state
from features.profiling.labels.label_detection import guess_label
from features.profiling.labels.label_guess import describe_label

LEADS = 3_000
RANDOM = np.random.default_rng(11)
ARRIVALS = np.sort(np.datetime64("2025-01-01", "us") + RANDOM.integers(0, 300 * 86_400, LEADS).astype("m8[s]"))
VISITS = ARRIVALS + (RANDOM.gamma(2.0, 10.0, LEADS) * 86_400).astype("m8[s]")
IS_KEPT = RANDOM.random(LEADS) < 0.7
IS_AHEAD = VISITS.astype("datetime64[D]") > ARRIVALS.max().astype("datetime64[D]")


def find(statuses, visits=None):
    """Return the label of a column of statuses, with or without the day of each visit."""
    times = {"Created": ARRIVALS} | ({} if visits is None else {"Visit": visits})
    dates = {name: DateColumn(name, DateFormat(), DateEvidence(), values, None) for name, values in times.items()}
    frame = pd.DataFrame({"Status": statuses})
    return find_initial_state(guess_label(frame, frozenset()), frame, dates, "Created")


def write(first, kept, missed="Canceled"):
    """Return the status of each visit: the first state while it lies ahead, then how it ended."""
    return np.where(IS_AHEAD, first, np.where(IS_KEPT, kept, missed))


def test_a_state_that_visits_leave_is_open():
    label = find(write("Scheduled", "Completed"), VISITS)

    assert (label.booked, label.open, label.initial) == (("Completed",), ("Scheduled",), ("Scheduled",))
    assert label.known_at == "Visit" and "lies after the newest lead" in label.reason
    assert np.isnan(label.encoded[IS_AHEAD]).all() and not np.isnan(label.encoded[~IS_AHEAD]).any()


def test_a_state_that_kept_visits_never_leave_is_open_until_the_visit():
    label = find(write("Not canceled", "Not canceled"), VISITS)

    assert (label.booked, label.initial, label.known_at) == (("Not canceled",), ("Not canceled",), "Visit")
    assert np.isnan(label.encoded[IS_AHEAD]).all()
    assert any("'Visit' after the newest lead" in line and "open" in line for line in describe_label(label))


def test_without_a_day_of_the_visit_the_youngest_leads_tell():
    label = find(write("Confirmed", "Confirmed"))

    assert label.initial == ("Confirmed",) and label.known_at is None
    assert 20 <= label.open_days <= 100
    young = (ARRIVALS.max() - ARRIVALS) / np.timedelta64(1, "D") < label.open_days
    assert np.isnan(label.encoded[young]).all() and not np.isnan(label.encoded[~young]).any()


def test_a_rate_that_drifts_or_stays_is_no_initial_state():
    rate = np.linspace(0.4, 0.9, LEADS)

    assert find(np.where(RANDOM.random(LEADS) < rate, "Booked", "Lost")).initial == ()
    assert find(np.where(IS_KEPT, "Booked", "Lost")).initial == ()
    assert find(np.where(IS_KEPT, "Booked", "Lost"), VISITS).initial == ()


def test_what_nobody_can_place_is_asked_about_once_less():
    label = find(
        np.where(IS_AHEAD, "f - Filled", np.where(RANDOM.random(LEADS) < 0.5, "Completed", "Canceled")), VISITS
    )

    assert label.open == ("f - Filled",) and label.unknown == () and label.questions == ()
