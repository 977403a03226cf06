"""Do filters list the practice's own clinics and services, whatever people typed?"""

import pytest

from features.practice.practice import Clinic, Practice, Service
from serving.desk.queue.catalog_names import OTHER, build_clinic_resolver, build_service_resolver, fold_spelling

PRACTICE = Practice(
    clinics=(Clinic("Dallas"), Clinic("North Dallas"), Clinic("Fort Worth", also_called=("Cowtown",))),
    services=(Service("Physical therapy", also_called=("rehab",)), Service("Spine surgery")),
)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Fort Worth", "Fort Worth"),
        ("Ft Worth", "Fort Worth"),
        ("Ft. Worth", "Fort Worth"),
        ("FORT-WORTH clinic", "Fort Worth"),
        ("cowtown", "Fort Worth"),
        ("N. Dallas", "North Dallas"),
        ("the Dallas office", "Dallas"),
        ("Austin", OTHER),
        ("", OTHER),
        (None, OTHER),
    ],
)
def test_every_spelling_is_the_practices_own_clinic(typed, name):
    assert build_clinic_resolver(PRACTICE)([typed]) == [name]


def test_services_are_the_practices_own_and_what_the_model_reads_helps_where_spelling_does_not():
    resolve = build_service_resolver(PRACTICE, lambda texts: [1 if text == "back op" else -1 for text in texts])

    assert resolve(["PT", "Rehab", "spine surgery consult", "back op", "pizza", None]) == [
        "Physical therapy",
        "Physical therapy",
        "Spine surgery",
        "Spine surgery",
        OTHER,
        OTHER,
    ]


def test_without_a_catalog_alike_spellings_are_one_entry():
    typed = ["Ft Worth", "Fort Worth", "fort worth", "Fort Worth", "Dallas"]

    assert set(build_clinic_resolver(Practice())(typed)) == {"Fort Worth", "Dallas"}
    assert fold_spelling("The Office") == "the office"
