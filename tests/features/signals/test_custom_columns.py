"""Do columns of any export reach the model, and does nothing unseen break them?"""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from features.arrays.event_arrays import EventArrays
from features.batch import Batch
from features.blocks import Blocks
from features.mapping.column_mapping import Mapping
from features.mapping.type_inference import CROWDED_FROM, infer_kind
from features.point_in_time.context import Context
from features.point_in_time.outcome_history import OutcomeHistory
from features.point_in_time.outcomes import build_history
from features.practice.practice import Practice
from features.profiling.export_profile import profile_export
from features.readers.raw_files import read_frame
from features.schema import CUSTOM_KINDS
from features.signals import custom_columns
from features.signals.custom_columns import (
    MIN_LEADS_PER_CATEGORY,
    build_column_signals,
    build_signal_from_spec,
    describe_signal,
)
from features.tables.tables import read_tables
from features.testing import example_context


def batch_of(cells, cutoff="2026-03-05", context=None):
    """Make leads with only the column ``custom:x``."""
    values = cells if isinstance(cells, np.ndarray) else np.array(cells, object)
    n = len(values)
    ids = np.array([f"L{number}" for number in range(n)], object)
    return Batch(
        ids,
        np.arange(n),
        np.full(n, np.datetime64(cutoff, "us")),
        {"custom:x": values},
        EventArrays.empty(n),
        context or example_context(),
    )


def values_of(signal, cells, **others):
    """Return a signal's values for these cells."""
    batch = batch_of(cells, **others)
    return signal.compute(batch, Blocks(batch)).tolist()


def signals_of(kind, cells, **others):
    """Return the signals of a column that training saw with these cells."""
    return build_column_signals("custom:x", kind, np.array(cells, object), **others)


def test_a_category_knows_its_frequent_values_and_calls_all_others_rare():
    (signal,) = signals_of("category", ["Gold"] * 12 + ["gold "] * 3 + ["Silver"] * 11 + ["Ann"] * 2)

    assert signal.categories == ("", "Gold", "Silver")
    assert values_of(signal, ["GOLD", "silver", "Ann", "platinum", None])[:4] == [1, 2, 0, 0]
    assert [signal.describe_value(code) for code in (1.0, 0.0, np.nan)] == [
        "x: Gold",
        "x: a rare or new value",
        "x: not given",
    ]


def test_a_category_that_turned_into_numbers_keeps_its_values():
    (signal,) = signals_of("category", ["3"] * 12 + ["04"] * 12)

    assert values_of(signal, ["3.0", "3", "04", "4.0"]) == [2, 2, 1, 0]


def test_a_list_has_a_signal_for_each_frequent_member_and_one_for_their_number():
    signals = signals_of("list", ["MRI; X-ray"] * 12 + ["x-ray"] * 12 + ["Ann Smith"] * 3)

    assert [signal.name for signal in signals] == ["custom:x = X-ray", "custom:x = MRI", "custom:x (how many)"]
    assert [values_of(signal, ["mri|Sonography", "X-RAY ; x-ray", "", "7"]) for signal in signals] == [
        [0, 1, 0, 0],
        [1, 0, 0, 0],
        [2, 1, 0, 1],
    ]
    assert np.isnan(values_of(signals[0], [None])).all()
    assert [signals[1].describe_value(value) for value in (1.0, 0.0)] == ["x: MRI", "x: MRI is not named"] and signals[
        2
    ].describe_value(2.0) == "x: 2 named"


def test_commas_part_a_list_only_where_training_saw_them_do_so():
    by_comma, by_bar = (
        signals_of("list", cells) for cells in (["a, b", "b"] * 12, ["Dallas, TX|Waco, TX", "Waco, TX"] * 12)
    )

    assert values_of(by_comma[-1], ["a, b, c", "a; c"]) == [3, 2]
    assert [signal.name for signal in by_bar] == ["custom:x = Waco, TX", "custom:x = Dallas, TX", "custom:x (how many)"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["MRI; X-ray", "X-ray", "X-ray; Echo", "Echo; MRI", "MRI"] * 4, "list"),
        (["MRI, X-ray", "X-ray", "X-ray, Echo", "Echo, MRI", "MRI"] * 4, "list"),
        (["Dallas, TX", "Waco, TX", "Dallas", "Plano, TX", "Waco"] * 4, "category"),
        (["Smith, Ann", "Lopez, Eva", "Smith", "Kim, Bo", "Lee"], "category"),
        (["1,234", "2,345", "9"] * 4, "number"),
        ([f"value {number}" for number in range(CROWDED_FROM + 1)] * 2, "crowded_category"),
        ([f"it hurts {number}; please call me back soon, thanks {number}" for number in range(60)], "short_text"),
    ],
)
def test_the_kind_of_a_column_is_recognised(cells, kind):
    assert infer_kind(cells) == kind


def test_a_list_column_goes_from_the_export_to_signals(tmp_path):
    cells = ["MRI;X-ray", "X-ray", "X-ray;Echo", "Echo;MRI", ""] * 12
    pd.DataFrame({"Interests": cells, "Booked": ["yes", "no", "no"] * 20}).to_csv(tmp_path / "leads.csv", index=False)

    tables = read_tables(tmp_path / "leads.csv", profile_export(tmp_path / "leads.csv").mapping)
    signals = build_column_signals(
        "custom:Interests", tables.custom["custom:Interests"], tables.leads["custom:Interests"].to_numpy(object)
    )

    assert tables.custom["custom:Interests"] == "list"
    assert [signal.name.partition(" ")[2] for signal in signals] == ["= X-ray", "= Echo", "= MRI", "(how many)"]


def test_lists_in_a_parquet_file_are_read_as_lists(tmp_path):
    pd.DataFrame({"x": [["MRI", "Echo"], ["Echo"], None, []]}).to_parquet(tmp_path / "leads.parquet")

    assert read_frame(tmp_path / "leads.parquet").frame["x"].fillna("nothing").tolist() == [
        "MRI; Echo",
        "Echo",
        "nothing",
        "",
    ]


def test_what_cannot_be_read_at_scoring_is_unknown_and_counted(tmp_path):
    mapping = Mapping(
        custom={"visits": "number", "seen": "date", "member": "yes_no", "wish": "list", "tier": "category"}
    )
    rows = {
        "visits": ["3", "many", "5"],
        "seen": ["2026-01-01", "some day", ""],
        "member": ["yes", "perhaps", "no"],
        "wish": ["a;b", "7", ""],
        "tier": ["1", "2.0", "x"],
    }
    pd.DataFrame({"lead_id": ["A", "B", "C"], **rows}).to_csv(tmp_path / "leads.csv", index=False)

    tables = read_tables(tmp_path / "leads.csv", mapping, scoring=True)

    assert tables.leads["custom:visits"].isna().tolist() == [False, True, False]
    assert {fault.column for fault in tables.faults} == {"custom:visits", "custom:seen", "custom:member"}
    assert not any(fault.rejects for fault in tables.faults)


def known_history(values, ends):
    """A history in which leads with these values booked (1) or not (0), known one day after the other."""
    ids, days = (
        np.array([f"old-{number}" for number in range(len(values))], object),
        np.datetime64("2026-01-01", "us") + np.arange(len(values)) * np.timedelta64(1, "D"),
    )
    return OutcomeHistory.of(
        ids, {"custom:x": np.array(values, object)}, days, np.where(ends, days, np.datetime64("NaT"))
    )


def test_a_crowded_category_has_the_rate_of_earlier_leads_with_the_value_and_sees_no_future():
    coded, rate = signals_of("crowded_category", ["A"] * 12, history=True)
    context = Context(history=known_history(["A"] * 30 + ["B"] * 30, [True] * 30 + [False] * 30))

    late = values_of(rate, ["a", "B", "new", None], cutoff="2026-04-01", context=context)
    before_a_fifth_end, just_after = (
        values_of(rate, ["A"], cutoff=cutoff, context=context)[0] for cutoff in ("2026-01-05", "2026-01-06")
    )

    assert (
        late[0] == pytest.approx(0.8)
        and late[1] == pytest.approx(0.2)
        and late[2] == pytest.approx(0.5)
        and np.isnan(late[3])
    )
    assert np.isnan(before_a_fifth_end) and just_after == 1.0
    assert (
        rate.describe_value(0.8) == "Of earlier leads with the same x, 80 in 100 booked" and rate.group == coded.group
    )


def test_without_dates_a_crowded_category_has_its_code_only():
    assert len(signals_of("crowded_category", ["A"] * 12)) == 1


def test_the_record_keeps_crowded_categories_and_the_bundle_may_carry_them(tmp_path):
    pd.DataFrame(
        {
            "lead_id": [str(number) for number in range(12)],
            "created_at": ["2026-01-01"] * 6 + ["2026-06-01"] * 6,
            "x": ["A"] * 6 + ["B"] * 6,
            "y": ["C"] * 6 + ["D"] * 6,
            "won": ["yes"] * 6 + ["no"] * 6,
        }
    ).to_csv(tmp_path / "l.csv", index=False)
    mapping = Mapping(
        leads={"lead_id": "lead_id", "created_at": "created_at"},
        custom={"x": "crowded_category", "y": "category"},
        label_column="won",
        booked=("yes",),
        not_booked=("no",),
    )

    history = build_history(read_tables(tmp_path / "l.csv", mapping), Practice(), "booked")

    assert "custom:x" in history.fields and "custom:y" not in history.fields
    assert "custom:x" in OutcomeHistory.from_arrays(history.to_arrays()).names


@pytest.mark.parametrize("kind", CUSTOM_KINDS)
def test_every_kind_survives_the_bundle(kind):
    signals = signals_of(kind, ["a; b"] * 12 + ["b"] * 12, history=True)

    restored = [build_signal_from_spec(json.loads(json.dumps(describe_signal(signal)))) for signal in signals]

    assert [signal.compute for signal in restored] == [signal.compute for signal in signals]
    assert [
        (signal.name, signal.reason, signal.absent, signal.unknown, signal.unit, signal.categories, signal.group)
        for signal in restored
    ] == [
        (signal.name, signal.reason, signal.absent, signal.unknown, signal.unit, signal.categories, signal.group)
        for signal in signals
    ]


def test_each_text_is_read_once_however_many_leads_have_it(monkeypatch):
    signals = signals_of("list", ["a; b", "b"] * 400)
    cells_read = []
    split_members = custom_columns._split_members_cached
    monkeypatch.setattr(
        custom_columns,
        "_split_members_cached",
        lambda cell, commas: cells_read.append(cell) or split_members(cell, commas),
    )

    values_of(signals[0], ["a; b", "b", None] * 400)

    assert sorted(cells_read) == ["a; b", "b"]


@settings(max_examples=20, deadline=None)
@given(
    some.lists(some.one_of(some.none(), some.text(max_size=12)), min_size=1, max_size=80),
    some.sampled_from(["category", "crowded_category", "list", "short_text"]),
)
def test_any_text_is_answered_and_one_alone_equals_the_same_in_a_crowd(cells, kind):
    signals = signals_of(kind, ["a; b", "b", "{c}"] * MIN_LEADS_PER_CATEGORY)

    for signal in signals:
        together = values_of(signal, cells)
        alone = [values_of(signal, [cell])[0] for cell in cells]
        np.testing.assert_array_equal(together, alone)
        assert [np.isnan(value) for value in together] == [cell is None for cell in cells]
        assert all(signal.describe_value(value) for value in together)


def test_a_remark_that_few_wrote_is_in_no_level_though_all_share_the_value():
    remarks = [f"Aetna ({name} Lee)" for name in "Ann Bo Cy Dee Eli Flo Gus Hal Ida Jo".split()]

    (signal,) = build_column_signals("payer", "category", np.array([*remarks, *["Cigna PPO"] * 12], object))

    assert signal.categories == ("", "Cigna PPO", "aetna")
    assert signal.compute._to_number(remarks[3]) == signal.compute._to_number("AETNA") == 2.0
