"""Is a row of a call log the event that a person would name?"""

import numpy as np
import pytest

from features.joins.call_kinds import name_event


@pytest.mark.parametrize(
    ("kind", "direction", "answer", "expected", "reached"),
    [
        (None, "Inbound", "Answered", "inbound_call", 1),
        (None, "inbound", "No Answer", "missed_call", 0),
        (None, "Incoming", "Voicemail", "missed_call", 0),
        (None, "Outbound", "Call connected", "outbound_call", 1),
        (None, "Outgoing call", "Busy", "outbound_call", 0),
        (None, "Outbound", "Left voicemail", "voicemail", 0),
        (None, "Saliente", "Contestada", "outbound_call", 1),
        (None, "Entrante", "No contestada", "missed_call", 0),
        (None, "Eingehend", "Nicht angenommen", "missed_call", 0),
        (None, "Sortant", "Décroché", "outbound_call", 1),
        (None, "In entrata", "Senza risposta", "missed_call", 0),
        (None, "Salida", "Sí", "outbound_call", 1),
        (None, "Ausgehender Anruf", "Nein", "outbound_call", 0),
        (None, "Eingehender Anruf", "Entgangen", "missed_call", 0),
        (None, "Entrada", "Atendida", "inbound_call", 1),
        ("Phone Call", None, "Not answered", "missed_call", 0),
        ("Web Form", None, None, "form_submit", None),
        ("Chat", None, None, "chat", None),
        ("Text Message", "Inbound", None, "sms_in", None),
        ("Text Message", "Outbound", None, "sms_out", None),
        ("Email", "Outbound", None, "email_out", None),
    ],
)
def test_kind_direction_and_answer_name_the_event(kind, direction, answer, expected, reached):
    name, was_reached = name_event(kind, direction, answer)

    assert name == expected
    assert np.isnan(was_reached) if reached is None else was_reached == reached


def test_an_unknown_kind_stays_as_it_is_so_that_it_is_reported():
    assert name_event("Fax", None, None)[0] == "Fax"
