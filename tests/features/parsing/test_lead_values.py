"""Do the many spellings of a lead's field mean what a person reads in them?"""

import re

import numpy as np
import pytest

from features.parsing.email_addresses import find_email
from features.parsing.lead_values import (
    DIGITS_LOST,
    MEMBER_NUMBER,
    ONLY_MEMBER_NUMBER,
    PLACEHOLDER,
    REMARK,
    FieldMeaning,
    find_meaning,
    mask_plain_texts,
)
from features.parsing.phone_validation import find_phone
from features.parsing.postal_codes import normalize_zip
from features.parsing.scalars import parse_yes_no
from features.practice.zip_codes import load_zip_map

UNKNOWN = [
    "Unknown", "Not provided", "?", "TBD", "I don't know", "I don’t know", "(not set)", "n.a.", "ask patient",
    "will bring card", "pending", "Other", "NOT SURE", "to be verified", "Prefer not to say", "see notes", "Otro",
    "No sé", "desconocido", "Pendiente", "por confirmar", "traerá la tarjeta", "keine Angabe",
]  # fmt: skip


@pytest.mark.parametrize("text", UNKNOWN)
@pytest.mark.parametrize("column", ["payer", "service_requested", "preferred_clinic", "referrer", "postal_code"])
def test_a_remark_is_no_value(column, text):
    assert find_meaning(column, text).remark == REMARK
    assert find_meaning(column, text).text is None


@pytest.mark.parametrize("text", ["Aetna", "Aetna, not sure", "Self pay", "no insurance", "Oscar", "Select Health"])
def test_a_payer_stays(text):
    assert find_meaning("payer", text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "6175550123.0", "617-555-0123 x12", "617-555-0123 ext. 12", "(617) 555-0123 call after 5", "'6175550123",
        "６１７５５５０１２３", "617-555-0123 / 617-555-0199", "12, 617.555.0123", "cell: 617-555-0123",
        "617–555–0123", "tel:+16175550123", "617-555-0123 between 9 and 11", "617 555 0123 or 617 555 0199",
    ],
)  # fmt: skip
def test_a_phone_number_is_found_in_its_text(text):
    assert find_phone(text) == "+16175550123"
    assert find_meaning("phone", text).text == text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("6.17555E+09", DIGITS_LOST),
        ("6,17555e9", DIGITS_LOST),
        ("000-000-0000", PLACEHOLDER),
        ("0", PLACEHOLDER),
        ("555-555-5555", PLACEHOLDER),
        ("9999999999", PLACEHOLDER),
        ("1234567890", PLACEHOLDER),
        ("(737) 874-2833", PLACEHOLDER),
        ("+17378742833", PLACEHOLDER),
        ("266696687", PLACEHOLDER),
        ("Anonymous", REMARK),
        ("Private", REMARK),
        ("withheld", REMARK),
        ("call me", REMARK),
    ],
)
def test_a_phone_number_that_is_nobodys_is_not_given(text, reason):
    assert (find_meaning("phone", text).text, find_meaning("phone", text).remark) == (None, reason)


def test_a_scientific_number_with_all_its_digits_is_read():
    assert find_meaning("phone", "6.175550123E+09").text == "6175550123"


@pytest.mark.parametrize("text", ["12", "555-0123", "617-555"])
def test_a_bad_number_stays_a_bad_number(text):
    assert find_phone(text) is None
    assert find_meaning("phone", text).text == text


@pytest.mark.parametrize(
    "text",
    ["none@none.com", "noemail@clinic.org", "NO-EMAIL@x.org", "test@test.com", "na@na.com", "declined@x.org",
     "notprovided@x.com", "test@gmail.com", "unknown@unknown.com"],
)  # fmt: skip
def test_a_placeholder_address_is_nobody(text):
    assert find_meaning("email", text).remark == PLACEHOLDER


@pytest.mark.parametrize("text", ["nora@gmail.com", "noah1@x.org", "testa@x.org", "a@b.org", "noelle@none-such.org"])
def test_the_address_of_a_person_stays(text):
    assert find_meaning("email", text).text == text


@pytest.mark.parametrize("text", ["Ann <ann@x.org>", "mailto:Ann@x.org", "ann@x.org; b@x.org", " ann@x.org."])
def test_an_address_is_found_in_its_text(text):
    assert find_email(text) == "ann@x.org"


def test_of_a_name_and_an_address_with_spaces_nobody_knows_where_the_address_begins():
    assert find_email("ann @ x.org") == "ann@x.org"
    assert find_email("Ann Lee @ x.org") is None


@pytest.mark.parametrize(
    "text",
    ["02134", "2134", "2134.0", "2134-1234", "02134-1234", "MA 02134", "ZIP: 02134", "zip code 2134", "021341234",
     "02134 USA", "Boston, MA 02134", "'02134", "０２１３４", " 02134 "],
)  # fmt: skip
def test_a_zip_code_is_found_in_any_spelling(text):
    assert normalize_zip(text)[0] == "02134"
    assert load_zip_map().find_positions([text]) == load_zip_map().find_positions(["02134"]) >= 0


@pytest.mark.parametrize(
    ("text", "answer"), [("Sí", 1), ("JA", 1), ("Oui", 1), ("1.0", 1), ("Yes.", 1), ("nein", 0), ("Não", 0), ("✗", 0)]
)
def test_yes_and_no_in_several_languages(text, answer):
    assert parse_yes_no(text) == (answer, False)


@pytest.mark.parametrize(
    ("text", "payer"),
    [
        ("Aetna W812345670", "Aetna"),
        ("Aetna, ID: W812345670", "Aetna"),
        ("Cigna (U81234567 01)", "Cigna"),
        ("BCBS MA - member # XEH812345670", "BCBS MA"),
        ("1EG4-TE5-MK73 Medicare", "Medicare"),
        ("UHC group no. 0712345 ID# 998877665", "UHC"),
    ],
)
def test_a_payer_is_read_without_the_number_of_its_member(text, payer):
    meaning = find_meaning("payer", text)

    assert (meaning.text, meaning.remark) == (payer, MEMBER_NUMBER)


@pytest.mark.parametrize("text", ["W812345670", "ID 812345670", "1EG4TE5MK73"])
def test_a_number_of_a_member_alone_is_no_payer(text):
    assert (find_meaning("payer", text).text, find_meaning("payer", text).remark) == (None, ONLY_MEMBER_NUMBER)


@pytest.mark.parametrize(
    "text", ["Aetna PPO 500", "Blue Cross 65 Plus", "BCBS PPO 2500/5000", "Medicare Part B", "1199SEIU"]
)
def test_the_number_of_a_plan_stays_in_its_name(text):
    assert find_meaning("payer", text).text == text


def test_phone_numbers_that_are_read_all_at_once_mean_what_each_means_alone():
    random = np.random.default_rng(5)
    areas = [617, 212, 787, 246, 809, 242, 700, 800, 900, 100, 55]
    spellings = ["{}{}{}", "({}) {}-{}", "+1{}{}{}", "1-{}-{}-{}", "{}.{}.{}", "{} {} {} x4", "{}/{}{}", "{}{}{}\n"]
    numbers = [
        random.choice(spellings).format(random.choice(areas), f"{random.integers(1000):03}", f"{line:04}")
        for line in [*random.integers(0, 10_000, 3_000), *[5555, 0, 9999] * 50]
    ]
    others = ["7378742833", "1234567890", "(123) 456-7890", "555-555-5555", "617-000-0000", "6175550123.0", "12", None]
    texts = np.array([*numbers, *others], object)

    is_plain = mask_plain_texts("phone", texts)

    assert is_plain.mean() > 0.2 and not is_plain[len(numbers) :].any()
    assert all(find_meaning("phone", text) == FieldMeaning(text) for text in texts[is_plain])
    assert all(find_phone(text) == "+1" + re.sub(r"\D", "", text)[-10:] for text in texts[is_plain])


def test_damaged_texts_and_other_columns_are_read_one_by_one():
    assert not mask_plain_texts("phone", np.array(["617-555-0123", "\ud800"], object)).any()
    assert not mask_plain_texts("email", np.array(["ann@example.org"], object)).any()
