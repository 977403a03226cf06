"""Can scores of held-out leads be read where they are, and are they nothing where they are not?"""

import numpy as np
import pytest

from training.bundle.holdout_scores import HoldoutScores, read_holdout_scores, remove_held_out_leads


def test_a_home_without_the_scores_has_none(tmp_path):
    assert read_holdout_scores(tmp_path, "0" * 64) is None and read_holdout_scores(tmp_path, "") is None


@pytest.mark.parametrize("content", [b"", b"not arrays"])
def test_scores_that_cannot_be_read_are_none(tmp_path, content):
    (tmp_path / "holdout").mkdir()
    (tmp_path / "holdout" / "f.npz").write_bytes(content)

    assert read_holdout_scores(tmp_path, "f") is None


def test_a_forgotten_lead_leaves_every_file_of_the_home(tmp_path):
    scores = HoldoutScores(np.array(["a", "b", "c"], object), np.array([0.1, 0.2, 0.3]))
    for bundle in ("1" * 64, "2" * 64):
        scores.write(tmp_path, bundle)

    removed = remove_held_out_leads(tmp_path, ["b", "unknown"])

    assert removed == 2
    for bundle in ("1" * 64, "2" * 64):
        left = read_holdout_scores(tmp_path, bundle).look_up(np.array(["a", "b", "c"], object))
        np.testing.assert_array_equal(left, [0.1, np.nan, 0.3])
        assert (tmp_path / "holdout" / f"{bundle}.npz").stat().st_mode & 0o777 == 0o600
