"""Which columns hold the lead's own name, and what of a value is kept of it?"""

import pytest

from features.privacy.header_words import find_name_part
from features.privacy.patient_names import MAX_NAME_LENGTH, clean_name, compose_name, fold_name

OWN = {
    "first_name": "First Name|first_name|firstname|FirstName|Name (First)|fname|Given Name|Vorname|Prénom|Voornaam",
    "last_name": "Last Name|lastname|Name (Last)|lname|Surname|Family Name|Nachname|Nom de famille|Apellidos|Cognome",
    "full_name": "Name|Full Name|fullname|Person - Name|Contact Name|Patient Name|Caller Name|Your Name|Nome completo",
}
OTHERS = (
    "Guardian Name|Parent Name|Emergency Contact|Maiden Name|Nickname|Middle Name|Name (Prefix)|Lead Owner|User Name|"
    "Company Name|Campaign Name|Clinic Name|Provider|Service|Email|lead_id|adset_name|Spouse Name|Referring Doctor Name"
)


@pytest.mark.parametrize(("part", "header"), [(part, one) for part, text in OWN.items() for one in text.split("|")])
def test_the_headers_of_exports_and_crms_say_which_part_they_hold(part, header):
    assert find_name_part(header) == part


@pytest.mark.parametrize("header", OTHERS.split("|"))
def test_what_is_called_otherwise_or_is_somebody_elses_name_is_no_name_of_the_lead(header):
    assert find_name_part(header) is None


def test_a_name_is_one_line_without_what_turns_or_hides_it_and_is_cut():
    assert clean_name("Zoë\u202e\u200b\n\x00 O’Néill") == "Zoë O’Néill"
    assert len(clean_name("Ann " * 10_000)) <= MAX_NAME_LENGTH


@pytest.mark.parametrize(
    "value", [None, "", " ", "N/A", "unknown", 7, 7.5, True, [], "(617) 555-0142", "ann@a.example"]
)
def test_what_is_no_name_is_not_kept_as_one(value):
    assert clean_name(value) is None


def test_a_last_name_that_the_whole_name_has_already_is_not_said_twice():
    assert compose_name({"full_name": "Ann Lee", "last_name": "Lee"}) == "Ann Lee"
    assert fold_name("José-Luis") == " jose luis"
