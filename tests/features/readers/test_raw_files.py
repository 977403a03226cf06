"""Can any export be read as it is, and does a bad file get one clear sentence?"""

import gzip

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

from features.errors import DataError
from features.readers import text_encoding
from features.readers.raw_files import read_frame


def write_text(folder, name, text, encoding="utf-8"):
    """Write a file with this text."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def workbook(path, rows, sheet="Leads", more=()):
    """Write an Excel file with these rows."""
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    for name in more:
        book.create_sheet(name)
    book.save(path)
    return path


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_the_separator_is_found_by_looking(tmp_path, separator):
    path = write_text(
        tmp_path, "leads.csv", separator.join(("id", "name")) + "\n" + separator.join(("1", "a b")) + "\n"
    )

    raw = read_frame(path)

    assert raw.separator == separator
    assert raw.frame.to_dict("list") == {"id": ["1"], "name": ["a b"]}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_the_encoding_is_found_by_looking(tmp_path, encoding):
    path = write_text(tmp_path, "leads.csv", "id,city\n1,São Tomé\n2,Zürich\n", encoding)

    raw = read_frame(path)

    assert raw.frame["city"].tolist() == ["São Tomé", "Zürich"]
    assert raw.frame.columns[0] == "id"
    assert any("not in UTF-8" in note for note in raw.notes) == (encoding == "cp1252")


def test_nothing_is_guessed_about_values(tmp_path):
    raw = read_frame(write_text(tmp_path, "leads.csv", "id,a,b\n007,NA,\n"))

    assert raw.frame.iloc[0].tolist() == ["007", "NA", ""]


def test_a_quoted_field_may_hold_the_separator_and_a_line_break(tmp_path):
    raw = read_frame(write_text(tmp_path, "leads.csv", 'id,message\n1,"knee, left\nsince May"\n2,"he said ""now"""\n'))

    assert raw.frame["message"].tolist() == ["knee, left\nsince May", 'he said "now"']


def test_a_trailing_empty_column_is_dropped_with_a_note(tmp_path):
    both = read_frame(write_text(tmp_path, "both.csv", "id,a,\n1,2,\n"))
    data_only = read_frame(write_text(tmp_path, "data.csv", "id,a\n1,2,\n3,4,\n"))

    assert list(both.frame.columns) == list(data_only.frame.columns) == ["id", "a"]
    assert "column 3 has neither header nor values" in both.notes[0]
    assert data_only.ragged == ()


def test_a_column_with_values_and_no_header_is_kept(tmp_path):
    raw = read_frame(write_text(tmp_path, "leads.csv", "id,,b\n1,x,2\n"))

    assert list(raw.frame.columns) == ["id", "column 2", "b"]


def test_ragged_lines_are_kept_beside_with_their_row_number(tmp_path):
    raw = read_frame(write_text(tmp_path, "leads.csv", "id,a\n1,x\n2,y,z\n3\n\n4,w\n"))

    assert raw.ragged == ((2, "2,y,z"), (3, "3"))
    assert raw.rows.tolist() == [1, 4]
    assert raw.frame["id"].tolist() == ["1", "4"]


def test_a_header_of_two_lines_is_one_header(tmp_path):
    raw = read_frame(write_text(tmp_path, "leads.csv", '\n"lead\nid",a\n1,x\n'))

    assert list(raw.frame.columns) == ["lead id", "a"]
    assert raw.frame["a"].tolist() == ["x"]


def test_gzipped_text_is_read(tmp_path):
    path = tmp_path / "leads.csv.gz"
    path.write_bytes(gzip.compress(b"id;a\n1;x\n"))

    assert read_frame(path).frame["a"].tolist() == ["x"]


def test_excel_values_keep_their_type_and_blank_rows_are_passed_over(tmp_path):
    path = workbook(
        tmp_path / "leads.xlsx",
        [[None, None], ["id", "when"], [1, pd.Timestamp("2026-03-01")], [None, None], ["b", 2.5]],
        more=["Other"],
    )

    raw = read_frame(path)

    assert raw.frame["id"].tolist() == [1, "b"]
    assert raw.frame["when"].tolist() == [pd.Timestamp("2026-03-01"), 2.5]
    assert "2 sheets; 'Leads' looks most like a table and was read" in raw.notes[0]


def test_a_sheet_can_be_named(tmp_path):
    path = workbook(tmp_path / "leads.xlsx", [["id"], [1]], sheet="March")

    with pytest.raises(DataError, match="has no sheet 'May'. Its sheets are: March"):
        read_frame(path, sheet="May")


def test_parquet_keeps_its_types(tmp_path):
    frame = pd.DataFrame(
        {"id": ["a", None], "when": pd.to_datetime(["2026-03-01", None], utc=True), "n": [1.5, np.nan]}
    )
    frame.to_parquet(tmp_path / "leads.parquet")

    raw = read_frame(tmp_path / "leads.parquet")

    assert str(raw.frame["when"].dtype).endswith("UTC]")
    assert raw.frame["n"].dtype == np.float64


def test_a_header_without_rows_is_allowed(tmp_path):
    raw = read_frame(write_text(tmp_path, "leads.csv", "id,a\n"))

    assert raw.frame.shape == (0, 2)


def test_a_file_of_one_column_is_read_with_a_note(tmp_path):
    raw = read_frame(write_text(tmp_path, "leads.csv", "id\n1\n2\n"))

    assert raw.frame["id"].tolist() == ["1", "2"]
    assert "only one column" in raw.notes[0]


BAD_TEXTS = {
    "empty": ("leads.csv", b"", "is empty .0 bytes."),
    "blank": ("leads.csv", b"\n \n", "holds no text"),
    "unknown ending": ("leads.pdf", b"x", "ends in '.pdf', expected one of .csv"),
    "no Excel": ("leads.xlsx", b"PK\x03\x04 and no more", "is not an Excel file although its name says so"),
    "old Excel": ("leads.xls", b"\xd0\xcf\x11\xe0" + bytes(99), "Excel's old format .* Save it as .xlsx or CSV"),
    "no archive": ("leads.zip", b"PK", "is not a ZIP archive although its name says so"),
    "no Parquet": ("leads.parquet", b"id,a\n", "is not a Parquet file although its name says so"),
    "no gzip": ("leads.csv.gz", b"id,a\n", "cannot be decompressed or read to its end"),
    "cut gzip": ("leads.csv.gz", gzip.compress(b"id,a\n" * 999)[:-9], "cannot be decompressed or read to its end"),
    "quote never closed": (
        "leads.csv",
        b'id,a\n1,"x\nand then\nnothing\n',
        "opens a quotation mark in its row 1 of data that is never closed",
    ),
}


@pytest.mark.parametrize("name, content, sentence", BAD_TEXTS.values(), ids=BAD_TEXTS)
def test_a_bad_file_gets_one_sentence(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)

    with pytest.raises(DataError, match=sentence):
        read_frame(tmp_path / name)


def test_a_missing_file_and_a_folder_get_one_sentence(tmp_path):
    with pytest.raises(DataError, match="there is no file .*Check the spelling"):
        read_frame(tmp_path / "absent.csv")
    with pytest.raises(DataError, match="is a folder, expected a file"):
        read_frame(tmp_path)


def test_a_wrong_separator_is_told_from_the_right_one(tmp_path):
    path = write_text(tmp_path, "leads.csv", "id;a;b\n1;2;3\n")

    with pytest.raises(
        DataError, match=r"only one column when split at ','. ';' \(semicolon\) looks right, with 3 columns"
    ):
        read_frame(path, separator=",")


def test_a_wrong_encoding_is_told_from_the_likely_one(tmp_path):
    path = write_text(tmp_path, "leads.csv", "id,city\n1,Zürich\n", "cp1252")

    with pytest.raises(DataError, match="is not in 'utf-8'; it looks like 'cp1252'"):
        read_frame(path, encoding="utf-8")
    with pytest.raises(DataError, match="there is no encoding called 'klingon'"):
        read_frame(path, encoding="klingon")


def test_central_european_letters_are_told_from_western_ones(tmp_path):
    text = "Numer zgłoszenia;Źródło;Wzrost\n1;ogłoszenie w gazecie;178 cm\n2;znajomy polecił;180 cm\n"
    (tmp_path / "polish.csv").write_bytes(text.encode("cp1250"))
    (tmp_path / "ukrainian.csv").write_bytes("Прізвище;Місто;Дія\n1;Київ;дзвінок\n2;Львів;візит\n".encode("cp1251"))
    (tmp_path / "western.csv").write_bytes("Größe;Budget;Raum\n1;£500;5 m³\n2;¿Cómo?;¼ Stunde\n".encode("cp1252"))

    assert read_frame(tmp_path / "polish.csv").frame.columns.tolist() == ["Numer zgłoszenia", "Źródło", "Wzrost"]
    assert read_frame(tmp_path / "ukrainian.csv").frame.columns.tolist() == ["Прізвище", "Місто", "Дія"]
    assert read_frame(tmp_path / "western.csv").frame["Raum"].tolist() == ["5 m³", "¼ Stunde"]


@pytest.mark.parametrize(
    "encoding, text",
    [
        ("cp1254", "Kayıt;Başvuru;Durum\n1;Işık;Randevu alındı\n2;Ağrı;Ulaşılamadı\n"),
        ("cp1252", "id;nafn;staða\n1;Þórður Ægisson;bíður\n2;Ásdís Óskarsdóttir;mætti ekki í viðtal\n"),
    ],
)
def test_turkish_letters_are_told_from_icelandic_ones(tmp_path, encoding, text):
    path = write_text(tmp_path, "leads.csv", text, encoding)

    raw = read_frame(path)

    assert raw.encoding == encoding and raw.frame.iloc[0, 1] == text.splitlines()[1].split(";")[1]


def test_where_the_likeliest_encoding_cannot_read_the_file_the_next_one_does(tmp_path, monkeypatch):
    text = "受付,状態\n" + "".join(f"{n},予約済み\n" for n in range(50))
    path = write_text(tmp_path, "leads.csv", text, "cp932")
    monkeypatch.setattr(text_encoding, "_guess_encodings", lambda sample: ["cp1252", "cp932"])

    raw = read_frame(path)

    assert raw.encoding == "cp932" and raw.frame.columns.tolist() == ["受付", "状態"]


@pytest.mark.parametrize("shift", [0, 1])
@pytest.mark.parametrize(
    "encoding, row",
    [
        ("cp932", "予約を取りたいのですが、今週伺えますか,対応中"),
        ("gb18030", "我想尽快预约洗牙多少钱,跟进中"),
        ("cp949", "예약을 빨리 잡고 싶어요,상담중"),
    ],
)
def test_a_long_file_of_two_bytes_a_letter_is_read_wherever_its_sample_is_cut(tmp_path, encoding, row, shift):
    path = write_text(tmp_path, "leads.csv", "x" * shift + "text,stage\n" + f"{row}\n" * 2500, encoding)

    assert read_frame(path).frame.iloc[-1].tolist() == row.split(",")
