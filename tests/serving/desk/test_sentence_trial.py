"""Is a typed sentence read as a lead's message is?"""

from datetime import date

from serving.desk.sentence_trial import MAX_SENTENCE, read_sentence

WEDNESDAY = date(2026, 3, 4)


def test_a_wish_is_said_with_its_words_and_its_time(champion):
    reading = read_sentence(champion.engine, "Can I come in on Friday for my knee?", WEDNESDAY)

    wish = next(line for line in reading.lines if line.text == "Wants to be seen")
    assert wish.chance.endswith("in 100") and int(wish.chance.split()[0]) > 80 and "come" in wish.words
    assert reading.days == "Wants care in about 2 days"


def test_an_emergency_says_that_it_raises_the_lane(champion):
    lines = read_sentence(champion.engine, "crushing chest pressure and my left arm is numb", WEDNESDAY).lines

    assert any("raises the lane, never the score" in line.text for line in lines)


def test_nothing_is_read_in_nothing_and_a_long_text_is_cut(champion):
    assert read_sentence(champion.engine, "?", WEDNESDAY).days == ""
    assert read_sentence(champion.engine, "hello " * MAX_SENTENCE + "can I come in on Friday", WEDNESDAY).days == ""
