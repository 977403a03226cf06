"""Does the level that outcomes beside the leads tell reach every bucket alike?"""

import pandas as pd
import pytest

from tests.serving.scale.bucket_scores import make_buckets, score_leads
from tests.serving.scoring.test_file_scores import folder, followed_bundle  # noqa: F401  (fixtures)


@pytest.mark.parametrize("at", ["latest", "arrival"])
def test_the_level_of_all_buckets_is_that_of_the_whole_file(folder, followed_bundle, tmp_path, at):  # noqa: F811
    expected, said = score_leads(folder, followed_bundle, tmp_path / "whole.parquet", "--at", at, "--reasons")
    make_buckets(folder, followed_bundle, tmp_path / "buckets", "--buckets", "5")

    scores, said_of_buckets = score_leads(
        tmp_path / "buckets", followed_bundle, tmp_path / "s.parquet", "--at", at, "--reasons"
    )

    (sentence,) = [line for line in said.splitlines() if line.startswith("Counted as the last weeks went")]
    assert sentence in said_of_buckets and scores["level_log_odds"].abs().max() > 0.5
    pd.testing.assert_frame_equal(scores, expected, check_exact=True)
