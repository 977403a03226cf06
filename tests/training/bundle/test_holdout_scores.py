"""Can scores of held-out leads be read where they are, and are they nothing where they are not?"""

import pytest

from training.bundle.holdout_scores import read_holdout_scores


def test_a_home_without_the_scores_has_none(tmp_path):
    assert read_holdout_scores(tmp_path, "0" * 64) is None and read_holdout_scores(tmp_path, "") is None


@pytest.mark.parametrize("content", [b"", b"not arrays"])
def test_scores_that_cannot_be_read_are_none(tmp_path, content):
    (tmp_path / "holdout").mkdir()
    (tmp_path / "holdout" / "f.npz").write_bytes(content)

    assert read_holdout_scores(tmp_path, "f") is None
