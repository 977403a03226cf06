"""Do links lead to the person by what works, and do scripts say what is known and no more?"""

from types import SimpleNamespace

import pytest

from features.practice.practice import Practice
from serving.desk.pages.reach_links import build_reach_links, fill_script

TEXTS = {"text_message": "Hi & bye", "email_message": "Hello"}
PRACTICE = Practice(name="Oak & Co")


@pytest.mark.parametrize(
    ("phone", "link"),
    [
        ("214.555.3799", "tel:+12145553799"),
        ("9405556365.0", "tel:+19405556365"),
        ("(617) 555-0123 x4", "tel:+16175550123"),
        ("617-555-0123 / 214-555-3799", "tel:+16175550123"),
        ("+44 20 7946 0958", "tel:+442079460958"),
        ("x", None),
        (None, None),
    ],
)
def test_a_number_is_dialed_as_it_was_given_or_as_one_of_this_country(phone, link):
    assert build_reach_links({"phone": phone}, frozenset({"phone"}), TEXTS, PRACTICE).get("call") == link


def test_a_channel_that_does_not_work_has_no_link():
    values = {"phone": "214.555.3799", "email": "ann@example.org"}

    assert build_reach_links(values, frozenset(), TEXTS, PRACTICE) == {}
    assert set(build_reach_links(values, frozenset({"e-mail"}), TEXTS, PRACTICE)) == {"email", "address"}


def test_what_is_written_is_quoted():
    links = build_reach_links({"email": "a&b@example.org"}, frozenset({"e-mail"}), TEXTS, PRACTICE)

    assert links["email"] == "mailto:a%26b@example.org?subject=Your%20request%20to%20Oak%20%26%20Co&body=Hello"


def test_a_name_is_no_placeholder_and_an_unknown_one_leaves_no_gap():
    lead, user = SimpleNamespace(values={"service_requested": "Physio"}), SimpleNamespace(shown_name="Anna")
    script = "Hi {name}, this is {person} of {practice}: {service} at {clinic}?"

    assert fill_script(script, PRACTICE, user, lead, "") == (
        "Hi, this is Anna of Oak & Co: Physio at one of our locations?"
    )
    assert fill_script("Hi {name}", PRACTICE, user, lead, "{practice}") == "Hi {practice}"
    lead.values["service_requested"] = "{name} {clinic} {emergency}"
    assert fill_script("{service}", PRACTICE, user, lead, "Ann Lee") == "{name} {clinic} {emergency}"
