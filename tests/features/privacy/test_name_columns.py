"""Are names, logins and profiles of persons recognized together, and codes, sources and pages left alone?"""

import pytest

from features.privacy.column_judgement import judge_column
from tests.features.privacy.test_column_judgement import PAIRS


@pytest.mark.parametrize("values", [["dfox", "kpark", "lwong"], ["JR", "DF", "KP", "LW"]])
def test_logins_and_initials_under_a_header_that_says_nothing_are_doubtful(values):
    verdict = judge_column("q6", values * 20)

    assert (verdict.outcome, verdict.kind) == ("doubtful", "staff")
    assert 'keep_on_purpose = ["q6"]' in verdict.evidence


@pytest.mark.parametrize(
    "header, values",
    [
        ("q6", ["MA", "NY", "NJ", "CT"]),
        ("q6", ["PPO", "HMO", "EPO", "POS"]),
        ("q6", ["google", "bing", "yahoo", "radio"]),
        ("Segment", ["AB", "QX", "KP", "LW"]),
        ("Device", ["AB", "QX", "KP", "LW"]),
    ],
)
def test_short_codes_and_sources_are_no_staff(header, values):
    assert judge_column(header, values * 20).outcome == "nothing"


@pytest.mark.parametrize(
    "values",
    [
        [
            f"https://facebook.example/{first.lower()}.{last.lower()}.{3 * number}"
            for number, (first, last) in enumerate(PAIRS)
        ],
        [f"@{first.lower()}{last.lower()}" for first, last in PAIRS],
        [f"https://h.example/book?first={first}&last={last}" for first, last in PAIRS],
        [f"@kn33_{number}_run" for number in range(60)],
    ],
    ids=["profiles", "handles", "queries", "handles without a name"],
)
def test_profiles_and_handles_are_left_out_and_named_with_the_line_that_keeps_them(values):
    verdict = judge_column("Web", values)

    assert verdict.outcome == "doubtful" and 'keep_on_purpose = ["Web"]' in verdict.reason


@pytest.mark.parametrize("header", ["Provider page", "Page", "Landing Page"])
def test_pages_of_providers_that_recur_are_no_profiles_of_leads(header):
    pages = [f"/providers/{first.lower()}-{last.lower()}" for first, last in PAIRS[:25]]

    assert judge_column(header, pages * 12).outcome == "nothing"


@pytest.mark.parametrize(
    "header, rows", [("Provider page", 1), ("Page", 2), ("LinkedIn", 12), ("Profile URL", 12), ("Facebook", 12)]
)
def test_profiles_stay_out_where_they_hardly_recur_or_the_header_names_them(header, rows):
    pages = [f"https://h.example/in/{first.lower()}-{last.lower()}" for first, last in PAIRS[:25]]

    assert judge_column(header, pages * rows).identifies_person


def test_pages_of_a_practice_are_no_profiles():
    pages = [
        f"https://practice.example/{service}/{city}"
        for service in ("knee", "mri", "spine", "hip")
        for city in ("downtown", "airport", "harbor", "north")
    ]

    assert judge_column("Page", pages * 5).outcome == "nothing"


@pytest.mark.parametrize(
    ("header", "values"),
    [
        (
            "Pt Last",
            "Abernathy Bojorquez Castellanos Dunleavy Fitzwater Grijalva Jankowski Lindqvist Navarrete Okonkwo",
        ),
        (
            "Field 12",
            "Szczepanski Thibodeaux Vukovic Ybarra Zielinski Kowalczyk Iturbide Pennington Hollingsworth Dunn",
        ),
        ("Pt", "Abernathy Bojorquez Castellanos"),
        ("TC", "Mandy Jolene"),
        ("Hygienist", "Shaz Bronwyn Tevita"),
        ("Tx Coord", "Shaz MW"),
        ("Front desk", "Shaz Lu"),
    ],
)
def test_few_surnames_and_two_first_names_are_left_out(header, values):
    assert judge_column(header, values.split() * 30).outcome != "nothing"


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Intake", "web phone chat"),
        ("PT", "Yes No"),
        ("Pt type", "New Returning"),
        ("Who", "Self Child Parent"),
        ("Office", "Lincoln Washington Jackson"),
        ("Month", "April May June"),
        ("Color", "Brown White Green Black Gray Rose Olive Amber Violet Gold Silver"),
        ("Plan", "Aetna Cigna Humana Kaiser Anthem Oscar Molina Ambetter Centene Bright Devoted"),
        ("Street type", "Lane Drive Court Way Place Circle Park Hill Ford Banks Rivers Woods"),
    ],
)
def test_words_that_are_names_as_well_stay(header, values):
    assert judge_column(header, values.split() * 30).outcome == "nothing"


def test_two_first_names_below_a_header_that_names_a_person_are_personal():
    assert judge_column("Full Name", ["Ann", "Ben"]).outcome == "personal"
    assert judge_column("TC", ["Mandy", "Jo"] * 20).outcome != "nothing"
