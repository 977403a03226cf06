"""Do slices of the tables decide what the whole tables decide?"""

import pandas as pd

from features.chunks.whole_table_facts import decide_tables
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.readers.parquet_files import ParquetSource


def test_a_date_in_the_last_slice_decides_for_all_and_visits_are_counted(tmp_path):
    first_seen = ["03/04/2026"] * 500 + ["25/03/2026"]
    leads = pd.DataFrame({"lead_id": range(501), "created_at": pd.Timestamp("2026-03-01"), "first seen": first_seen})
    visit = pd.Timestamp("2026-03-20")
    outcomes = pd.DataFrame(
        {"lead_id": range(501), "stage": "Booked ", "occurred_at": visit, "recorded_at": visit - pd.Timedelta("3d")}
    )
    sources = {}
    for name, frame in (("leads", leads), ("outcomes", outcomes)):
        frame.to_parquet(tmp_path / f"{name}.parquet", row_group_size=100)
        sources[name] = ParquetSource.of((tmp_path / f"{name}.parquet",))
    mapping = Mapping.from_dict({"version": 1, "custom": {"first seen": "date"}})

    decided = decide_tables(sources, dict.fromkeys(sources, "here"), mapping, Practice(), 2)

    assert decided.facts.dates["leads"]["first seen"].date_format.order == "day_first"
    assert decided.facts.visits.booked == decided.facts.visits.early == 501
