"""Does it make no difference to any signal who worked on a lead?"""

from dataclasses import replace

import numpy as np
import pytest

from features.batch import Batch
from features.feature_matrix import compute_matrix, select_supported_signals
from features.mapping.type_inference import find_exclusion_reason
from features.point_in_time.context import Context
from features.registry import CATALOGUE
from features.tables.tables import Tables, read_tables


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


def test_who_booked_changes_no_signal(demo_tables, demo_practice):
    rng = np.random.default_rng(2)
    staff = rng.choice(np.array(["S-01", "S-02", None], object), len(demo_tables.outcomes))
    named = replace(demo_tables, outcomes=demo_tables.outcomes.assign(staff_id=staff))
    permuted = replace(demo_tables, outcomes=demo_tables.outcomes.assign(staff_id=rng.permutation(staff)))

    names, values = compute_all(demo_tables, demo_practice)

    for tables in (named, permuted):
        assert compute_all(tables, demo_practice)[0] == names
        np.testing.assert_array_equal(compute_all(tables, demo_practice)[1], values)


@pytest.mark.parametrize("header", ["staff_id", "Staff ID", "Staff", "Booked By", "booked_by", "Scheduler"])
@pytest.mark.parametrize("names", [["S-01", "S-02"], ["jdoe", "amy"], ["14", "15"]])
def test_a_column_of_staff_is_never_proposed_as_a_category(header, names):
    assert "staff" in (find_exclusion_reason(header, np.array(names * 20, object)) or "nothing")


def test_staff_beside_the_leads_are_no_column_of_theirs(tmp_path):
    rows = "".join(f"{number},2026-03-{1 + number % 20:02d},Google,S-0{number % 3}\n" for number in range(40))
    (tmp_path / "leads.csv").write_text("lead_id,created_at,source,staff_id\n" + rows)

    tables = read_tables(tmp_path, scoring=True)

    assert set(tables.leads) == {"lead_id", "created_at", "source"} and not tables.custom


def test_no_signal_asks_for_staff():
    assert not [name for name, signal in CATALOGUE.items() if any("staff" in need for need in signal.needs)]
