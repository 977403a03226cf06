"""Is "None" an answer or an empty cell, by the evidence of the file?"""

import random

import pandas as pd
import pytest

from features.mapping.column_mapping import read_mapping
from features.profiling.export_profile import profile_export
from features.profiling.mapping_document import render_document
from features.tables.tables import read_tables

PAYERS = ["Aetna", "Cigna", "Medicare"]


def write_export(folder, payers, empty="", more=None):
    """Write an export with gaps in two columns, written as ``empty``."""
    draw = random.Random(3)
    rows = [
        {
            "Lead ID": f"L{1000 + i}",
            "Created": f"2025-{1 + i // 28:02}-{1 + i % 28:02} 10:{i % 60:02}",
            "Email": f"lead{i}@mail{i % 7}.org" if draw.random() < 0.8 else empty,
            "Insurance": draw.choice(payers),
            "Visits": str(draw.randint(1, 9)) if draw.random() < 0.8 else empty,
            "Converted": draw.choice(["Yes", "No"]),
        }
        | ({} if more is None else {name: draw.choice(values) for name, values in more.items()})
        for i in range(240)
    ]
    pd.DataFrame(rows).to_csv(folder / "leads.csv", index=False)
    return folder / "leads.csv"


def inspect_and_read(path):
    """Read an export with the mapping that inspect writes; return the leads, the mapping and the notes."""
    profile = profile_export(path)
    path.with_suffix(".toml").write_text(render_document(profile), encoding="utf-8")
    mapping = read_mapping(path.with_suffix(".toml"))
    return read_tables(path, mapping).leads, mapping, profile.notes


@pytest.mark.parametrize("none", ["None", "none", "N/A"])
def test_none_beside_empty_cells_is_nobody_who_insures(tmp_path, none):
    leads, _, notes = inspect_and_read(write_export(tmp_path, [*PAYERS, none, ""]))

    raw = pd.read_csv(tmp_path / "leads.csv", dtype=str, keep_default_na=False)["Insurance"]
    assert (leads["payer"] == "No insurance").tolist() == (raw == none).tolist()
    assert leads["payer"].isna().tolist() == (raw == "").tolist()
    assert any(f"{none!r} in 'Insurance'" in note and "is an answer, 'No insurance'" in note for note in notes)


def test_none_in_a_file_with_empty_cells_elsewhere_is_an_answer_to_be_checked(tmp_path):
    leads, _, notes = inspect_and_read(write_export(tmp_path, [*PAYERS, "None"]))

    assert leads["payer"].notna().all() and any(note.startswith("PLEASE CHECK: 'None'") for note in notes)


@pytest.mark.parametrize(
    ("payers", "empty", "reason"),
    [
        ([*PAYERS, "None"], "None", "writes so under 'Email' too"),
        ([*PAYERS, "None"], "nan", "also holds 'nan'"),
        ([*PAYERS, "None", "Self-Pay", ""], "", "says 'Self-Pay'"),
        ([*PAYERS, "N/A"], "", "no empty cells beside it"),
    ],
)
def test_none_is_an_empty_cell_where_the_file_says_so(tmp_path, payers, empty, reason):
    leads, mapping, notes = inspect_and_read(write_export(tmp_path, payers, empty))

    assert not mapping.answers and leads["payer"].isna().any() and "No insurance" not in set(leads["payer"])
    assert any(reason in note for note in notes)


def test_none_in_any_column_with_empty_cells_is_a_value_of_its_own(tmp_path):
    more = {"Allergies": ["None", "Latex", "Nuts", ""], "Secondary insurance": ["None", "Medicaid", ""]}
    leads, _, _ = inspect_and_read(write_export(tmp_path, PAYERS, more=more))

    assert set(leads["custom:Allergies"]) == {"(none)", "Latex", "Nuts", None}
    assert set(leads["custom:Secondary insurance"]) == {"No insurance", "Medicaid", None}
