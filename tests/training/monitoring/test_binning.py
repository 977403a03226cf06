"""Are values counted in the bins of the reference?"""

from types import SimpleNamespace

import numpy as np
import pytest

from training.monitoring.binning import CELLS, Bins


@pytest.fixture
def random() -> np.random.Generator:
    """The same numbers each time."""
    return np.random.default_rng(3)


def test_unknown_and_values_never_seen_have_bins_of_their_own():
    values = np.repeat([1.0, 2.0, np.nan], 100)[:, None]
    bins = Bins.from_rows(values, np.array([False]))

    counts = bins.sum_cells(bins.count_rows(np.array([[0.0], [1.0], [2.0], [7.0], [np.nan]]))[0])[0]

    assert counts[[0, 1, 2, 3, CELLS - 1]].tolist() == [1, 1, 1, 1, 1]


def test_edges_are_no_single_leads_value(random):
    values = np.concatenate([np.repeat([1.0, 2.0], 50), [987654.0]])

    bins = Bins.from_rows(values[:, None], np.array([False]))

    assert 987654.0 not in bins.edges


def test_rare_categories_share_a_bin_and_the_rare_or_new_code_has_its_own():
    codes = np.concatenate([np.repeat(1.0, 500), np.repeat(2.0, 300), np.repeat(3.0, 2)])
    bins = Bins.from_rows(codes[:, None], np.array([True]))
    item = SimpleNamespace(categories=("", "web", "phone", "fax"), unit="category")

    fine = bins.find_fine_bins(0, np.array([0.0, 1.0, 2.0, 3.0]))

    assert [bins.describe_cell(0, int(at), item) for at in fine] == [
        "a rare or new value",
        '"web"',
        '"phone"',
        "any other value",
    ]
