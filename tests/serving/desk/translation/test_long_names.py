"""Are names of several words found inside of sentences, wherever they stand, and does looking for many cost little?"""

import time

import pytest

from serving.desk.translation.long_names import LongNames, unmask


@pytest.mark.parametrize("text", ["Open, later: silent", "of Open, later.", "“Open, later” and Open, later"])
def test_a_name_is_marked_wherever_it_stands_and_comes_back(text):
    masked, names = LongNames({"Open, later", "Open", "Not here"}).mask(text)

    assert names == ["Open, later"] and "Open" not in masked and unmask(masked, names) == text


@pytest.mark.parametrize("name", ["a b", " two words", "two words ", "a  b"])
def test_a_blank_at_the_edge_of_a_name_is_found_too(name):
    masked, names = LongNames({name}).mask(f"x{name}y")

    assert names == [name] and masked == "x\ue000y"


def test_of_two_names_the_longer_is_marked_and_a_text_with_marks_or_that_is_a_name_stays():
    names = LongNames({"Smith and Sons", "and Sons"})

    assert names.mask("Smith and Sons, and Sons") == ("\ue000, \ue001", ["Smith and Sons", "and Sons"])
    assert names.mask("\ue000 of Smith and Sons") == ("\ue000 of Smith and Sons", [])
    assert LongNames({"Smith and Sons"}).mask("Smith and Sons") == ("Smith and Sons", [])


def test_six_thousand_names_cost_a_page_of_texts_less_than_a_second():
    names = LongNames(f"Plan {chr(97 + i % 26)}{i} of {chr(97 + i // 26 % 26)}" for i in range(6_000))
    start = time.process_time()
    for number in range(4_000):
        names.mask(f"The inquiries of {number} others, and what they bring in the end")

    assert time.process_time() - start < 1
