"""Which fields are withheld from which leads, and are the copies rows like all others?"""

import numpy as np
import pytest

from features.batch import Batch
from features.feature_matrix import compute_matrix
from features.signals.sent_columns import find_sent_columns
from training.dataset.withheld_fields import build_withheld_rows, draw_withheld
from training.pipeline import prepare


@pytest.fixture(scope="module")
def run(demo_tables, demo_practice, quick_settings):
    """What a run learns from, before the first fit."""
    return prepare(demo_tables, demo_practice, quick_settings)


def test_what_sources_leave_out_and_what_privacy_keeps_back_is_withheld_together():
    columns = ["phone", "email", "message", "channel", "payer", "postal_code"]

    masks = draw_withheld(columns, 20_000, [("message", "payer")], np.random.default_rng(3))

    drawn = np.array([masks[name] for name in columns])
    only = lambda *names: (drawn == np.isin(columns, names)[:, None]).all(axis=0).mean()  # noqa: E731
    assert drawn.all(axis=0).mean() > 0.05
    assert only("phone", "email") > 0.05 and only("message", "payer") > 0.08


def test_the_same_run_draws_the_same_copies(run, demo_tables, quick_settings):
    data = run.data

    again = build_withheld_rows(demo_tables, run.batch, data.learning, data.signals, quick_settings)

    np.testing.assert_array_equal(again.rows, data.withheld.rows)
    assert again.weight == data.withheld.weight


def test_copies_are_computed_by_the_code_of_every_other_row(run, demo_tables):
    data = run.data
    flags = list(find_sent_columns(data.signals).values())
    nothing = {name: np.zeros(len(demo_tables.leads), bool) for name in find_sent_columns(data.signals)}
    moments = data.learning.moments.take(np.arange(50))

    again = compute_matrix(
        Batch.from_tables(demo_tables, moments.of_lead, moments.cutoff, run.batch.context, nothing), data.signals
    )

    np.testing.assert_array_equal(again, data.rows[:50])
    # A phone number that cannot be read counts as not sent, in the practice's own leads too.
    assert 0.99 < (data.rows[:, flags] == 1).mean() < 1 and (data.withheld.rows[:, flags] == 0).mean() > 0.3
