"""Is a person recognized by the values of a column, whatever its header, and is nothing else taken for one?"""

import time

import numpy as np
import pandas as pd
import pytest

from features.privacy.column_judgement import judge_column, judge_value

FIRST = "Maria James Aisha Benno Chloe Diego Elvin Fatima Grzegorz Hiroshi Ingrid Jamal Katrin Liam Mateo".split()
LAST = (
    "Okafor Smith Nguyen Martinez Schmidt Kowalski Rossi Dubois Johansson Patel Brown Garcia Haddad Chen Lopez".split()
)
PAIRS = [(first, last) for first in FIRST for last in LAST]
YEARS = [1931 + number % 70 for number in range(140)]

PERSONAL = {
    "full names": [f"{first} {last}" for first, last in PAIRS],
    "surnames first": [f"{last.upper()}, {first.upper()}" for first, last in PAIRS],
    "turned names": [f"{last} {first}" for first, last in PAIRS],
    "titles": [f"Mr. {first[0]}. {last}" for first, last in PAIRS],
    "initials": [f"{first[0]}. {last}" for first, last in PAIRS],
    "double names": [
        "José Martínez-Ruiz",
        "Ana María de la Cruz",
        "Vincent van den Berg",
        "Siobhán O'Brien",
        "Lee Ann",
    ],
    "doctors": ["Dr. Lee", "Dr. Patel", "Dr. Okafor"],
    "degrees": ["Ann Lee, MD", "Raj Patel MD", "Ben Cruz, DO"],
    "with a matter": [f"{first} {last} - Knee MRI" for first, last in PAIRS],
    "first names": FIRST * 3,
    "surnames": LAST * 2 + "Wozniak Fernandez Papadopoulos Andersson Ivanov Yamamoto Kumar Andrade Novak Weber".split(),
    "e-mails": [f"p{number}@example.org" for number in range(30)],
    "phones": [f"(617) 555-{number:04d}" for number in range(60)],
    "phones with remarks": [f"617-555-{number:04d} (cell, after 5)" for number in range(60)],
    "phones with extensions": [f"617.555.{number:04d} x{number}" for number in range(60)],
    "phones as numbers": [6175550000 + 7 * number for number in range(60)],
    "phones with decimals": [6175550000.0 + 7 * number for number in range(60)],
    "phones abroad": [f"+49 170 {1000000 + 37 * number}" for number in range(60)],
    "local phones": [f"555-{number:04d}" for number in range(60)],
    "streets": [f"{number} Main St" for number in range(40)],
    "addresses": [f"{number} Elm Ave Apt {number}, Salem, MA 01960" for number in range(40)],
    "German streets": [f"Hauptstraße {number}" for number in range(1, 40)],
    "Spanish streets": [f"Calle Mayor {number}" for number in range(1, 40)],
    "streets of no known kind": [f"{number} {last} Gateway" for number, last in enumerate(LAST + FIRST)],
    "social security": [f"078-05-{number:04d}" for number in range(40)],
    "addresses of computers": [f"10.0.3.{number}" for number in range(40)],
    "births": [f"{year}-03-{1 + year % 28:02d}" for year in YEARS],
    "American births": [f"3/{1 + year % 28}/{year}" for year in YEARS],
    "short births": [f"03/{1 + year % 28:02d}/{year % 100:02d}" for year in YEARS],
    "years of birth": YEARS,
    "births as dates": pd.Series(pd.to_datetime([f"{year}-03-01" for year in YEARS])),
    "salutations": ["Mr.", "Mrs.", "Ms.", "Dr."] * 5,
    "German salutations": ["Herr", "Frau"] * 5,
    "sexes": ["Male", "Female"] * 9,
    "sexes as letters": ["M", "F"] * 9,
    "German sexes": ["weiblich", "männlich", "divers"] * 9,
    "age bands": ["18-24", "25-34", "35-44", "45-54", "55-64", "65+"] * 4,
    "ages": [f"{18 + number % 70} years" for number in range(90)],
}
DOUBTFUL = {
    "a few first names": ["Megan", "Tyler", "Brittany"] * 9,
    "names among others": ["Ann Lee", "Google", "Carla Diaz", "a friend", "Ben Ruiz", "TV"] * 5,
}
INNOCENT = {
    "City": ["Austin", "Madison", "Dallas", "Jackson", "Houston", "Lincoln", "Salem", "Boston", "Phoenix"] * 9,
    "field_3": ["Austin", "Madison", "Dallas", "Jackson", "Houston", "Lincoln", "Salem", "Boston", "Phoenix"] * 9,
    "State": ["MA", "NY", "TX", "CA"] * 9,
    "Service": ["MRI", "X-ray", "X ray", "Ultrasound", "Root Canal", "Physical therapy", "Vitamin D"] * 9,
    "Channel": ["web form", "phone", "chat", "email", "referral"] * 9,
    "Source": ["Google", "Facebook", "Bing", "Yelp", "Walk-in"] * 9,
    "Campaign": ["Spring Madison", "Austin", "Jordan", "Brand", "Summer Glow"] * 9,
    "Payer": ["Aetna", "Cigna", "Chase", "Blue Cross", "Kaiser Permanente", "Harvard Pilgrim"] * 9,
    "Insurance Provider": ["Aetna", "Cigna", "Humana"] * 9,
    "Clinic": ["Dallas", "Jackson Heights", "Lincoln Park", "Salem North"] * 9,
    "ZIP": [f"{2134 + number:05d}" for number in range(90)],
    "ZIP+4": [f"{2134 + number:05d}-1234" for number in range(90)],
    "Product": ["Basic", "Premium", "Gold", "Silver"] * 9,
    "Grade": ["A", "B", "C", "D"] * 9,
    "Day code": ["M", "T", "W", "F"] * 9,
    "utm_campaign": ["spring_madison", "brand", "austin-knee"] * 9,
    "Do Not Email": ["Yes", "No"] * 9,
    "Phone Type": ["mobile", "landline", "voip"] * 9,
    "Preferred contact": ["phone", "email", "sms"] * 9,
    "Home owner": ["yes", "no"] * 9,
    "agent": ["9.0", "240.0", "14.0"] * 9,
    "Employees": ["1-10", "11-50", "51-200"] * 9,
    "Total Visits": list(range(60)),
    "Created": [f"2025-0{1 + number % 9}-{1 + number % 28:02d} 10:00" for number in range(90)],
    "Epoch": [1_700_000_000 + 999 * number for number in range(90)],
    "Ad id": ["20481234567", "20481234999", "20481235555"] * 9,
    "Lead - Title": ["Web form 1", "Web form 2", "Web form 3"] * 9,
    "Color": ["Red", "Green", "Blue", "Black", "White"] * 9,
    "Month": ["April", "May", "June", "August"] * 9,
    "Timeframe": ["as soon as possible", "this week", "how soon can", "just looking"] * 9,
    "Country": ["Germany", "France", "Jordan", "Chad", "Georgia", "United States"] * 9,
}


@pytest.mark.parametrize("kind", PERSONAL)
def test_what_identifies_a_person_is_recognized_under_any_header(kind):
    verdict = judge_column("field_7", PERSONAL[kind])

    assert verdict.outcome == "personal"


@pytest.mark.parametrize("kind", DOUBTFUL)
def test_what_is_doubtful_is_left_out_with_the_line_that_keeps_it(kind):
    verdict = judge_column("field_7", DOUBTFUL[kind])

    assert verdict.outcome == "doubtful" and 'keep_on_purpose = ["field_7"]' in verdict.reason


@pytest.mark.parametrize("header", INNOCENT)
def test_what_is_no_person_stays(header):
    assert judge_column(header, INNOCENT[header]).outcome == "nothing"


def test_the_evidence_has_figures_and_no_value():
    reason = judge_column("field_7", PERSONAL["full names"]).reason

    assert reason == "personal data (names of persons: 100% of 225 distinct values are full names)"


def test_a_large_column_is_judged_in_little_time():
    values = np.array([f"{first} {last}" for first, last in PAIRS] * 450, object)
    judge_column("warm", values[:50])
    started = time.process_time()

    judge_column("field_7", values)

    assert time.process_time() - started < 0.5


@pytest.mark.parametrize(
    "header, value, outcome",
    [
        ("field_7", "Dr. Ann Lee", "personal"),
        ("field_7", "p.lee@example.org", "personal"),
        ("field_7", "617-555-0142", "personal"),
        ("notes_url", "/book?first_name=Ann", "personal"),
        ("Last Name", "Qwortz", "personal"),
        ("Vendedor", "AL", "personal"),
        ("Color", "red", "nothing"),
        ("Campaign", "Spring Madison", "nothing"),
        ("Timeframe", "as soon as possible", "nothing"),
        ("Visits", 3, "nothing"),
        ("Newsletter", True, "nothing"),
        ("Email", None, "nothing"),
    ],
)
def test_one_value_of_a_payload_is_judged_by_form_name_and_header(header, value, outcome):
    assert judge_value(header, value).outcome == outcome


@pytest.mark.parametrize(
    ("start", "code"), [(("347", "338", "320", "392", "366", "389"), ""), (("98", "70", "63", "88", "91"), "91")]
)
def test_bare_mobile_numbers_of_italy_and_india_are_phone_numbers_under_any_header(start, code):
    random = np.random.default_rng(2)
    numbers = [code + (start[row % len(start)] + f"{random.integers(10**8):08d}")[:10] for row in range(60)]

    assert judge_column("Campo 4", numbers).kind == "phone numbers"
    assert judge_column("Campo 4", [int(number) for number in numbers]).kind == "phone numbers"


def test_ids_of_ten_digits_are_no_phone_numbers():
    rising = [str(7_000_000_000 + 977 * row) for row in range(60)]
    shuffled = list(np.random.default_rng(3).permutation(rising))

    assert judge_column("Campo 4", rising).outcome == "nothing"
    assert judge_column("Campo 4", shuffled).outcome == "nothing"


@pytest.mark.parametrize(
    ("values", "outcome"),
    [
        (["Maria Lopez", "John Becker", "Ana Silva"], "personal"),
        (["jdoe", "msmith", "pbrown"], "personal"),
        (["JD", "MS", "PB"], "personal"),
        (["Online travel agency", "Corporate", "Direct"], "nothing"),
        (["9", "240", "14"], "nothing"),
    ],
)
def test_a_column_called_agent_is_judged_by_its_values(values, outcome):
    assert judge_column("agent", values * 20).outcome == outcome
    assert judge_column("Assigned Agent", values * 20).outcome == "personal"


@pytest.mark.parametrize(
    "header, values",
    [
        ("q10", ["Married", "Single", "Divorced"]),
        ("q11", ["English", "Español", "Chinese"]),
        ("q13", ["Catholic", "Jewish", "Muslim"]),
        ("q14", ["White", "Black or African American", "Hispanic/Latino", "Asian"]),
        ("How old are you?", ["34", "71", "18"]),
    ],
)
def test_what_never_counts_is_recognized_by_its_values(header, values):
    assert judge_column(header, values * 20).reason.startswith("barred: ")


@pytest.mark.parametrize("values", [["White", "Black"], ["Single", "Double", "Triple"], ["French press", "Espresso"]])
def test_words_that_are_also_other_things_stay(values):
    assert judge_column("q1", values * 20).outcome == "nothing"


def test_initials_below_the_plain_word_by_are_about_staff():
    assert judge_column("By", ["JK", "ML"] * 20).kind == "staff"
    assert judge_column("By", ["Maria", "Tom", "Kim"] * 20).identifies_person
    assert judge_column("By", ["dfox", "kpark"] * 20).kind == "staff"
    assert judge_column("By", ["mariag", "tomk", "Bex", "JK"] * 20).kind == "staff"
    assert judge_column("Preferred by", ["phone", "email"] * 20).outcome == "nothing"


@pytest.mark.parametrize("values", [["phone", "web", "walk-in"], ["Phone", "Web form", "Referral"], ["1", "2"]])
def test_what_is_no_person_below_the_plain_word_by_may_be_used(values):
    assert judge_column("By", values * 20).outcome == "nothing"


@pytest.mark.parametrize("header", ["patientid", "PatientID", "chartno"])
def test_a_number_of_a_patient_is_personal_in_one_word_too(header):
    assert judge_column(header, [str(70_000 + 37 * number % 900) for number in range(90)]).outcome == "personal"


def test_a_postal_code_with_a_hyphen_is_no_phone_number():
    codes = [f"0{1310 + number}-00{number % 10}" for number in range(30)]

    assert judge_column("CEP", codes).outcome == "nothing"
    assert judge_column("CEP", [f"(617) 555-{1000 + number}" for number in range(30)]).outcome == "personal"


@pytest.mark.parametrize("header", ["Who answered", "Yrs old"])
def test_headers_of_staff_and_of_age_in_the_desks_own_words(header):
    assert judge_column(header, ["41", "52", "63", "29"] * 10).outcome == "personal"
