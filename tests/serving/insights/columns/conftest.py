"""What are the arrays read from in these tests? An invented practice of 1,500 leads, read as files are."""

import pytest

from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import read_tables


@pytest.fixture(scope="session")
def export(tmp_path_factory):
    """Its tables, and the practice."""
    folder = tmp_path_factory.mktemp("insights")
    invent(1_500, 5).write(folder, "csv")
    practice = read_practice(folder / "practice.toml")
    return read_tables(folder, practice=practice), practice
