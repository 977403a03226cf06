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
        ("Bot: How about Thursday, March 12?\nMe: yes that day is fine", "Thursday, March 12 yes that day is fine"),
        ("Agent: The doctor has Friday.\nCaller: perfect, book it", "Friday perfect, book it"),
        ("Bot: el jueves, ¿le queda bien?\nPatient: sí, ese día", "jueves sí, ese día"),
        ("Bot: We have Monday or Tuesday.\nMe: yes please", "yes please"),
        ("Bot: Thursday?\nMe: no, that day is bad", "no, that day is bad"),
        ("Bot: Thursday?\nMe: that works but Friday is better", "that works but Friday is better"),
        ("Bot: Your appointment is on Monday. Right?\nMe: yes", "yes"),
        ("Bot: We open at 9 on Monday.\nMe: do you do cpap", "do you do cpap"),
        ("Bot: There was a cancellation on Monday.\nMe: perfect, book it", "Monday perfect, book it"),
        ("Bot: Our last opening is Friday.\nMe: ok", "Friday ok"),
        ("Agent: Your last visit was Monday.\nMe: yes", "yes"),
        ("Bot: Have you had the pain since Monday?\nMe: yes", "yes"),
        ("Bot: Were you born on March 12?\nMe: yes, that is fine", "yes, that is fine"),
        ("Bot: We are closed on Monday.\nMe: ok", "ok"),
        ("Bot: ¿Le duele desde el lunes?\nMe: sí", "sí"),
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
    offers = "Bot: Monday\nMe: yes\n" * 4_000
    assert len(blank_other_speakers(offers)) == len(offers)
