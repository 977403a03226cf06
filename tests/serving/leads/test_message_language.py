"""Is Spanish told from English, and doubt from both?"""

import pytest

from serving.leads.message_language import detect_language


@pytest.mark.parametrize(
    ("message", "language"),
    [
        ("Hola, tengo dolor en la rodilla y quiero una cita", "Spanish"),
        ("buenas mi mamá necesita una cita para su espalda", "Spanish"),
        ("I live in La Mesa and need an appointment for my son", ""),
        ("El Paso", ""),
        ("hi I have dolor en la espalda and need an appointment please", ""),
        ("", ""),
        (None, ""),
        ("12345 !!!", ""),
    ],
)
def test_a_language_is_named_only_where_it_is_sure(message, language):
    assert detect_language(message) == language
