"""What do the tests of buckets score? The leads of the tests of ``leadlight score``: repeats, strangers, outcomes."""

from dataclasses import replace

import pytest

from features.mapping.column_mapping import Mapping
from tests.serving.cli.test_score import practice_folder  # noqa: F401  (a fixture)


@pytest.fixture(scope="module")
def model(bundle, tmp_path_factory):
    """A bundle's folder."""
    folder = tmp_path_factory.mktemp("model") / "bundle"
    replace(bundle, mapping=Mapping.identity()).write(folder)
    return folder
