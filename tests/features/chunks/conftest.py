"""What do the tests of chunks and buckets read? A practice with every fault that needs several rows to be seen."""

import pytest

from tests.features.chunks.test_chunked_tables import messy_practice, write_parquet


@pytest.fixture(scope="session", params=[1, 3], ids=["one file", "three parts that overlap"])
def messy_folder(request, tmp_path_factory):
    return write_parquet(tmp_path_factory.mktemp("messy") / "data", messy_practice(), request.param)
