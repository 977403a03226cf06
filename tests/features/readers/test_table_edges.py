"""Does a table with dirty edges read as a person would read it, and does every line stay accounted for?"""

import zipfile
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from features.errors import DataError
from features.readers.raw_files import read_frame

HEADER = ["Case No", "Opened", "Origin", "Visits", "Won"]
ROWS = [
    [f"C{number:03}", f"2025-02-{1 + number % 28:02} 09:{number % 60:02}", origin, str(number % 7), won]
    for number, (origin, won) in enumerate(product(["Walk-in", "Website", "Radio", "Partner"], ["Yes", "No"] * 5))
]
COUNT = len(ROWS)


def join(rows, separator=","):
    """Write rows as text, one line each."""
    return "".join(separator.join(row) + "\n" for row in rows)


def read(folder, text, name="cases.csv"):
    """Read a file with this text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return read_frame(path)


def blank(count):
    """Return empty fields."""
    return [""] * count


PLAIN = join([HEADER, *ROWS])
READ_AS_PLAIN = {
    "padded titles": join([["Cases opened", *blank(4)], ["Feb 1 to Feb 28", *blank(4)], blank(5), HEADER, *ROWS]),
    "bare titles": "Cases opened in February\nPrinted 03/01/2025\n\n" + PLAIN,
    "a title with a comma": "Cases, opened in February\n" + PLAIN,
    "titles with a filter": join(
        [["Filters:", "Status = all", *blank(3)], ["Owner:", "any", *blank(3)], HEADER, *ROWS]
    ),
    "ten titles": "".join(f"line {number}\n" for number in range(10)) + PLAIN,
    "a band above the header": join([["Case", "", "Marketing", "", "Result"], HEADER, *ROWS]),
    "sep line": "sep=;\n" + join([HEADER, *ROWS], ";"),
    "sep line in quotes with a mark": '\ufeff"sep=;"\r\n' + join([HEADER, *ROWS], ";"),
    "sep line of a comma": "sep=,\n" + PLAIN,
    "a grand total": join([HEADER, *ROWS, ["Grand Total", "", "", "118", "20"]]),
    "a bare total": PLAIN + "Total\n",
    "a total of records": PLAIN + f"\nTotal records: {COUNT}\n",
    "a total in the second column": join([HEADER, *ROWS, ["", "Sum", "", "118", ""]]),
    "subtotals between": join(
        [HEADER, *ROWS[:9], ["Subtotal", "", "", "30", ""], *ROWS[9:], ["Average", "", "", "3", ""]]
    ),
    "a total in German": join([HEADER, *ROWS, ["Gesamtsumme", "", "", "118", ""]]),
    "a total in Spanish": join([HEADER, *ROWS, ["Total general", "", "", "118", ""]]),
    "a footer": PLAIN + "\nExported by the front desk on 03/01/2025\n",
    "a padded footer": join([HEADER, *ROWS, blank(5), ["Confidential - internal use", *blank(4)]]),
    "the header again": join([HEADER, *ROWS[:11], HEADER, *ROWS[11:20], HEADER, *ROWS[20:]]),
    "blank lines between": join([HEADER, *ROWS]).replace("\n", "\n\n"),
    "Windows line ends": PLAIN.replace("\n", "\r\n"),
    "old Mac line ends": PLAIN.replace("\n", "\r"),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "tabs": join([HEADER, *ROWS], "\t"),
    "bars": join([HEADER, *ROWS], "|"),
    "quoted everywhere": join([[f'"{cell}"' for cell in row] for row in [HEADER, *ROWS]]),
    "a header with invisible characters": join(
        [["\ufeffCase\u200b No", " Opened ", "Origin", "Visits", "Won\u00a0"], *ROWS]
    ),
    "a header over two lines": PLAIN.replace("Case No", '"Case\nNo"', 1),
    "separators at the end of every line": join([[*row, ""] for row in [HEADER, *ROWS]]),
    "separators at the end of data lines": join([HEADER, *([*row, ""] for row in ROWS)]),
    "a twin column that is empty": join([[*HEADER, "Origin"], *([*row, ""] for row in ROWS)]),
}


@pytest.mark.parametrize("text", READ_AS_PLAIN.values(), ids=READ_AS_PLAIN)
def test_a_dirty_edge_is_read_as_the_plain_table(tmp_path, text):
    raw = read(tmp_path, text)

    assert raw.frame.columns.tolist() == HEADER
    assert raw.frame.to_numpy(object).tolist() == ROWS and raw.ragged == ()


@pytest.mark.parametrize(
    "text, words",
    [
        (READ_AS_PLAIN["padded titles"], "2 title lines above the header were|3 title lines above the header were"),
        (READ_AS_PLAIN["a grand total"], "1 row of totals was not read as data"),
        (READ_AS_PLAIN["subtotals between"], "2 rows of totals were not read as data"),
        (READ_AS_PLAIN["the header again"], "2 repetitions of the header were not read as data"),
        (READ_AS_PLAIN["a footer"], "1 footer line was not read as data"),
        (READ_AS_PLAIN["sep line"], "the first line names the separator"),
        (READ_AS_PLAIN["a twin column that is empty"], "'Origin' heads 2 columns; an empty one was dropped"),
    ],
)
def test_what_was_left_out_is_said(tmp_path, text, words):
    notes = " ".join(read(tmp_path, text).notes)

    assert any(word in notes for word in words.split("|"))


@pytest.mark.parametrize("text", [PLAIN, join([HEADER, *ROWS], ";"), join([["Total", *HEADER[1:]], *ROWS])])
def test_a_clean_table_loses_nothing_and_gets_no_note_of_rows(tmp_path, text):
    raw = read(tmp_path, text)

    assert len(raw.frame) == COUNT and not any("not read as data" in note for note in raw.notes)


def test_a_lead_whose_source_is_called_total_stays(tmp_path):
    rows = [[f"C{number}", "Total Care", "3", "Yes"] for number in range(30)]
    rows += [["Total", "Website", "2", "No"], ["Sum Lee", "Radio", "1", "No"]]

    raw = read(tmp_path, join([["Name", "Origin", "Visits", "Won"], *rows]))

    assert len(raw.frame) == 32


def test_a_stray_opening_quote_swallows_no_row(tmp_path):
    rows = [
        [*row[:2], "urgent call" if number not in (5, 9, 30) else '"urgent call', *row[3:]]
        for number, row in enumerate(ROWS)
    ]

    raw = read(tmp_path, join([HEADER, *rows]))

    assert len(raw.frame) == COUNT and raw.frame["Case No"].tolist() == [row[0] for row in ROWS]
    assert raw.frame["Won"].tolist() == [row[4] for row in ROWS]
    assert "3 lines have quotation marks that are never closed" in " ".join(raw.notes)


def test_a_quoted_message_may_span_lines(tmp_path):
    message = 'Dear all,\nmy knee hurts, "badly".\n\nThanks'
    quoted = '"' + message.replace('"', '""') + '"'

    raw = read(tmp_path, join([["Id", "Message", "Won"], *([f"C{n}", quoted, "Yes"] for n in range(20))]))

    assert raw.frame["Message"].tolist() == [message] * 20 and raw.ragged == ()


def test_a_quotation_mark_escaped_by_a_backslash_is_text(tmp_path):
    rows = [[f"C{n}", '"she said \\"now\\", then left"', "Yes"] for n in range(20)]

    raw = read(tmp_path, join([["Id", "Message", "Won"], *rows]))

    assert raw.frame["Message"].tolist() == ['she said "now", then left'] * 20


def test_lines_whose_empty_end_was_cut_off_are_completed_and_counted(tmp_path):
    rows = [row if number < 10 else row[:4] for number, row in enumerate(ROWS)]

    raw = read(tmp_path, join([HEADER, *rows]))

    assert len(raw.frame) == COUNT and raw.frame["Won"].tolist()[10:] == [""] * (COUNT - 10)
    assert raw.rows.tolist() == list(range(1, COUNT + 1))
    assert f"{COUNT - 10} lines end early" in " ".join(raw.notes)


def test_a_message_broken_over_lines_stays_rejected_with_its_rest(tmp_path):
    lines = PLAIN.splitlines()
    lines[7:8] = ["C006,2025-02-07 09:06,please", "call me,6,Yes"]

    raw = read(tmp_path, "\n".join(lines) + "\n")

    assert len(raw.frame) == COUNT - 1 and [number for number, _ in raw.ragged] == [7, 8]


def test_the_second_of_two_like_headers_gets_a_number(tmp_path):
    raw = read(tmp_path, "Id,Email,email,Email\n1,a@example.org,,b@example.org\n2,c@example.org,,\n")

    assert raw.frame.columns.tolist() == ["Id", "Email", "Email (3)"]
    assert "'Email' heads 3 columns; one is called 'Email (3)'." in " ".join(raw.notes)


def write_book(path, sheets):
    """Write a workbook: title -> (rows, state)."""
    book = Workbook()
    book.remove(book.active)
    for title, (rows, state) in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
        page.sheet_state = state
    book.save(path)
    return path


TABLE = [HEADER, *ROWS]
WORKBOOKS = {
    "a hidden sheet first": {
        "codes": ([["code", "name", "more"], [1, "x", "y"], [2, "z", "w"]], "hidden"),
        "Data": (TABLE, "visible"),
    },
    "a cover first": {
        "Read me": ([["Cases of February"], ["Ask the desk"]] + [["note", n] for n in range(90)], "visible"),
        "Data": (TABLE, "visible"),
    },
    "a band above the header": {"Data": ([["Case", None, "Marketing", None, "Result"], *TABLE], "visible")},
    "titles and a total": {"Data": ([["Cases"], [None], *TABLE, ["Total", None, None, 118, None]], "visible")},
    "a table that begins at C7": {"Data": ([[]] * 6 + [[None, None, *row] for row in TABLE], "visible")},
}


@pytest.mark.parametrize("sheets", WORKBOOKS.values(), ids=WORKBOOKS)
def test_a_workbook_is_read_where_its_table_is(tmp_path, sheets):
    raw = read_frame(write_book(tmp_path / "cases.xlsx", sheets))

    assert raw.frame.columns.tolist() == HEADER and raw.frame.to_numpy(object).tolist() == ROWS


def test_an_html_table_saved_as_excel_is_read_and_said(tmp_path):
    lines = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in TABLE)

    raw = read(tmp_path, f"<html><body><h1>Cases</h1><table>{lines}</table></body></html>", "cases.xls")

    assert raw.frame.to_numpy(object).tolist() == ROWS and "its HTML table was read" in raw.notes[0]


def test_text_saved_as_excel_is_read_and_said(tmp_path):
    raw = read(tmp_path, PLAIN, "cases.xlsx")

    assert raw.frame.to_numpy(object).tolist() == ROWS and "read as text" in raw.notes[0]


def test_one_table_in_an_archive_is_read_and_several_are_refused(tmp_path):
    path = tmp_path / "cases.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("export/cases.csv", PLAIN)

    assert read_frame(path).frame.to_numpy(object).tolist() == ROWS
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("export/more.csv", PLAIN)
    with pytest.raises(DataError, match="holds 2 tables, expected one. Unpack it"):
        read_frame(path)


lines_of_dirt = st.lists(
    st.sampled_from(["row", "short", "long", "header", "total", "broken"]), min_size=30, max_size=60
)


@settings(max_examples=40, deadline=None)
@given(kinds=lines_of_dirt, titles=st.integers(0, 3))
def test_every_line_is_data_or_rejected_or_named_as_no_data(kinds, titles, tmp_path_factory):
    written = {
        "row": lambda n: ",".join(ROWS[n % COUNT]),
        "short": lambda n: ",".join(ROWS[n % COUNT][:3]),
        "long": lambda n: ",".join([*ROWS[n % COUNT], "x", "y"]),
        "header": lambda n: ",".join(HEADER),
        "total": lambda n: "Total,,,7,",
        "broken": lambda n: "and so on",
    }
    body = [",".join(row) for row in ROWS] + [written[kind](number) for number, kind in enumerate(kinds)]
    text = "\n".join([f"title {n}" for n in range(titles)] + [",".join(HEADER), *body]) + "\n"

    raw = read(tmp_path_factory.mktemp("dirt"), text)

    said = sum(int(note.split(": ")[1].split()[0]) for note in raw.notes if "not read as data" in note)
    assert len(raw.frame) + len(raw.ragged) + said == len(body) + titles
    assert len(np.unique(raw.rows)) == len(raw.frame)
    assert not pd.isna(raw.frame).any(axis=None)


def group_rows(groups):
    """Write rows by their origin, as a report does: its name beside the first row only, a subtotal below the last."""
    lines = []
    for origin in groups:
        members = [[row[0], row[1], *row[3:]] for row in ROWS if row[2] == origin]
        lines += [[origin if position == 0 else "", *row] for position, row in enumerate(members)]
        lines.append(["Subtotal", "Count", str(len(members)), "", ""])
    return [*lines, ["Grand Total", "Count", str(COUNT), "", ""]]


GROUP_HEADER = ["Origin", "Case No", "Opened", "Visits", "Won"]


def test_the_name_of_a_group_holds_for_all_its_rows(tmp_path):
    raw = read(tmp_path, join([GROUP_HEADER, *group_rows(["Walk-in", "Website", "Radio", "Partner"])]))

    assert raw.frame["Origin"].tolist() == [row[2] for row in ROWS]
    assert any("grouped by 'Origin'" in note for note in raw.notes)
    assert any("5 rows of totals" in note for note in raw.notes)


def test_the_name_of_a_group_holds_for_all_its_rows_of_a_spreadsheet(tmp_path):
    book = Workbook()
    for line in [GROUP_HEADER, *group_rows(["Walk-in", "Website", "Radio", "Partner"])]:
        book.active.append([cell or None for cell in line])
    book.save(tmp_path / "cases.xlsx")

    raw = read_frame(tmp_path / "cases.xlsx")

    assert raw.frame["Origin"].tolist() == [row[2] for row in ROWS]
    assert any("grouped by 'Origin'" in note for note in raw.notes)


def test_a_sparse_first_column_without_subtotals_stays_as_it_is(tmp_path):
    rows = [["VIP" if position % 9 == 0 else "", *row[:2], *row[3:]] for position, row in enumerate(ROWS)]

    raw = read(tmp_path, join([GROUP_HEADER, *rows, ["Total", "", "", "118", ""]]))

    assert raw.frame["Origin"].tolist() == [row[0] for row in rows]


def test_totals_named_after_their_group_are_no_data(tmp_path):
    raw = read(tmp_path, join([HEADER, *ROWS, ["Radio Total", "", "", "30", "5"]]))

    assert len(raw.frame) == COUNT


def test_the_comma_of_decimals_is_no_separator_where_only_semicolons_split_the_header(tmp_path):
    rows = [
        [str(number), f"{number},5{number % 10}", f"{number * 3},25 km", ("x", "")[number % 2]] for number in range(60)
    ]

    raw = read(tmp_path, join([["Nr", "Betrag", "Weg", "Gebucht"], *rows], ";"))

    assert raw.separator == ";" and list(raw.frame.columns) == ["Nr", "Betrag", "Weg", "Gebucht"]
    assert len(raw.frame) == 60 and raw.frame["Betrag"].iloc[7] == "7,57"
    two_columns = read(tmp_path, join([["Nr", "Weg"], *([str(n), f"{n},5"] for n in range(30))], ";"), "two.csv")
    assert list(two_columns.frame.columns) == ["Nr", "Weg"]


def test_texts_written_as_formulas_are_the_texts_they_show(tmp_path):
    rows = [[f'"=""{number:05}"""', "web", f'="0{1000 + number}"'] for number in range(30)]

    raw = read(tmp_path, join([["Id", "Origin", "ZIP"], *rows]))

    assert raw.frame["Id"].iloc[3] == "00003" and raw.frame["ZIP"].iloc[3] == "01003"
    assert any("'Id', 'ZIP'" in note and "formulas" in note for note in raw.notes)


def test_lines_that_are_quoted_as_a_whole_are_refused_with_the_way_out(tmp_path):
    lines = ['"' + ",".join(row).replace('"', '""') + '"\n' for row in [HEADER, *ROWS]]

    with pytest.raises(DataError, match="each line in quotation marks as a whole"):
        read(tmp_path, "".join(lines))


def blank_to_none(lines):
    """Return lines as a workbook holds them: an empty cell is None."""
    return [[cell or None for cell in line] for line in lines]


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_summary_beside_the_leads_is_no_column_of_theirs(tmp_path, suffix):
    summary = [["Radio", "10"], ["Partner", "10"]]
    rows = [[*row, "", *(summary[i] if i < 2 else ["", ""])] for i, row in enumerate(ROWS)]
    lines = [[*HEADER, "", "Origin of calls", "Calls"], *rows]

    if suffix == "csv":
        raw = read(tmp_path, join(lines))
    else:
        raw = read_frame(write_book(tmp_path / "cases.xlsx", {"Data": (blank_to_none(lines), "visible")}))

    assert list(raw.frame.columns)[: len(HEADER)] == HEADER and "Calls" not in raw.frame.columns
    assert len(raw.frame) == COUNT
    assert any("second table" in note and "'Origin of calls', 'Calls'" in note for note in raw.notes)


def test_a_sparse_column_right_of_an_empty_one_stays_where_the_table_goes_on(tmp_path):
    lines = [[*HEADER, "", "Budget"], *([*row, "", str(i)] for i, row in enumerate(ROWS))]

    raw = read(tmp_path, join(lines))

    assert "Budget" in raw.frame.columns


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_groups_named_in_their_first_row_are_filled_down_without_subtotals(tmp_path, suffix):
    ordered = sorted(ROWS, key=lambda row: row[2])
    rows = [
        [row[2] if i == 0 or ordered[i - 1][2] != row[2] else "", row[0], row[1], row[4]]
        for i, row in enumerate(ordered)
    ]
    lines = [["Origin", "Case No", "Opened", "Won"], *rows]

    if suffix == "csv":
        raw = read(tmp_path, join(lines))
    else:
        raw = read_frame(write_book(tmp_path / "cases.xlsx", {"Data": (blank_to_none(lines), "visible")}))

    assert raw.frame["Origin"].tolist() == [row[2] for row in ordered]
    assert any("grouped by 'Origin'" in note for note in raw.notes)


def test_a_first_column_with_a_few_values_of_its_own_is_not_filled_down(tmp_path):
    notes = ["" if number % 9 else f"see {number} and call her again soon" for number in range(COUNT)]

    raw = read(tmp_path, join([["Remark", *HEADER], *([note, *row] for note, row in zip(notes, ROWS, strict=True))]))

    assert raw.frame["Remark"].tolist() == notes


def test_the_second_and_third_header_of_a_form_tool_are_no_leads(tmp_path):
    ids = [f'{{"ImportId":"q{number}"}}' for number in range(5)]
    frame = pd.DataFrame([["Case number", "When?", "From where?", "How often?", "Won?"], ids, *ROWS], columns=HEADER)
    path = tmp_path / "form.csv"
    frame.to_csv(path, index=False)

    raw = read_frame(path)

    assert len(raw.frame) == COUNT and raw.frame["Case No"].iloc[0] == "C000"
    assert any("2 lines below the header" in note for note in raw.notes)


@pytest.mark.parametrize(
    "last, kind",
    [
        (["", "", "", "64", "26"], "totals"),
        (["", "Total: 40 leads", "", "", ""], "totals"),
        (["Total Leads", "40", "", "", ""], "totals"),
    ],
)
def test_totals_without_a_word_in_the_first_cell_are_no_lead(tmp_path, last, kind):
    raw = read(tmp_path, join([HEADER, *ROWS, last]))

    assert len(raw.frame) == COUNT
    assert any(f"1 row of {kind}" in note for note in raw.notes)


def test_a_blank_row_within_the_table_is_no_lead(tmp_path):
    raw = read(tmp_path, join([HEADER, blank(5), *ROWS[:20], blank(5), *ROWS[20:]]))

    assert len(raw.frame) == COUNT and any("2 blank rows" in note for note in raw.notes)


@pytest.mark.parametrize("text", ['{"Case No": "C1", "Won": "Yes"}\n{"Case No": "C2"}\n', '[{"Case No": "C1"}]'])
def test_json_below_the_suffix_of_a_table_is_refused(tmp_path, text):
    with pytest.raises(DataError, match="holds JSON and no table"):
        read(tmp_path, text)


@pytest.mark.parametrize("separator", ["^", "~"])
def test_rare_separators_are_found(tmp_path, separator):
    assert list(read(tmp_path, join([HEADER, *ROWS], separator)).frame.columns) == HEADER


def test_sheets_with_the_same_header_are_a_question(tmp_path):
    months = {"Jan": ([HEADER, *ROWS[:25]], "visible"), "Feb": ([HEADER, *ROWS[25:]], "visible")}

    raw = read_frame(write_book(tmp_path / "months.xlsx", months))

    question = next(note for note in raw.notes if "QUESTION" in note)
    assert f"'Feb' ({COUNT - 25} rows)" in question and "NOT read" in question


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("rows_with_outcome", [lambda i: i % 5 == 0, lambda i: i < 8])
@pytest.mark.parametrize("end", ["2025-03-{}", "she asked to be called back {} times"])
def test_columns_filled_in_a_few_rows_are_no_summary_beside_the_leads(tmp_path, suffix, rows_with_outcome, end):
    """They hold the outcome, even where the file begins with the leads that booked."""
    ends = [[end.format(10 + i % 18), "booked"] if rows_with_outcome(i) else ["", ""] for i in range(COUNT)]
    lines = [[*HEADER[:4], "", "Booked on", "Result"], *([*ROWS[i][:4], "", *ends[i]] for i in range(COUNT))]

    if suffix == "csv":
        raw = read(tmp_path, join(lines))
    else:
        raw = read_frame(write_book(tmp_path / "cases.xlsx", {"Data": (blank_to_none(lines), "visible")}))

    assert raw.frame["Result"].fillna("").tolist() == [result for _, result in ends]
    assert "Booked on" in raw.frame.columns and not any("second table" in note for note in raw.notes)


@pytest.mark.parametrize("count", [3, 60])
@pytest.mark.parametrize(
    "title, header, row",
    [
        ("Leads export, January 2025", ["Id", "Budget", "Source"], ["{}", "3{},50", "Web"]),
        ("Leads, all clinics", ["Id", "Name", "Source", "Day"], ["{}", "Lee, Ann", "Web", "2025-01-06"]),
        ("Leads, January\nClinics, all", ["Id", "Name", "Source", "Day"], ["{}", "Lee, Ann", "Web", "2025-01-06"]),
    ],
)
def test_a_comma_in_the_title_and_in_the_values_is_no_separator(tmp_path, count, title, header, row):
    rows = [[cell.format(number) for cell in row] for number in range(count)]

    raw = read(tmp_path, f"{title}\n" + join([header, *rows], ";"))

    assert raw.separator == ";" and raw.frame.columns.tolist() == header
    assert raw.frame.to_numpy(object).tolist() == rows


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_mark_beside_a_few_leads_is_not_given_to_all_leads_below(tmp_path, suffix):
    marks = [{0: "VIP", 15: "Callback", 28: "Spanish"}.get(number, "") for number in range(COUNT)]
    lines = [["Tag", *HEADER], *([mark, *row] for mark, row in zip(marks, ROWS, strict=True))]

    if suffix == "csv":
        raw = read(tmp_path, join(lines))
    else:
        raw = read_frame(write_book(tmp_path / "cases.xlsx", {"Data": (blank_to_none(lines), "visible")}))

    assert raw.frame["Tag"].fillna("").tolist() == marks
    assert any("QUESTION" in note and "3 values of 'Tag'" in note for note in raw.notes)


def test_a_formula_below_many_plain_values_is_the_text_it_shows(tmp_path):
    rows = [[f"L{number}", str(10001 + number)] for number in range(60)]

    raw = read(tmp_path, join([["Lead ID", "ZIP"], *rows, ["L60", '="00123"']]))

    assert raw.frame["ZIP"].iloc[-1] == "00123" and any("'ZIP'" in note and "formulas" in note for note in raw.notes)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("last", [["", "2025-02-01", "911", "", "", ""], ["", "", "911", "", "", ""]])
def test_a_last_lead_without_a_name_is_no_total(tmp_path, suffix, last):
    header = ["Name", "Created", "Message", "City", "Phone", "Email"]
    rows = [
        ["Ann B", f"2025-01-{1 + i % 28:02}", ("12 Main st", "call me")[i % 2], "", f"555010{i:04}", ""]
        for i in range(60)
    ]

    if suffix == "csv":
        raw = read(tmp_path, join([header, *rows, last]))
    else:
        lines = blank_to_none([header, *rows, last])
        raw = read_frame(write_book(tmp_path / "cases.xlsx", {"Data": (lines, "visible")}))

    assert len(raw.frame) == 61 and raw.frame["Message"].iloc[-1] == "911"


@pytest.mark.parametrize("last", [["", "", "40", "", ""], ["", "", "", "115", "20"], ["", "", "40", "115", ""]])
def test_a_count_or_a_sum_without_a_word_is_a_total(tmp_path, last):
    raw = read(tmp_path, join([HEADER, *ROWS, last]))

    assert len(raw.frame) == COUNT and any("1 row of totals" in note for note in raw.notes)
