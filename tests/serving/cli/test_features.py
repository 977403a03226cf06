"""Does ``leadlight features`` refuse what it cannot write? Its numbers are tested in ``test_file_features``."""

import pytest
from click.testing import CliRunner

from features.errors import DataError
from serving.cli.features import features


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--out", "signals"], "--out is 'signals', expected a name that ends in .csv, .csv.gz or .parquet"),
        (["--out", "signals.parquet", "--workers", "2"], "is no folder of buckets. Make them first: leadlight bucket"),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_read(more, words):
    with pytest.raises(DataError, match=words):
        CliRunner().invoke(features, ["--data", "leads.parquet", *more], catch_exceptions=False)
