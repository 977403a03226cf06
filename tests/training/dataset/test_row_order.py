"""Do leads come in order of arrival with everything that is theirs, whatever the order of the file was?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.tables.tables import read_tables
from tests.support.lead_files import mapping_of
from training.dataset.row_order import sort_by_arrival

LEADS = 60
ARRIVALS = pd.date_range("2026-01-01 08:00", periods=LEADS, freq="9h", tz="UTC")


def write_folder(folder, order):
    """Write leads in this order, with two events and one outcome of each."""
    folder.mkdir()
    leads = pd.DataFrame({"lead_id": [f"L{i}" for i in range(LEADS)], "created_at": ARRIVALS, "Visits": range(LEADS)})
    leads.iloc[order].to_csv(folder / "leads.csv", index=False)
    rows = pd.concat([leads, leads])
    events = pd.DataFrame({"lead_id": rows["lead_id"], "occurred_at": rows["created_at"], "kind": "chat"})
    events["occurred_at"] += pd.to_timedelta(np.repeat([2, 1], LEADS), unit="h")
    events.to_csv(folder / "events.csv", index=False)
    outcomes = pd.DataFrame({"lead_id": leads["lead_id"], "occurred_at": leads["created_at"], "stage": "booked"})
    outcomes.to_csv(folder / "outcomes.csv", index=False)
    return read_tables(folder)


def test_a_shuffled_folder_is_the_sorted_one(tmp_path):
    shuffled = write_folder(tmp_path / "shuffled", np.random.default_rng(1).permutation(LEADS))
    sorted_tables = write_folder(tmp_path / "sorted", np.arange(LEADS))

    again = sort_by_arrival(shuffled)

    for name in ("leads", "events", "outcomes"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(sorted_tables, name))
    assert sort_by_arrival(sorted_tables) is sorted_tables


def test_leads_of_one_day_are_sorted_by_what_is_known_of_them_and_labels_go_with_them(tmp_path):
    random = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"created_at": np.repeat(["2026-01-01", "2026-01-02"], 30), "Visits": random.integers(0, 4, LEADS)}
    )
    frame["Won"] = random.choice(["yes", "no"], LEADS)
    mapping = mapping_of(label={"column": "Won", "booked": ["yes"], "not_booked": ["no"], "final": True})

    def read(rows):
        tables = sort_by_arrival(read_tables(frame.iloc[rows].reset_index(drop=True), mapping))
        assert isinstance(tables.leads.index, pd.RangeIndex) and tables.leads["created_at"].is_monotonic_increasing
        return tables.leads["custom:Visits"].tolist(), tables.label.tolist()

    assert read(np.arange(LEADS)) == read(random.permutation(LEADS)) == read(np.arange(LEADS)[::-1])


@pytest.mark.parametrize("dated", [False, True])
def test_leads_without_dates_or_of_one_row_stay_as_they_are(dated):
    columns = {"created_at": ["2026-01-01"]} if dated else {}
    tables = read_tables(pd.DataFrame({"Visits": [3], "channel": ["chat"], **columns}), scoring=True)

    assert sort_by_arrival(tables) is tables and sort_by_arrival(replace(tables, notes=())).leads is tables.leads
