"""Is a message that was HTML, mail or a link read as the person wrote it?"""

import pytest

from features.text.tokenization import locate_words, normalize_text


@pytest.mark.parametrize(
    "apostrophe",
    ["&lsquo;", "`", "\u00b4", "\u2018", "\u02bc", "\ufffd", "\u00ef\u00bf\u00bd", "?", "=E2=80=99", "&amp;rsquo;"],
)
def test_a_broken_apostrophe_denies_as_a_whole_one_does(apostrophe):
    assert normalize_text(f"I don{apostrophe}t want an appointment") == "i dont want an appointment"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("<style>p{color:red}</style><p>my knee</p>", "my knee"),
        ("<script>var price = 1;</script>my knee", "my knee"),
        ("<!-- urgent --><p>my knee</p>", "my knee"),
        ("<p>my knee</p><blockquote>Do you want to cancel?</blockquote>", "my knee"),
        ("an <b>appoint</b>ment", "an appointment"),
        ("an appoint&shy;ment", "an appointment"),
        ("un<wbr>urgent", "unurgent"),
        ("=3Cp=3Emy knee=3C/p=3E", "my knee"),
        ("my =\nknee", "my knee"),
        ("%3Cp%3Emy%20knee%3C%2Fp%3E", "my knee"),
        ("my+knee%2C+please", "my knee , please"),
        ("\\u003cp\\u003emy knee\\u003c/p\\u003e", "my knee"),
        ("[b]my knee[/b] hurts", "my knee hurts"),
        ("pain < 5 and > 3", "pain 5 and 3"),
        ("50%DEal on my knee", "50 deal on my knee"),
    ],
)
def test_what_a_program_left_is_not_read(message, words):
    assert normalize_text(message) == words
    assert len(locate_words(message)) == len(words.split())


def test_a_question_mark_stays_one():
    assert normalize_text("my knee? the left one") == "my knee | the left one"
