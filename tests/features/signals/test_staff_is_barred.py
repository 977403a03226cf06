"""Does it make no difference to any signal who worked on a lead?"""

from dataclasses import replace

import numpy as np

from features.batch import Batch
from features.feature_matrix import compute_matrix, select_supported_signals
from features.point_in_time.context import Context
from features.registry import CATALOGUE
from features.tables.tables import Tables


def compute_all(tables: Tables, practice) -> tuple[list[str], np.ndarray]:
    context = Context(practice)
    signals = select_supported_signals(tables.leads.columns, True, context)
    rows = np.arange(len(tables.leads))
    cutoff = np.full(len(rows), tables.as_of)
    batch = Batch.from_tables(tables, rows, cutoff, context)
    return [signal.name for signal in signals], compute_matrix(batch, signals)


def test_other_staff_change_no_signal(demo_tables, demo_practice):
    rng = np.random.default_rng(1)
    events = demo_tables.events.assign(staff_id=rng.permutation(demo_tables.events["staff_id"].to_numpy(object)))

    before = compute_all(demo_tables, demo_practice)
    after = compute_all(replace(demo_tables, events=events), demo_practice)

    assert before[0] == after[0] and "staff" not in " ".join(before[0])
    np.testing.assert_array_equal(before[1], after[1])


def test_no_signal_asks_for_staff():
    assert not [name for name, signal in CATALOGUE.items() if any("staff" in need for need in signal.needs)]
