"""Is the person's text found in JSON, and a text that only looks like JSON left alone?"""

import time

import pytest

from features.parsing.json_messages import holds_wrapped_message, unwrap_message
from features.parsing.lead_values import find_meaning


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ('{"message": "My knee hurts", "locale": "en_US"}', "My knee hurts"),
        ('{"nome": "Ann Lee", "messaggio": "Vorrei una visita"}', "Vorrei una visita"),
        ('{"data": {"form": {"Your Message": "Two lines\\nof text"}}}', "Two lines\nof text"),
        ('[{"role": "bot", "text": "Hi!"}, {"role": "user", "text": "Is it open?"}]', "Is it open?"),
        ('[{"text": "First"}, {"text": "Second"}]', "First Second"),
        ('{"What hurts?": "my left knee since May", "Plan": "PPO"}', "my left knee since May"),
        ('{"name": "Ann Lee Smith", "address": {"line": "1 Main Street"}}', None),
        ("{sic} my knee hurts}", None),
        ('{"tier": "gold", "visits": 3}', None),
        ("[knee] hurts [badly]", None),
        ('"My knee"', None),
        ("{" * 5000 + "}" * 5000, None),
        ('{"message": "  "}', None),
        ('[{"sender": "Agent", "body": "Booked for Monday"}, {"sender": "Ann", "body": "My knee"}]', "My knee"),
        ('[{"sender": "Agent", "body": "Booked for Monday"}]', ""),
        ('{"type": "office", "message": "My knee"}', "My knee"),
        ('{"message": "\\ud800 my knee \\ud83d\\ude00 \\u0000"}', "\ufffd my knee \U0001f600 \ufffd"),
    ],
)
def test_what_the_person_wrote_is_taken_out(cell, text):
    assert unwrap_message(cell) == text


def test_a_message_means_its_text_and_the_change_is_told():
    meaning = find_meaning("message", '{"text": "My knee hurts"}')

    assert meaning.text == "My knee hurts" and "JSON" in meaning.remark
    assert find_meaning("message", "My knee hurts").remark is None


def test_what_only_the_staff_said_is_no_message():
    meaning = find_meaning("message", '[{"from": "bot", "text": "Hello!"}]')

    assert meaning.text is None and "staff" in meaning.remark and meaning.is_empty


def test_a_list_of_many_empty_turns_takes_no_quadratic_time():
    cell = f"[{','.join(['[]'] * 400_000)}]"
    start = time.process_time()

    assert unwrap_message(cell) is None
    assert time.process_time() - start < 4


def test_a_setting_of_few_words_is_no_message():
    assert holds_wrapped_message('{"body": "My knee hurts"}') and not holds_wrapped_message('{"body": "gold"}')
