"""Which phrases of an export are worth a rule of the practice?"""

from features.practice.practice import Service
from features.practice_file.frequent_phrases import find_common_phrases
from tests.support.message_readers import build_message_reader


def test_a_phrase_needs_ten_people_and_not_ten_leads():
    reader = build_message_reader(Service("physio"))

    one_person = [("one person", "the odd ozone sauna")] * 30
    ten_people = [(f"person {number}", "ozone sauna") for number in range(10)]

    assert find_common_phrases(one_person, reader) == []
    assert find_common_phrases([*one_person, *ten_people], reader)[0] == ("ozone sauna", 11)
    assert find_common_phrases([(person, f"physio for a {phrase}") for person, phrase in ten_people], reader) == []


def test_numbers_and_addresses_never_become_a_hint():
    reader = build_message_reader()
    messages = [(f"p{number}", "ozone sauna ann@example.org 617 555 0123 see www.example.org") for number in range(12)]

    assert [phrase for phrase, _ in find_common_phrases(messages, reader)] == ["ozone sauna"]
