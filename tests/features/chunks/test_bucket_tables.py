"""Are the tables of all buckets the whole tables, report included?"""

import numpy as np
import pandas as pd
import pytest

from features.chunks.bucket_tables import BucketReader
from features.chunks.bucket_writer import write_buckets
from features.chunks.chunk_reports import ChunkReports
from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.practice.practice import Practice
from features.tables.data_end import find_latest
from features.tables.tables import read_tables
from tests.features.chunks.test_chunked_tables import MAPPING


def open_reader(folder, mapping=MAPPING) -> BucketReader:
    return BucketReader.open(folder, mapping, Practice(), find_latest())


def read_all(reader: BucketReader, name: str) -> tuple[pd.DataFrame, str]:
    """One table of all buckets, in the order of the leads' ids, and the report, which went through JSON."""
    reports, repeated_rows, frames = ChunkReports(), {}, []
    for bucket in range(reader.manifest.buckets):
        tables, repeated = reader.read(bucket)
        own = ChunkReports()
        own.add(tables)
        reports.add_dict(own.to_dict())
        repeated_rows = {table: repeated_rows.get(table, 0) + count for table, count in repeated.items()}
        frames.append(getattr(tables, name))
    frame = pd.concat(frames).sort_values("lead_id", kind="stable", ignore_index=True)
    return frame, reader.report(reports, repeated_rows)


@pytest.mark.parametrize("buckets", [1, 6])
def test_buckets_together_are_the_whole_tables_reports_included(messy_folder, tmp_path, buckets):
    expected = read_tables(messy_folder, MAPPING, scoring=True)
    write_buckets(messy_folder, MAPPING, tmp_path / "b", lambda *step: None, buckets=buckets)
    reader = open_reader(tmp_path / "b")

    for name in ("leads", "events", "outcomes"):
        frame, report = read_all(reader, name)
        whole = getattr(expected, name).sort_values("lead_id", kind="stable", ignore_index=True)
        pd.testing.assert_frame_equal(frame, whole, check_exact=True)
    assert report == expected.report()
    assert reader.read(0)[0].spend.equals(expected.spend)


def test_another_column_of_ids_than_the_buckets_is_refused(messy_folder, tmp_path):
    write_buckets(messy_folder, MAPPING, tmp_path / "b", lambda *step: None, buckets=2)
    other = Mapping.from_dict({"version": 1, "leads": {"lead_id": "phone"}})

    with pytest.raises(DataError, match="by their column 'lead_id', and the model's mapping has 'phone'"):
        open_reader(tmp_path / "b", other)


def test_a_run_that_goes_on_judges_the_future_as_it_did_before(messy_folder, tmp_path):
    write_buckets(messy_folder, MAPPING, tmp_path / "b", lambda *step: None, buckets=2)
    early = np.datetime64("2026-04-10", "us")

    reader = BucketReader.open(tmp_path / "b", MAPPING, Practice(), early)

    arrivals = reader.read(0)[0].leads["created_at"]
    assert len(arrivals) > 500 and arrivals.max() <= pd.Timestamp(early, tz="UTC")


def test_answers_that_usually_mean_missing_are_answers_in_buckets_too(tmp_path):
    leads = pd.DataFrame(
        {
            "lead_id": [f"L{number}" for number in range(40)],
            "created_at": pd.date_range("2026-01-01", periods=40, tz="UTC"),
            "Payer": ["None", "Aetna", "", "Cigna"] * 10,
        }
    )
    (tmp_path / "data").mkdir()
    leads.to_parquet(tmp_path / "data" / "leads.parquet")
    mapping = Mapping.from_dict(
        {"version": 1, "custom": {"Payer": "category"}, "answers": {"Payer": {"None": "No insurance"}}}
    )
    write_buckets(tmp_path / "data", mapping, tmp_path / "b", lambda *step: None, buckets=3)

    frame, _ = read_all(open_reader(tmp_path / "b", mapping), "leads")
    whole = read_tables(tmp_path / "data", mapping, scoring=True).leads

    assert (frame["custom:Payer"] == "No insurance").sum() == 10
    pd.testing.assert_frame_equal(
        frame, whole.sort_values("lead_id", kind="stable", ignore_index=True), check_exact=True
    )
