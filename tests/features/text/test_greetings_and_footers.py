"""Is what stands around a message taken off, and what a person says kept?"""

import pytest

from features.text.greetings_and_footers import blank_frame


@pytest.mark.parametrize(
    ("message", "core"),
    [
        ("Hi there, my knee hurts.", "my knee hurts."),
        ("Good morning,\nCan I come in?", "Can I come in?"),
        ("I hope you are well. How much is an MRI?", "How much is an MRI?"),
        ("Message: my back hurts", "my back hurts"),
        ("<p>Hello, my back hurts</p>", "my back hurts</p>"),
        ("my knee hurts\n\n-- \nThis e-mail was sent from a contact form on our website", "my knee hurts"),
        ("Guten Tag, ich brauche einen Termin.", "ich brauche einen Termin."),
        ("please call me back please call me back", "please call me back"),
    ],
)
def test_courtesies_a_forms_words_and_a_copy_are_blanked_in_place(message, core):
    blanked = blank_frame(message)

    assert blanked.strip() == core
    assert len(blanked) == len(message)


@pytest.mark.parametrize(
    "message",
    [
        "Hello",
        "Message the doctor for me",
        "best knee surgeon in town?",
        "Dear Dr. Lee, is it Tuesday",
        "call me back or text me back",
    ],
)
def test_what_a_person_says_stays(message):
    assert blank_frame(message) == message


def test_lines_filled_to_one_width_are_one_and_a_list_stays_a_list():
    filled = "I would like to have\nan appointment for my\nknee next week"
    written = "knee pain\nno insurance\ncall me"

    assert blank_frame(filled) == filled.replace("\n", " ")
    assert blank_frame(written) == written


def test_lines_of_a_form_stay_lines_whatever_stands_below_them():
    form = "Reason: DOT physical\nPreferred day: Monday\nTime: early as possible\nInsurance: none / cash"

    assert blank_frame(form) == form
