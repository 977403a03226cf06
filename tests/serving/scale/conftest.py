"""What do the tests of buckets score? The leads of the tests of ``leadlight score``: repeats, strangers, outcomes."""

from dataclasses import replace

import pytest

from features.mapping.column_mapping import Mapping
from tests.serving.cli.test_score import practice_folder  # noqa: F401  (a fixture)
from tests.serving.scale.bucket_scores import BUCKETS, make_buckets, score_leads


@pytest.fixture(scope="module")
def model(bundle, tmp_path_factory):
    """A bundle's folder."""
    folder = tmp_path_factory.mktemp("model") / "bundle"
    replace(bundle, mapping=Mapping.identity()).write(folder)
    return folder


@pytest.fixture(scope="module")
def buckets(practice_folder, model, tmp_path_factory):  # noqa: F811
    folder = tmp_path_factory.mktemp("sorted") / "buckets"
    make_buckets(practice_folder, model, folder, "--buckets", str(BUCKETS))
    return folder


@pytest.fixture(scope="module")
def expected(buckets, model, tmp_path_factory):
    return score_leads(buckets, model, tmp_path_factory.mktemp("expected") / "s.parquet", "--reasons")[0]
