"""Is no folder overwritten that holds something else?"""

import pytest

from features.errors import DataError
from features.synthetic.generator import invent


def test_a_folder_with_something_else_is_left_alone(tmp_path):
    (tmp_path / "leads.csv").write_text("mine")

    with pytest.raises(DataError, match="is not an invented practice"):
        invent(5, seed=1, months=1).write(tmp_path)

    assert [path.name for path in tmp_path.iterdir()] == ["leads.csv"]
