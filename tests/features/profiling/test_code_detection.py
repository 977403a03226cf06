"""Are codes taken as categories, and counts as numbers?"""

import numpy as np
import pandas as pd
import pytest

from features.mapping.type_inference import infer_kind
from features.profiling.code_detection import find_code_gains, measure_code_gain
from features.profiling.export_profile import profile_export
from features.readers.frame_writer import write_frame

RANDOM = np.random.default_rng(2)
ROWS = 6_000


def kind_of(header, low, high):
    """Return the kind of whole numbers as text under this header."""
    return infer_kind(RANDOM.integers(low, high, 800).astype(str).astype(object), header=header)


@pytest.mark.parametrize(
    "header, high",
    [
        ("Region_Code", 5_167),
        ("Browser", 14),
        ("TrafficType", 21),
        ("OperatingSystems", 9),
        ("Policy_Sales_Channel", 160),
        ("Area Code", 999),
        ("Store No", 90),
        ("device_id", 60),
        ("Filiale", 40),
        ("Tipo", 7),
    ],
)
def test_whole_numbers_under_a_header_of_codes_are_a_category(header, high):
    assert kind_of(header, 1, high) in ("category", "crowded_category")


@pytest.mark.parametrize(
    "header, high",
    [
        ("campaign", 40),
        ("Group size", 9),
        ("TotalVisits", 90),
        ("ProductRelated", 300),
        ("lead_time", 400),
        ("Credit Score", 850),
        ("Distance to clinic", 80),
        ("Number of locations", 9),
        ("Type count", 20),
        ("Handcap", 5),
    ],
)
def test_counts_and_measures_stay_numbers(header, high):
    assert kind_of(header, 0, high) == "number"


def test_fractions_are_no_codes():
    assert infer_kind(np.array(["1.5", "2.25", "3.1"] * 20, object), header="Region") == "number"


def test_numbers_without_order_are_found_on_later_leads():
    values = RANDOM.integers(0, 60, ROWS)
    rate = RANDOM.random(60) * 0.6
    label = (RANDOM.random(ROWS) < rate[values]).astype(float)

    assert measure_code_gain(values.astype(float), label, np.arange(ROWS)) > 0.01


def test_a_count_that_works_by_its_size_stays_a_number():
    values = RANDOM.integers(0, 60, ROWS)
    label = (RANDOM.random(ROWS) < values / 100).astype(float)

    assert find_code_gains({"visits": values.astype(float)}, label, np.arange(ROWS)) == {}


def test_a_count_with_few_frequent_values_and_a_long_tail_stays_a_number():
    """Visits of a site: most leads have none to five, a few have dozens; the first visits matter most."""
    random = np.random.default_rng(4)
    rare = (random.random(ROWS) < 0.04) * random.integers(0, 60, ROWS)
    values = np.minimum(random.geometric(0.35, ROWS) - 1 + rare, 59)
    rate = np.array([0.2, 0.05, 0.35, 0.45, 0.5, *[0.55] * 55])
    label = (random.random(ROWS) < rate[values]).astype(float)

    assert len(np.unique(values)) > 30
    assert find_code_gains({"visits": values.astype(float)}, label, np.arange(ROWS)) == {}


def test_inspect_says_why_numbers_are_codes(tmp_path):
    values = RANDOM.integers(0, 60, ROWS)
    booked = RANDOM.random(ROWS) < (RANDOM.random(60) * 0.6)[values]
    frame = pd.DataFrame({"x5": values, "Converted": np.where(booked, "Yes", "No")})
    write_frame(frame, tmp_path / "leads.csv")

    profile = profile_export(tmp_path / "leads.csv")

    assert profile.mapping.custom == {"x5": "category"}
    assert "its numbers are taken as codes: on later leads that saves" in profile.findings[0].reason
