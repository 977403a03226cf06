"""Are JSON dumps of CRMs read as tables, and is what cannot be read refused in words?"""

import gzip
import json

import pytest

from features.errors import DataError
from features.readers.raw_files import read_frame


def write(path, document):
    """Write a document as JSON, or each of several on a line of its own; return its path."""
    text = "\n".join(map(json.dumps, document)) if "l" in path.suffix.replace(".json", "") else json.dumps(document)
    path.write_text(text, encoding="utf-8")
    return path


def read_rows(path):
    """Return the rows of a file as dictionaries."""
    return read_frame(path).frame.to_dict("records")


HUBSPOT = {"id": "7", "properties": {"email": "a@example.org", "hs_lead_status": "NEW"}, "archived": False}
SALESFORCE = {
    "attributes": {"type": "Lead", "url": "/x"},
    "Id": "00Q",
    "Owner": {"Name": "Ann", "Email": "b@example.org"},
}


@pytest.mark.parametrize(
    "envelope", [lambda rows: rows, lambda rows: {"results": rows}, lambda rows: {"data": {"items": rows}}]
)
def test_a_list_of_objects_is_found_wherever_an_api_puts_it(tmp_path, envelope):
    rows = read_rows(write(tmp_path / "leads.json", envelope([HUBSPOT, HUBSPOT | {"id": "8"}])))

    assert [row["id"] for row in rows] == ["7", "8"]
    assert rows[0]["email"] == "a@example.org" and rows[0]["hs_lead_status"] == "NEW"


def test_what_belongs_to_the_owner_keeps_the_name_of_the_owner(tmp_path):
    (row,) = read_rows(write(tmp_path / "leads.json", {"records": [SALESFORCE]}))

    assert row == {"Id": "00Q", "Owner.Name": "Ann", "Owner.Email": "b@example.org"}


@pytest.mark.parametrize("ending", ["jsonl", "ndjson", "jsonl.gz"])
def test_each_line_is_a_lead(tmp_path, ending):
    path, text = tmp_path / f"leads.{ending}", '{"id": 1, "source": "ads"}\n\n{"id": 2, "payer": "Aetna"}\n'
    path.write_bytes(gzip.compress(text.encode()) if ending.endswith("gz") else text.encode())

    assert read_rows(path) == [{"id": 1, "source": "ads", "payer": None}, {"id": 2, "source": None, "payer": "Aetna"}]


def test_pairs_of_question_and_answer_become_columns(tmp_path):
    lead = {"id": "1", "field_data": [{"name": "zip_code", "values": ["02139"]}]}
    form = {"id": "2", "answers": [{"field": {"ref": "service"}, "type": "choice", "choice": {"label": "Botox"}}]}

    assert read_rows(write(tmp_path / "ads.json", [lead]))[0]["zip_code"] == "02139"
    assert read_rows(write(tmp_path / "form.json", [form]))[0]["service"] == "Botox"


def test_objects_by_their_id_and_rows_below_a_header_are_tables(tmp_path):
    by_id = {"-Ma": {"source": "ads"}, "-Mb": {"source": "web"}}

    assert read_rows(write(tmp_path / "a.json", by_id))[1] == {"id": "-Mb", "source": "web"}
    assert read_rows(write(tmp_path / "b.json", [["id", "source"], [1, "ads"]])) == [{"id": 1, "source": "ads"}]


def test_more_pages_and_lists_that_are_left_are_said(tmp_path):
    lead = HUBSPOT | {"notes": [{"at": 1, "length": 5}], "Maria Okafor": [{"at": 1, "length": 2}]}
    raw = read_frame(write(tmp_path / "leads.json", {"results": [lead], "paging": {"next": {"after": "100"}}}))

    assert any("more pages" in note for note in raw.notes)
    assert any("'notes'" in note for note in raw.notes) and "Okafor" not in " ".join(raw.notes)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("cut.json", '[{"id": 1, "name": "Maria Ok', "no JSON at line 1"),
        ("cut.jsonl", '{"id": 1}\n{"id": 2, "na', "no JSON at line 2"),
        ("blank.json", " ", "holds no text"),
        ("one.json", '{"id": 1, "name": "Maria Okafor"}', "without a list of records"),
        ("numbers.json", "[1, 2]", "2 of 2 records that are no objects"),
        ("none.json", '{"results": []}', "without a list of records"),
        ("table.csv", '[{"id": 1}]', "Give it the ending .json"),
    ],
)
def test_what_is_no_table_is_refused_without_its_text(tmp_path, name, text, words):
    (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(DataError, match=words) as refusal:
        read_frame(tmp_path / name)
    assert "Okafor" not in str(refusal.value)


def test_more_keys_than_a_table_has_columns_are_refused(tmp_path):
    with pytest.raises(DataError, match="6,000 different keys"):
        read_frame(write(tmp_path / "leads.json", [{f"k{i}": 1} for i in range(6000)]))


def test_lists_of_lists_need_a_header_with_a_name_for_each_column(tmp_path):
    people = [["Maria Lopez", "m@example.org"], ["John Smith", "j@example.org"], ["Ann Lee", "a@example.org"]]
    for rows in (people, [["Email", "Email"], ["1", "2"]], [["A", "B"], ["1", "2", "3"]], [[{"a": 1}, "B"], [1, 2]]):
        with pytest.raises(DataError, match="lists without a header") as refused:
            read_rows(write(tmp_path / "leads.json", rows))

        assert "Lopez" not in str(refused.value)
    assert read_rows(write(tmp_path / "leads.json", [["Id", "City"], [1, "Plano"], [2]])) == [
        {"Id": 1, "City": "Plano"},
        {"Id": 2, "City": None},
    ]


def test_a_key_that_names_a_person_is_no_column_and_is_not_repeated(tmp_path):
    rows = [
        {"id": 1, "values": [{"name": "Maria Lopez", "value": "617-555-0100"}], "Case Number": 7},
        {"id": 2, "ann@example.org": {"x": 1}, "contacts": {"John Smith": {"x": 1}}, "Case Number": 8},
    ]

    raw = read_frame(write(tmp_path / "leads.json", rows))

    assert list(raw.frame) == ["id", "Case Number"]
    assert "3 keys" in raw.notes[0] and "Lopez" not in raw.notes[0]


def test_two_things_under_one_name_are_said_and_the_first_is_kept(tmp_path):
    rows = [
        {"id": 1, "status": "New", "answers": [{"question": "status", "answer": "Booked"}]},
        {"id": 2, "fields": {"city": "Plano"}, "custom": {"city": "Dallas"}},
    ]

    raw = read_frame(write(tmp_path / "leads.json", rows))

    assert raw.frame[["status", "answers.status", "city"]].values.tolist() == [
        ["New", "Booked", None],
        [None, None, "Plano"],
    ]
    assert "1 records say two things" in raw.notes[0]


@pytest.mark.parametrize("kind", [["text"], {"of": "text"}, "question"])
def test_an_answer_of_an_odd_type_is_read(tmp_path, kind):
    rows = [{"id": 1, "answers": [{"question": "When?", "type": kind, "answer": "soon"}]}]

    assert read_rows(write(tmp_path / "leads.json", rows))[0]["id"] == 1


def test_half_a_pair_of_utf_16_can_be_written_again(tmp_path):
    (tmp_path / "leads.json").write_text('[{"id": 1, "note": "a\\ud800b"}, {"id": 2, "note": "\\ud83d\\ude00"}]')

    assert [row["note"] for row in read_rows(tmp_path / "leads.json")] == ["a?b", "\U0001f600"]


def test_records_without_a_field_are_refused(tmp_path):
    with pytest.raises(DataError, match="without a field"):
        read_rows(write(tmp_path / "leads.json", [{}, {}]))
