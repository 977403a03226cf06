"""Is a header of two meanings read by its values?"""

import pytest

from features.profiling.ambiguous_headers import contradicts_header, names_own_message


@pytest.mark.parametrize(
    ("column", "header", "values", "contradicts"),
    [
        ("payer", "Phone Carrier", ["Verizon Wireless", "Aetna"], True),
        ("payer", "Carrier", ["Aetna", "Sunshine Health", "Mutual of Omaha"], False),
        ("payer", "Carrier", ["Aetna"] * 9 + ["Orange Blossom Health"], False),
        ("payer", "Insurance", ["Sprint"], False),
        ("postal_code", "Cap", ["00184", "20121.0"], False),
        ("postal_code", "cap", [0, 1500, 3000], True),
        ("postal_code", "zip", [0, 1500, 3000], False),
    ],
)
def test_values_decide_what_a_header_of_two_meanings_names(column, header, values, contradicts):
    assert contradicts_header(column, header, values) is contradicts


@pytest.mark.parametrize("header", ["Message", "Your message", "whatsapp_msg", "Mensaje", "Message to the clinic"])
def test_what_the_person_wrote_is_a_message(header):
    assert names_own_message(header)


@pytest.mark.parametrize(
    "header", ["Agent message", "Bot message", "Message to the patient", "Nachricht an Patient", "msg_out", "The text"]
)
def test_what_the_staff_wrote_is_none(header):
    assert not names_own_message(header)
