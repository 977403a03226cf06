"""Which column of an export is which of ours?"""

import pandas as pd
import pytest

from features.mapping.type_inference import infer_kind
from features.parsing.parsed_columns import ParsedColumns
from features.parsing.scalars import MISSING
from features.profiling.column_matching import match_columns


def match(**values):
    """Match the columns of an export beside an innocent one."""
    frame = pd.DataFrame({"Visits": ["1", "2", "3"] * 20, **values})
    return match_columns(ParsedColumns(frame, MISSING), {name: infer_kind(frame[name]) for name in frame})


PHONES = [f"(617) 555-{2000 + number}" for number in range(60)]
EMAILS = [f"p{number}@example.org" for number in range(60)]


@pytest.mark.parametrize(
    "phone, email",
    [
        ("Person - Phone - Mobile", "Person - Email - Work"),
        ("User phone", "User email"),
        ("Téléphone portable", "Adresse e-mail"),
        ("電話番号", "メール"),
        ("Invitee Mobile", "E-post"),
        ("Ph#", "Correo del paciente"),
    ],
)
def test_contacts_are_known_by_a_word_of_the_header_and_by_their_values(phone, email):
    matched = match(**{phone: PHONES, email: EMAILS})

    assert (matched["phone"], matched["email"]) == (phone, email)


SERVICES = ["Dental implants", "Whitening", "Cleaning", "Tooth pain"] * 15
ANSWERS = [f"My tooth number {number} hurts when I drink something cold, since Monday" for number in range(60)]


@pytest.mark.parametrize(
    "header",
    [
        "What can we help with?",
        "How can we help you with today?",
        "Which service are you interested in?",
        "What type of appointment do you need?",
        "What are you interested in?",
    ],
)
def test_a_choice_below_a_forms_question_is_the_service(header):
    assert match(**{header: SERVICES}) == {"service_requested": header}


def test_an_answer_in_own_words_a_column_of_services_and_two_questions_are_no_such_choice():
    assert match(**{"What can we help with?": ANSWERS}) == {"message": "What can we help with?"}
    assert match(**{"What can we help with?": SERVICES[::-1], "Service": SERVICES})["service_requested"] == "Service"
    two = {"What can we help with?": SERVICES, "Which treatment do you want?": SERVICES[::-1]}
    assert "service_requested" not in match(**two)
    assert match(**{"What did we help with?": SERVICES, "What do you pay with?": SERVICES}) == {}


@pytest.mark.parametrize(
    "header, values",
    [
        ("Fax", PHONES),
        ("Tracking Phone Number Dialed", PHONES[:2] * 30),
        ("Parent Phone", PHONES),
        ("Emergency Contact Phone", PHONES),
        ("Agent Phone", PHONES),
        ("Phone Verified At", ["yes", "no"] * 30),
    ],
)
def test_a_contact_of_somebody_else_is_not_the_leads(header, values):
    assert "phone" not in match(**{header: values})


@pytest.mark.parametrize(
    "header, is_message",
    [
        ("Tell us what hurts", True),
        ("What brings you in today?", True),
        ("¿En qué podemos ayudarle?", True),
        ("How did you hear about us?", False),
        ("What medications do you take?", False),
        ("Call notes", False),
        ("How can we help?", True),
        ("Describe your symptoms", True),
        ("Why not booked?", False),
        ("Why lost", False),
        ("Why did they not book?", False),
        ("What happened on the call?", False),
        ("What happened?", False),
        ("Response", False),
        ("Response notes", False),
        ("Answer", False),
        ("What did we tell them", False),
        ("Explain why they cancelled", False),
        ("How may we improve?", False),
        ("Tell us who referred you", False),
        ("How can we contact you", False),
    ],
)
def test_free_text_below_a_forms_question_is_the_message(header, is_message):
    texts = [f"my knee number {number} hurts a lot since the fall" for number in range(60)]

    assert (match(**{header: texts}).get("message") == header) is is_message


@pytest.mark.parametrize(
    "question, is_message",
    [
        (["What hurts?"] * 60, True),
        (["Which insurance?"] * 60, False),
        (["Why did they not book?"] * 60, False),
        (["What hurts?", "How old?"] * 30, False),
    ],
)
def test_a_numbered_answer_is_the_message_where_the_question_beside_it_asks_for_it(question, is_message):
    texts = [f"my knee number {number} hurts a lot since the fall" for number in range(60)]

    matched = match(**{"Question 1": question, "Response 1": texts})

    assert (matched.get("message") == "Response 1") is is_message
    assert "message" not in match(**{"Response 1": texts})


@pytest.mark.parametrize(
    "header, is_message",
    [
        ("What's going on?", True),
        ("Note", True),
        ("Q5", True),
        ("In their words", True),
        ("Coordinator notes", False),
        ("Call notes", False),
        ("Internal remark", False),
    ],
)
def test_sentences_of_people_are_the_message_whatever_the_header(header, is_message):
    texts = [f"Hi, I need to see someone about my knee, {number} weeks now" for number in range(60)]

    assert (match(**{header: texts}).get("message") == header) is is_message


def test_sentences_below_a_service_are_the_message_and_short_choices_below_a_comment_are_not():
    texts = [f"I need to see someone about my knee, {number} weeks now" for number in range(60)]

    assert match(**{"Reason for visit": texts}) == {"message": "Reason for visit"}
    assert "message" not in match(Comment=["Implants", "Root canal"] * 30)
    assert match(When=["3 days ago", "yesterday"] * 30).get("timeframe") is None


@pytest.mark.parametrize(
    "header",
    ["Religion", "Gender notes", "SSN", "NPS comment", "Survey comments", "Exit interview", "Last inbound SMS"]
    + ["Post visit comments", "No-show reason", "Grund der Absage", "Motif d'annulation", "Último mensaje del chat"],
)
def test_sentences_under_a_barred_header_or_of_a_later_day_are_no_message(header):
    texts = [f"Hi, I need to see someone about my knee, {number} weeks now" for number in range(60)]

    assert "message" not in match(**{header: texts})


@pytest.mark.parametrize(
    "header",
    ["How soon are you looking to be seen?", "When would you like to come in?", "How soon can you start treatment?"],
)
def test_a_question_about_when_is_the_timeframe(header):
    assert match(**{header: ["ASAP", "Within 2 weeks", "This month"] * 20})["timeframe"] == header


@pytest.mark.parametrize("header", ["When do you usually visit a dentist?", "How soon can we call to schedule?"])
def test_a_question_about_another_time_is_no_timeframe(header):
    assert "timeframe" not in match(**{header: ["Morning", "Once a year", "Weekdays"] * 20})


@pytest.mark.parametrize("header", ["first_message", "Anything else we should know?", "Your message", "Nachricht"])
def test_what_the_person_wrote_is_the_message(header):
    assert match(**{header: ANSWERS})["message"] == header


def test_a_yes_or_no_below_insurance_names_no_payer():
    assert "payer" not in match(Insurance=["yes", "no"] * 30)
    assert match(Insurance=["Aetna", "Cigna"] * 30)["payer"] == "Insurance"


def test_persons_who_pay_are_no_payer():
    people = [f"{first} {last}" for first in ("Maria", "John", "Ann") for last in ("Lopez", "Smith", "Hill", "Baker")]

    assert "payer" not in match(**{"Payer name": people * 5})
    assert match(**{"Ins Carrier": ["Aetna", "Kaiser", "None"] * 20})["payer"] == "Ins Carrier"


def test_a_yes_or_no_names_no_source():
    assert "source" not in match(**{"Heard about us": ["yes", "no"] * 30})
