"""Do only the patient's own words count, each in its place?"""

import pytest

from features.text.patient_words import blank_other_speakers


@pytest.mark.parametrize(
    ("message", "own"),
    [
        ("Bot: What brings you in?\nVisitor: my ankle", "my ankle"),
        ("Chat Bot (auto): Emergency?\nGuest 12: no just a rash\nAgent Kim: ok", "no just a rash"),
        ("Please cancel\n\nOn Mon, Mar 2, 2026 at 9:01 AM Front Desk wrote:\n> See you Friday", "Please cancel"),
        ("Thanks!\n-----Original Message-----\nYour surgery is on Friday", "Thanks!"),
        ("my knee\nSent from my iPhone", "my knee"),
        ("Reason: knee pain\nPreferred day: Friday", "Reason: knee pain Preferred day: Friday"),
        ("Staff was rude: I want another doctor", "Staff was rude: I want another doctor"),
        ("> only quoted text", "> only quoted text"),
    ],
)
def test_what_others_wrote_is_blank(message, own):
    blanked = blank_other_speakers(message)

    assert " ".join(blanked.split()) == own
    assert len(blanked) == len(message)
    assert all(new in (old, " ") for new, old in zip(blanked, message, strict=True))


def test_a_forwarded_mail_is_all_there_is():
    mail = "On Mon, Mar 2, 2026 Ann wrote:\nMy mother needs a visit"

    assert "mother needs a visit" in blank_other_speakers(mail)


def test_a_hostile_message_takes_no_time():
    for text in ("On " * 30_000, ">" * 60_000, "bot " * 20_000, "\n" * 60_000, ":" * 60_000):
        assert len(blank_other_speakers(text)) == len(text)
