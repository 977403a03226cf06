"""Is a file refused in training of whose labels the mapping places too few, with a line that a mapping can hold?"""

import tomllib

import pytest

from features.errors import MappingError
from features.mapping.column_mapping import Mapping
from features.tables.tables import read_tables
from features.tables.unplaced_labels import require_placed_labels
from tests.support.lead_files import leads_file, mapping_of

LABEL = {"column": "y", "booked": ["Yes"], "not_booked": ["No", "(blank)"], "open": ["new"]}


def count_labels(folder, labels, label=LABEL, scoring=False):
    """Read leads with these labels; return the tables."""
    lines = [f'l{i},"{text}"' for i, text in enumerate(labels)]
    return read_tables(leads_file(folder, *lines, header="lead_id,y\n"), mapping_of(label=label), scoring=scoring)


@pytest.mark.parametrize(("rows", "is_refused"), [(10, False), (11, True)])
def test_more_than_a_tenth_of_the_labels_without_a_place_is_refused(tmp_path, rows, is_refused):
    labels = ["Yes"] * 40 + ["No"] * 40 + ["new"] * (20 - rows) + ["Left VM"] * rows + [""] * 50

    tables = count_labels(tmp_path, labels)

    assert (tables.unplaced.rows, tables.unplaced.labeled) == (rows, 100)
    if not is_refused:
        require_placed_labels(tables.unplaced, tables.mapping)
        return
    with pytest.raises(MappingError, match=r"label: 11 of 100 rows with a label in 'y' .*\('Left VM' 11 times\)"):
        require_placed_labels(tables.unplaced, tables.mapping)


def test_the_line_of_the_message_fixes_the_mapping(tmp_path):
    labels = ["Yes"] * 20 + ["No"] * 20 + ['No "ans', "n\\r"] * 5 + ["Ann Lee wants to think"]
    tables = count_labels(tmp_path, [label.replace('"', '""') for label in labels])
    with pytest.raises(MappingError) as refusal:
        require_placed_labels(tables.unplaced, tables.mapping)
    message = str(refusal.value)
    line = message[message.index("not_booked = ") : message.index("]. Those") + 1]

    fixed = count_labels(tmp_path, [label.replace('"', '""') for label in labels], LABEL | tomllib.loads(line))

    assert "Ann Lee" not in message and "others in 1 rows" in message
    assert fixed.unplaced.rows == 1 and (fixed.label == 0).sum() == 30
    require_placed_labels(fixed.unplaced, fixed.mapping)


def test_what_stands_in_place_of_a_date_is_counted_and_never_repeated(tmp_path):
    label = {"column": "y", "booked": ["(date)"], "not_booked": ["(blank)"]}
    tables = count_labels(tmp_path, ["2026-03-04"] * 30 + ["see chart"] * 10 + [""] * 30, label)

    with pytest.raises(MappingError, match="10 of 40 rows") as refusal:
        require_placed_labels(tables.unplaced, tables.mapping)

    assert "see chart" not in str(refusal.value) and "Add each of them to booked" in str(refusal.value)


def test_leads_to_be_scored_are_not_refused(tmp_path):
    tables = count_labels(tmp_path, ["Yes", "No", *["Left VM"] * 20], scoring=True)

    require_placed_labels(tables.unplaced, tables.mapping)
    require_placed_labels(None, Mapping.identity())
