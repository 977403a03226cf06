"""Do a flag of won leads and one of closed or lost ones make one label, with the others open?"""

import numpy as np
import pandas as pd
import pytest

from features.parsing.scalars import MISSING
from features.profiling.export_profile import profile_export
from features.profiling.labels.label_detection import guess_label
from features.profiling.labels.label_flags import is_closed_flag
from features.profiling.labels.label_guess import describe_label
from features.readers.frame_writer import write_frame
from features.tables.tables import read_tables

WON = np.resize([1, 0, 0, 0], 80)
LOST = np.resize([0, 1, 1, 0], 80)
TRUTH = np.where(WON == 1, 1.0, np.where(LOST == 1, 0.0, np.nan))


def write(values, yes, no):
    """Return a flag as an export writes it."""
    return np.where(values == 1, yes, no)


@pytest.mark.parametrize(
    "columns, won",
    [
        ({"IsClosed": write(WON | LOST, "true", "false"), "IsWon": write(WON, "true", "false")}, "IsWon"),
        ({"won": WON, "lost": LOST}, "won"),
        ({"Lost?": write(LOST, "x", ""), "Won?": write(WON, "x", "")}, "Won?"),
        ({"Finished": write(WON | LOST, "Y", "N"), "Sale": write(WON, "Y", "N")}, "Sale"),
        ({"Is Closed Lost": write(LOST, "Yes", "No"), "Is Closed Won": write(WON, "Yes", "No")}, "Is Closed Won"),
    ],
)
def test_leads_that_neither_flag_ends_are_open(tmp_path, columns, won):
    path = tmp_path / "deals.csv"
    write_frame(pd.DataFrame({"Deal ID": np.arange(80) + 700, "Source": ["Ads", "Web"] * 40} | columns), path)

    profile = profile_export(path)
    tables = read_tables(path, profile.mapping)

    assert profile.mapping.label_column == won
    assert profile.mapping.label_decided_by == next(name for name in columns if name != won)
    assert not {*columns} & {*profile.mapping.custom}
    np.testing.assert_array_equal(tables.label, TRUTH)
    assert f"{won!r} is open for 20 leads" in tables.report()
    assert any("not closed" in line and "20 rows" in line for line in describe_label(profile.label))


def test_a_stage_that_tells_what_is_open_is_the_label_all_the_same():
    stage = np.where(WON == 1, "Booked", np.where(LOST == 1, "Lost", "New"))
    frame = pd.DataFrame({"IsClosed": WON | LOST, "IsWon": WON, "Stage": stage})

    label = guess_label(frame, MISSING)

    assert label.column == "Stage" and label.open == ("New",)


def test_closed_alone_is_asked_about_and_comes_after_a_status():
    closed = write(WON | LOST, "Yes", "No")

    alone = guess_label(pd.DataFrame({"Closed": closed}), MISSING)
    beside = guess_label(pd.DataFrame({"Closed": closed, "Status": write(WON, "Booked", "Lost")}), MISSING)

    assert any("or only that it ended?" in question for question in alone.questions)
    assert beside.column == "Status"


def test_flags_that_end_every_lead_need_no_second_column():
    label = guess_label(pd.DataFrame({"won": WON, "lost": 1 - WON}), MISSING)

    assert label.column == "won" and label.decided_by is None


def test_a_header_of_closed_leads_is_known_in_other_languages():
    assert [is_closed_flag(header) for header in ("Cerrado", "is_closed", "Close date", "Closed lost")] == [
        True,
        True,
        False,
        False,
    ]


def test_an_empty_cell_beside_yes_and_no_is_ended_by_the_other_flag_alone(tmp_path):
    won = np.where(np.arange(80) % 8 == 1, "", write(WON, "true", "false"))
    path = tmp_path / "deals.csv"
    frame = pd.DataFrame({"Deal ID": np.arange(80) + 700, "IsWon": won, "IsClosed": write(WON | LOST, "true", "false")})
    write_frame(frame, path)

    profile = profile_export(path)

    np.testing.assert_array_equal(read_tables(path, profile.mapping).label, TRUTH)
    np.testing.assert_array_equal(profile.label.encoded, TRUTH)
    assert describe_label(profile.label)[1:4] == [
        "  true                                   -> booked      20 rows",
        "  false or (blank), closed by 'IsClosed' -> not booked  40 rows",
        "  false or (blank), not closed           -> open        20 rows",
    ]
