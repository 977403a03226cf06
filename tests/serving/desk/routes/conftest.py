"""What do tests of the desk's addresses use? A desk with leads that none of them changes."""

import pytest


@pytest.fixture(scope="session")
def desk(make_desk, tmp_path_factory, champion, desk_data):
    """A desk with leads, to be read only."""
    return make_desk(tmp_path_factory.mktemp("routes"), champion, desk_data)
