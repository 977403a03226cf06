"""Is a folder of buckets only used when it is whole, and does it remember where each row was?"""

import json

import pandas as pd
import pytest

from features.chunks.bucket_folder import MANIFEST, BucketManifest, BucketSource, is_bucket_folder
from features.chunks.bucket_writer import write_buckets
from features.errors import DataError
from features.readers.parquet_files import ParquetSource
from tests.features.chunks.test_chunked_tables import MAPPING


@pytest.fixture
def folder(messy_folder, tmp_path):
    write_buckets(messy_folder, MAPPING, tmp_path / "b", lambda *step: None, buckets=4)
    return tmp_path / "b"


def test_the_first_rows_are_those_of_the_files(messy_folder, folder):
    manifest = BucketManifest.read(folder)
    source = BucketSource.open(folder, "leads", manifest.tables["leads"])
    files = tuple(map(type(folder), manifest.tables["leads"].files))

    pd.testing.assert_frame_equal(source.read_head(70).frame, ParquetSource.of(files).read_head(70).frame.head(70))


def test_a_folder_that_is_not_whole_or_of_another_version_is_refused(folder):
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(content | {"version": 99}))
    with pytest.raises(DataError, match="made by another version"):
        BucketManifest.read(folder)
    (folder / MANIFEST).unlink()

    assert not is_bucket_folder(folder) and not is_bucket_folder("sqlite:///practice.db")
    with pytest.raises(DataError, match="is no complete folder of buckets"):
        BucketManifest.read(folder)
