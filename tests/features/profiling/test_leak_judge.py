"""Are columns that know the outcome found by evidence, and is no column convicted by its name alone?"""

import numpy as np
import pandas as pd
import pytest

from features.profiling.export_profile import profile_export
from features.profiling.late_headers import find_late_header, is_planned_date
from features.profiling.leak_judge import JudgedColumn, find_leak_suspects
from features.readers.frame_writer import write_frame

LEADS = 1_200
RANDOM = np.random.default_rng(11)
BOOKED = RANDOM.random(LEADS) < 0.3
LABEL = BOOKED.astype(float)
CREATED = np.datetime64("2025-01-01", "us") + np.arange(LEADS) * np.timedelta64(6 * 3600, "s")
NOISE = RANDOM.random(LEADS)
SOURCE = JudgedColumn(np.where(RANDOM.random(LEADS) < 0.5, "a", "b").astype(object), "category")


def judge(columns, label=LABEL, created_at=CREATED):
    """Judge these columns beside a source that tells nothing."""
    return find_leak_suspects(columns, {"Lead Source": SOURCE}, label, created_at)


def number(values):
    """Return a column of numbers."""
    return JudgedColumn(np.asarray(values, float), "number")


def category(values):
    """Return a column of texts."""
    return JudgedColumn(np.asarray(values, object), "category")


def copy_of_outcome(right, seed):
    """Return a copy of the outcome that is right with this probability."""
    random = np.random.default_rng(seed)
    return np.where(random.random(LEADS) < right, BOOKED, ~BOOKED).astype(float)


@pytest.mark.parametrize(
    "header",
    [
        "Call Duration",
        "Lead Status",
        "Tags",
        "Last Activity",
        "Last Notable Activity",
        "Lead Quality",
        "SMS_received",
        "Number of Sales Activities",
        "Last Status Change Date",
        "Contact Attempts",
        "Insurance Verified",
        "Lost Reason",
        "Modified On",
    ],
)
def test_a_late_name_needs_evidence(header):
    assert find_late_header(header)
    assert judge({header: number(NOISE)}) == {}
    assert header in judge({header: number(LABEL + 1.5 * RANDOM.normal(size=LEADS))})


@pytest.mark.parametrize(
    "header",
    [
        "ProductRelated_Duration",
        "Policy_Duration",
        "Education_Score",
        "revenue",
        "booked_on",
        "Total Time Spent on Website",
        "PageValues",
        "lead_time",
        "TotalVisits",
        "What is your current occupation",
        "poutcome",
        "Credit Score",
    ],
)
def test_an_honest_column_of_some_strength_stays_whatever_its_name(header):
    honest = LABEL + 3.0 * np.random.default_rng(4).normal(size=LEADS)

    assert judge({header: number(honest)}) == {}


def test_a_strong_column_is_named_with_its_price_both_ways():
    found = judge({"x7": number(LABEL + 0.4 * RANDOM.normal(size=LEADS)), "y": number(NOISE)})

    assert list(found) == ["x7"]
    assert found["x7"].left_out
    assert found["x7"].auc_with > 0.9 > 0.6 > found["x7"].auc_without
    assert "a small model ranks leads with AUC" in found["x7"].describe()


def test_three_noisy_copies_are_caught_together_though_none_is_alone():
    copies = {f"field_{i}": number(copy_of_outcome(0.77, i) + 0.001 * RANDOM.random(LEADS)) for i in range(3)}
    four = copies | {
        "field_3": number(copy_of_outcome(0.79, 9)),
        "honest": number(LABEL + 3 * RANDOM.normal(size=LEADS)),
    }

    assert all(judge({name: column}) == {} for name, column in four.items())
    found = judge(four)
    assert set(found) == {"field_0", "field_1", "field_2", "field_3"}
    assert all(one.left_out for one in found.values())
    assert "all columns together rank leads with AUC 0.9" in found["field_0"].reason


def test_a_column_filled_for_one_outcome_only_is_a_suspect():
    filled = np.where(BOOKED, RANDOM.random(LEADS) < 0.4, RANDOM.random(LEADS) < 0.03)

    found = judge({"Room_4": category(np.where(filled, "x", None))})

    assert "of the booked leads and" in found["Room_4"].reason


def test_a_form_field_that_half_the_leads_fill_is_no_suspect():
    filled = np.where(BOOKED, RANDOM.random(LEADS) < 0.8, RANDOM.random(LEADS) < 0.55)

    assert judge({"Occupation": category(np.where(filled, RANDOM.choice(["a", "b"], LEADS), None))}) == {}


def test_a_column_that_is_filled_as_leads_grow_older_is_a_suspect():
    is_old = np.arange(LEADS) < 1_050
    filled = is_old & np.where(BOOKED, RANDOM.random(LEADS) < 0.75, RANDOM.random(LEADS) < 0.5)

    found = judge({"Site": category(np.where(filled, "x", None))})

    assert "of the newest tenth of the leads" in found["Site"].reason


def test_a_field_that_left_the_form_is_no_suspect():
    filled = np.arange(LEADS) < 1_050

    assert judge({"Old question": category(np.where(filled, RANDOM.choice(["a", "b"], LEADS), None))}) == {}


def test_dates_after_the_inquiry_convict_a_late_name_and_spare_a_planned_day():
    later = CREATED + RANDOM.integers(5, 60, LEADS) * np.timedelta64(1, "D")
    column = JudgedColumn(later, "date", later, np.ones(LEADS, bool))

    assert (
        "of its dates lie after the inquiry"
        in judge({"Last Status Change Date": column})["Last Status Change Date"].reason
    )
    assert judge({"Appointment Day": column}) == {}
    assert is_planned_date("Desired date")


def test_stages_beside_the_label_are_suspects():
    stage = np.where(copy_of_outcome(0.7, 5) == 1, "Booked", np.where(NOISE < 0.5, "Lost", "New"))

    assert "its values are stages of a lead" in judge({"field_9": category(stage)})["field_9"].reason


def test_a_column_filled_when_leads_are_closed_is_a_suspect():
    label = np.where(RANDOM.random(LEADS) < 0.4, np.nan, LABEL)

    found = judge({"Mark": category(np.where(np.isnan(label), None, "done"))}, label)

    assert "equally old open ones" in found["Mark"].reason


def test_too_few_leads_convict_nobody():
    assert judge({"Tags": number(LABEL[:30])}, LABEL[:30], CREATED[:30]) == {}


def test_soft_leaks_of_an_export_are_left_out_and_can_be_kept(tmp_path):
    activities = RANDOM.poisson(np.where(BOOKED, 5, 3))
    export = pd.DataFrame(
        {
            "Lead ID": [f"L{i}" for i in range(LEADS)],
            "Created Date": pd.Series(CREATED).dt.strftime("%Y-%m-%d %H:%M"),
            "Lead Source": RANDOM.choice(["Google", "Bing"], LEADS),
            "Sales Calls Made": activities,
            "Last Owner Update": pd.Series(CREATED + np.timedelta64(9, "D")).dt.strftime("%Y-%m-%d %H:%M"),
            "Physician": np.where(BOOKED & (NOISE < 0.4), "A", ""),
            "Eligibility Checked": np.where(NOISE < np.where(BOOKED, 0.45, 0.05), "Yes", ""),
            "Requested area": RANDOM.choice(["north", "south"], LEADS),
            "Converted": np.where(BOOKED, "Yes", "No"),
        }
    )
    write_frame(export, tmp_path / "leads.csv")

    mapping = profile_export(tmp_path / "leads.csv").mapping

    assert set(mapping.custom) == {"Requested area"}
    assert {"Sales Calls Made", "Last Owner Update", "Physician", "Eligibility Checked"} <= set(mapping.leave_out)
    assert "a small model ranks leads with AUC" in mapping.leave_out["Sales Calls Made"]


def test_notes_that_grow_longer_with_a_booking_are_a_suspect(tmp_path):
    random = np.random.default_rng(2)
    booked = random.random(400) < 0.4
    words = np.where(booked, random.integers(9, 15, 400), random.integers(3, 10, 400))
    frame = pd.DataFrame(
        {
            "Lead ID": [f"L{row}" for row in range(400)],
            "Remarks": [" ".join(f"w{row}x{n}" for n in range(count)) for row, count in enumerate(words)],
            "Booked": np.where(booked, "Yes", "No"),
        }
    )
    frame.to_csv(tmp_path / "leads.csv", index=False)

    remarks = profile_export(tmp_path / "leads.csv").findings[1]

    assert remarks.role == "left out"
    assert "suspect" in remarks.reason
