"""Does an export's own id come back with the scores, whatever the CRM calls it?"""

import pandas as pd
import pytest

from features.mapping.type_inference import infer_kind
from features.parsing.parsed_columns import ParsedColumns
from features.parsing.scalars import MISSING
from features.profiling.column_matching import match_columns
from features.profiling.id_detection import find_id_column

ROWS = range(60)
NUMBERS = [str(51_000_000_000 + 17 * i) for i in ROWS]
SMALL = [str(3_000 + i) for i in ROWS]
NAMES = ("Lopez", "Smith", "Hill", "Baker", "Garcia", "Jones", "Miller", "Davis", "Wilson", "Moore")
HEX = [f"{i * 7_919:08x}-c0" for i in ROWS]


def find_id(**columns):
    """Return the header that becomes lead_id."""
    frame = pd.DataFrame({"Phone Number": [f"61755501{i:02d}" for i in ROWS], "Visits": ["1", "2"] * 30, **columns})
    return match_columns(ParsedColumns(frame, MISSING), {name: infer_kind(frame[name]) for name in frame}).get(
        "lead_id"
    )


@pytest.mark.parametrize(
    "header, values",
    [
        ("Record ID", NUMBERS),
        ("Record ID - Contact", NUMBERS),
        ("hs_object_id", NUMBERS),
        ("Lead ID", [f"00Q5g00000AbA{i:02d}" for i in ROWS]),
        ("Id", HEX),
        ("Entry Id", SMALL),
        ("Submission ID", HEX),
        ("LEADID", SMALL),
        ("Record Id", [f"zcrm_45{i:08d}" for i in ROWS]),
        ("Call ID", HEX),
        ("(Do Not Modify) Lead", HEX),
        ("Deal - ID", SMALL),
        ("id", [f"l:{100 + i}" for i in ROWS]),
        ("Lead-Nr.", SMALL),
        ("Anfrage Nr", SMALL),
        ("ID del lead", SMALL),
        ("Número de prospecto", SMALL),
        ("Identifiant", SMALL),
        ("Nº", SMALL),
        ("Lead #", SMALL),
        ("Case Number", SMALL),
        ("External ID", HEX),
        ("Opportunity ID", HEX),
        ("ContactId", HEX),
        ("Response ID", HEX),
        ("Codice lead", SMALL),
        ("Aanvraagnummer", SMALL),
        ("Vorgangsnummer", SMALL),
    ],
)
def test_the_id_of_a_crm_is_recognized(header, values):
    assert find_id(**{header: values}) == header


@pytest.mark.parametrize(
    "header, values",
    [
        ("Mobile No", NUMBERS),
        ("Caller Number", NUMBERS),
        ("Member ID", SMALL),
        ("Policy No", SMALL),
        ("Session ID", HEX),
        ("Campaign ID", SMALL),
        ("Amount", SMALL),
        ("Telefoonnummer", NUMBERS),
        ("Versichertennummer", SMALL),
        ("Hausnummer", SMALL),
        ("Number of visits", SMALL),
        ("Lead ID", ["7"] * 60),
    ],
)
def test_other_unique_numbers_are_no_id_of_a_record(header, values):
    assert find_id(**{header: values}) is None


def test_the_id_of_the_lead_is_preferred_to_that_of_its_call():
    assert find_id(**{"Call ID": HEX, "Nr. Lead": SMALL}) == "Nr. Lead"


@pytest.mark.parametrize("header", ["uid", "Folio", "N° dossier", "lead", "Vorgang"])
def test_short_codes_that_never_repeat_are_the_id_where_no_header_names_one(header):
    assert find_id(**{header: [f"R{i}-7" for i in ROWS]}) == header


@pytest.mark.parametrize("header", ["Ins ID", "Subscriber ID", "Medicare no", "Grp number"])
def test_numbers_of_an_insurance_never_become_the_id(header):
    assert find_id(**{header: [f"W{100_000_000 + 7 * i}" for i in ROWS]}) is None


def test_codes_under_a_header_of_a_person_never_become_the_id():
    assert find_id(Email=[f"p{i}@mail.example.org" for i in ROWS], Street=[f"{i}A" for i in ROWS]) is None


@pytest.mark.parametrize(
    "header", ["N° de demande", "Ärendenr", "受付番号", "\U0001f194", "apptid", "Nr zgłoszenia", "접수번호"]
)
def test_ids_of_other_languages_and_of_field_names(header):
    assert find_id(**{header: SMALL}) == header


@pytest.mark.parametrize(
    "header, values",
    [
        ("Ph#", [f"617-555-{2000 + i}" for i in ROWS]),
        ("Contact No", [f"(617) 555-{2000 + i}" for i in ROWS]),
        ("Recording Url", [f"https://calls.example/{i}" for i in ROWS]),
    ],
)
def test_a_contact_or_an_address_of_a_page_is_never_the_id(header, values):
    assert find_id(**{header: values}) is None


def test_codes_below_the_plain_word_inquiry_are_its_id_and_no_message():
    frame = pd.DataFrame({"Enquiry": [f"Jan-{i:03}" for i in ROWS], "Visits": ["1", "2"] * 30})
    kinds = {name: infer_kind(frame[name]) for name in frame}

    matched = match_columns(ParsedColumns(frame, MISSING), kinds)

    assert matched["lead_id"] == "Enquiry" and "message" not in matched


def test_one_row_without_an_id_does_not_cost_all_others_theirs():
    assert find_id(**{"Lead ID": [None, *SMALL[1:]]}) == "Lead ID"
    assert find_id(**{"Lead ID": [*[None] * 9, *SMALL[9:]]}) is None


def test_a_number_to_call_is_no_id_whatever_number_its_header_names():
    numbers = [f"+1212555{1000 + 7 * n}" for n in range(40)]
    frame = pd.DataFrame({"Text Reminder Number": numbers, "Event UUID": [f"{n:04x}bc91{n:04x}" for n in range(40)]})

    columns = ParsedColumns(frame, frozenset())

    assert find_id_column(columns, dict.fromkeys(frame, "category"), frozenset()) == "Event UUID"


def test_a_few_leads_exported_twice_do_not_cost_all_others_their_ids():
    ids = [f"00Q5e{number:05d}" for number in range(200)]
    twice = pd.DataFrame({"Lead ID": [*ids, *ids[:3]], "City": ["Plano"] * 203})
    often = pd.DataFrame({"Lead ID": ids * 2, "City": ["Plano", "Dallas"] * 200})

    assert find_id_column(ParsedColumns(twice, MISSING), dict.fromkeys(twice, "category"), frozenset()) == "Lead ID"
    assert find_id_column(ParsedColumns(often, MISSING), dict.fromkeys(often, "category"), frozenset()) is None


@pytest.mark.parametrize(
    "values",
    [
        [f"p{number}@example.org" for number in ROWS],
        [f"{first} {last}" for first in ("Maria", "John", "Ann", "Sam", "Laura", "Peter") for last in NAMES],
    ],
)
def test_what_says_who_a_person_is_never_travels_as_an_id(values):
    assert find_id(id=values, Code=HEX) != "id"
