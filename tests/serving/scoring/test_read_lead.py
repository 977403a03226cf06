"""Does a lead that was read keep what it holds to itself?"""

from serving.scoring.read_lead import ReadLead


def test_the_text_of_a_lead_names_nobody_and_repeats_no_message():
    lead = ReadLead({"email": "ann@example.org", "message": "My knee hurts"}, ("Fax",), {"phone": "6175550142"})

    text = f"{lead!r} {lead}"

    assert "Fax" in text and not any(value in text for value in ("ann", "knee", "617"))
