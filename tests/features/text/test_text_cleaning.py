"""Does a text become what all steps make of it, whether or not a quick look finds something to do?"""

from time import process_time

import numpy as np
import pytest

from features.text.text_cleaning import STEPS, clean_text


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("I'd  like an MRI", "I would  like an MRI"),
        ("wed\tlike", "we would\tlike"),
        ("we\u2019d like", "we would like"),
        ("CAN\tNOT come", "CAN't come"),
        ("Okay", "Ok"),
        ("2nd  opinion", "second  opinion"),
        ("A.S.A.P.", "ASAP"),
        ("p.m.", "p.m."),
        ("on 3-14-2026", "on march 14 2026"),
        ("on 4/12/1971 or 4/12/71", "on 4/12/1971 or 4/12/71"),
        ("two weeks from\n today", "two weeks from now"),
        ("on 10-\u0663", "on october \u0663"),
        ("on 20-3 (0-5)", "on 20-3 (0-5)"),
        ("<b>ma\u00f1ana</b> &amp; today", " manana  and today"),
    ],
)
def test_spellings_of_one_thing_are_made_one(text, cleaned):
    assert clean_text(text) == cleaned


def test_a_quick_look_skips_no_step_that_would_change_a_text():
    random = np.random.default_rng(2)
    pieces = (
        "I'd like|id  like|wed\nlike|We\u2019d like|can not|cannot|CAN\tNOT|okay|2nd opinion|a.s.a.p.|M.R.I|p.m.|3-14|"
        "10-3|on 10-14-2026|0-5|12-25 please|0\u0663-4|1\u0661-4|on 3-\u0664|\u017f.\u017f.a|\u0131d like|\u212a.k.k|"
        "\u00e9|knee|.| |\n|x|-|/|3/14|I|d|like|20-3|&amp;|<p>|_x000D_|\\n|"
        "n?t|don`t|I?m|can\ufffdt|\u00ad|12-5-26|(12-3)|weeks from  today|day from\ttoday|/12/71|. 3|Mon. 3"
    ).split("|")

    for _ in range(4_000):
        text = "".join(random.choice(pieces, random.integers(1, 8)))
        expected = text
        for _, pattern, replacement in STEPS:
            expected = pattern.sub(replacement, expected)
        assert clean_text(text) == expected


@pytest.mark.parametrize("text", ["+" * 200_000 + "%20", "a%20b+" * 40_000])
def test_a_message_of_nothing_but_escapes_is_cleaned_in_linear_time(text):
    began = process_time()
    clean_text(text)

    # Looking through the text again for each escape took minutes; this takes a tenth of a second.
    assert process_time() - began < 4
