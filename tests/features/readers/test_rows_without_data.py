"""Is a row that sums up others no data, and a lead one whatever it is called?"""

import subprocess
import sys

import pytest

from features.readers.raw_files import read_frame
from features.readers.rows_without_data import find_rows_without_data


def test_totals_of_a_month_between_its_rows_are_no_data_and_a_total_knee_is_a_lead():
    header, lead = ["Service", "Visits", "Won", "Note"], ["Total Knee Replacement", "2", "", ""]

    assert find_rows_without_data(header, [lead, ["Total January 2025", "14", "", ""], ["Total Q1", "40", "", ""]]) == {
        1: "total",
        2: "total",
    }


@pytest.mark.parametrize("cell", ["MARCH 2025", "März", "Janeiro/2025", "KW 12", "Q1 2025", "févr. 25", "Week 3"])
def test_a_month_alone_in_a_row_is_a_heading_and_a_lead_with_more_is_none(cell):
    rows = [["L1", "3", "Yes"], [cell, "", ""], [cell, "3", "No"], ["May", "", ""], ["Mayra", "", ""]]

    assert find_rows_without_data(["Id", "N", "Won"], rows) == {1: "heading", 3: "heading"}


@pytest.mark.parametrize("cell", ["total" + " " * 5000 + "x", "x " * 20_000 + "!", "count" + "\t" * 5000 + "?"])
def test_a_long_cell_is_looked_at_in_no_time(cell):
    program = (
        "from features.readers.rows_without_data import find_rows_without_data as find\n"
        f"print(find(['Id', 'N', 'Won'], [['L1', '3', 'Yes'], [{cell!r}, '', ''], ['Sum', {cell!r}, '']]))"
    )

    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)

    assert finished.stdout == "{}\n"


def test_a_title_above_a_repeated_header_is_no_lead(tmp_path):
    rows = ["Q1,,", "Id,Source,Stage", "1,Ads,Won", "2,Web,Lost", "Rest of the year,,", "Id,Source,Stage", "3,Ads,Won"]
    (tmp_path / "board.csv").write_text("\n".join([*rows, "Ann,,"]) + "\n", encoding="utf-8")

    raw = read_frame(tmp_path / "board.csv")

    assert raw.frame.iloc[:, 0].tolist() == ["1", "2", "3", "Ann"]
    assert "board.csv: 1 title of a group was not read as data." in raw.notes
