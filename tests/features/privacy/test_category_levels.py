"""Can a value that identifies a person become a level of a category?"""

import numpy as np

from features.privacy.category_levels import find_personal, select_showable
from features.signals.custom_columns import build_column_signals


def test_persons_among_sources_are_not_shown():
    values = ["Google", "Maria Lopez", "Radio", "Dr. Ann Lee", "friend of p.lee@example.org", "call 617-555-0142"]

    assert select_showable("source", values) == ["Google", "Radio"]


def test_a_campaign_a_payer_or_a_clinic_may_be_called_like_a_person():
    for column in ("campaign", "payer", "preferred_clinic", "service_requested"):
        assert find_personal(column, ["Spring Madison", "John Hancock", "Jackson Heights", "Austin"]) == {}


def test_nothing_of_a_vocabulary_of_names_is_shown_although_no_list_has_some_of_them():
    values = ["Ann Lee", "Ben Ruiz", "Carla Diaz", "Qworzel Zibbert"]

    assert select_showable("source", values) == []


def test_a_column_kept_on_purpose_shows_names_but_never_contact_data():
    assert select_showable("Mascot", ["Ann Lee", "Ben Ruiz", "a@example.org"], kept=True) == ["Ann Lee", "Ben Ruiz"]


def test_an_address_of_a_page_with_a_person_in_it_is_no_level():
    cells = ["/knee", "/book?name=Ann", "/book?email=p%40example.org", "/mri?utm_campaign=spring"] * 20

    (signal,) = build_column_signals("landing_page", "category", np.array(cells, object))

    assert signal.categories == ("", "/knee", "/mri?utm_campaign=spring")


def test_a_number_of_a_member_is_no_level_of_a_payer_and_a_code_of_a_campaign_is_one():
    plans = ["Aetna", "Aetna W812345670", "Medicare 1EG4-TE5-MK73", "PPO 500", "Blue Cross 65 Plus"]

    assert select_showable("Insurance plan", plans) == ["Aetna", "PPO 500", "Blue Cross 65 Plus"]
    assert select_showable("Ad set", ["120208675309480", "spring-20250101"]) == ["120208675309480", "spring-20250101"]
