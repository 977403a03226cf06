"""Do buckets hold every row, are they made in pieces, and does a killed run go on?"""

import pandas as pd
import pyarrow as pa
import pytest

from features.chunks import bucket_writer as module
from features.chunks.bucket_folder import MANIFEST, BucketManifest, BucketSource
from features.chunks.bucket_writer import write_buckets
from features.errors import DataError
from features.mapping.column_mapping import Mapping
from features.readers import csv_blocks
from features.tables.tables import read_tables
from tests.features.chunks.test_bucket_tables import open_reader, read_all
from tests.features.chunks.test_chunked_tables import MAPPING, messy_practice


def ignore(step, done, total):
    """Report no progress."""


@pytest.fixture
def small_segments(monkeypatch):
    monkeypatch.setattr(module, "SEGMENT_ROWS", dict.fromkeys(("leads", "events", "outcomes"), 600))


def test_all_rows_of_a_lead_are_in_one_bucket_in_the_order_of_the_files(messy_folder, tmp_path, small_segments):
    manifest = write_buckets(messy_folder, MAPPING, tmp_path / "b", ignore, buckets=4)

    source = BucketSource.open(tmp_path / "b", "events", manifest.tables["events"])
    frames = [source.read_bucket(bucket).frame for bucket in range(4)]
    ids = [set(frame["lead_id"].dropna()) for frame in frames]
    assert len(source.segments) > 3 and sum(map(len, frames)) == sum(source.rows)
    assert sum(map(len, ids)) == len(set.union(*ids))
    assert min(map(len, frames)) > 0.8 * sum(source.rows) / 4
    raw = source.read_bucket(2)
    assert (pd.Series(raw.numbers).diff().dropna() > 0).all()
    assert oct((tmp_path / "b").stat().st_mode & 0o777) == "0o700"


def test_a_killed_run_goes_on_and_writes_no_segment_twice(messy_folder, tmp_path, small_segments):
    write_buckets(messy_folder, MAPPING, tmp_path / "whole", ignore, buckets=5)

    def die(step, done, total):
        if step.startswith("Sorting events") and done > 3_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_buckets(messy_folder, MAPPING, tmp_path / "b", die, buckets=5)
    assert not (tmp_path / "b" / MANIFEST).exists()
    written = {file: file.stat().st_mtime_ns for file in (tmp_path / "b").rglob("*.arrow")}
    write_buckets(messy_folder, MAPPING, tmp_path / "b", ignore, buckets=5)

    assert len(written) > 5 and written == {file: file.stat().st_mtime_ns for file in written}
    assert BucketManifest.read(tmp_path / "b") == BucketManifest.read(tmp_path / "whole")
    for file in (tmp_path / "b").rglob("*.arrow"):
        assert file.read_bytes() == (tmp_path / "whole" / file.relative_to(tmp_path / "b")).read_bytes()


def test_what_another_version_began_is_not_gone_on_with(messy_folder, tmp_path, monkeypatch):
    def die(step, done, total):
        if step.startswith("Sorting leads"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_buckets(messy_folder, MAPPING, tmp_path / "b", die, buckets=2)
    monkeypatch.setattr("features.chunks.bucket_writer.digest_code", lambda: "an upgrade")

    with pytest.raises(DataError, match="was begun by another version of Leadlight .* Delete it, and run this again"):
        write_buckets(messy_folder, MAPPING, tmp_path / "b", ignore, buckets=2)


def test_a_folder_of_other_files_or_another_mapping_is_refused(messy_folder, tmp_path):
    write_buckets(messy_folder, MAPPING, tmp_path / "b", ignore, buckets=5)

    with pytest.raises(DataError, match="is not empty, and what it holds was not made of these files"):
        write_buckets(messy_folder, MAPPING, tmp_path / "b", ignore, buckets=6)
    write_buckets(messy_folder, MAPPING, tmp_path / "b", ignore, buckets=5)


@pytest.mark.parametrize("whole_bytes", [0, 1 << 26], ids=["in blocks", "whole"])
def test_csv_is_bucketed_as_it_is_read(tmp_path, monkeypatch, whole_bytes):
    monkeypatch.setattr(csv_blocks, "WHOLE_BYTES", whole_bytes)
    (tmp_path / "data").mkdir()
    for name, frame in messy_practice().items():
        frame.to_csv(tmp_path / "data" / f"{name}.csv", index=False)
    expected = read_tables(tmp_path / "data", MAPPING, scoring=True)

    write_buckets(tmp_path / "data", MAPPING, tmp_path / "b", ignore, buckets=4)

    leads, report = read_all(open_reader(tmp_path / "b"), "leads")
    pd.testing.assert_frame_equal(
        leads, expected.leads.sort_values("lead_id", ignore_index=True), check_exact=True, check_dtype=False
    )
    assert report == expected.report()


def test_leads_without_ids_are_numbered_as_in_the_file(tmp_path, small_segments):
    frame = pd.DataFrame({"created_at": "2026-01-01", "message": [f"m{i}" for i in range(2_500)]})
    frame.to_parquet(tmp_path / "leads.parquet", index=False, row_group_size=700)
    expected = read_tables(tmp_path / "leads.parquet", Mapping.identity(), scoring=True)

    write_buckets(tmp_path / "leads.parquet", Mapping.identity(), tmp_path / "b", ignore, buckets=3)

    leads, _ = read_all(open_reader(tmp_path / "b", Mapping.identity()), "leads")
    pd.testing.assert_frame_equal(leads, expected.leads.sort_values("lead_id", ignore_index=True))


def test_what_cannot_be_read_in_pieces_is_refused_in_words(tmp_path):
    (tmp_path / "leads").mkdir()
    pa.parquet.write_table(pa.table({"lead_id": [1]}), tmp_path / "leads" / "a.parquet")
    (tmp_path / "leads" / "b.csv").write_text("lead_id\n2\n")
    with pytest.raises(DataError, match="leads/ mixes Parquet with other files"):
        write_buckets(tmp_path, Mapping.identity(), tmp_path / "b", ignore)
