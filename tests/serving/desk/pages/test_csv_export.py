"""Does no cell of the file become a formula, however it is disguised?"""

import pytest

from serving.desk.pages.csv_export import neutralize_cell

DISGUISES = {
    "plain": "",
    "space": " ",
    "no-break space": "\N{NO-BREAK SPACE}",
    "ideographic space": "\N{IDEOGRAPHIC SPACE}",
    "zero width space": "\N{ZERO WIDTH SPACE}",
    "byte order mark": "\N{ZERO WIDTH NO-BREAK SPACE}",
    "word joiner": "\N{WORD JOINER}",
    "soft hyphen": "\N{SOFT HYPHEN}",
    "right-to-left override": "\N{RIGHT-TO-LEFT OVERRIDE}",
    "tag": "\N{TAG SPACE}",
    "mongolian separator": "\N{MONGOLIAN VOWEL SEPARATOR}",
    "blank braille": "\N{BRAILLE PATTERN BLANK}",
    "hangul filler": "\N{HANGUL FILLER}",
    "half-width hangul filler": "\N{HALFWIDTH HANGUL FILLER}",
    "tab": "\t",
    "line": "\r\n",
    "nul": "\0",
    "unassigned": "\ufdd0",
    "private": "\ue000",
}


@pytest.mark.parametrize("disguise", DISGUISES.values(), ids=DISGUISES)
@pytest.mark.parametrize("mark", [*"=+-@|%", *"＝＋－＠｜％", *"﹦﹢﹣﹫﹪", "\N{MINUS SIGN}"])
def test_a_formula_is_text_whatever_stands_before_it(disguise, mark):
    for text in (f"{disguise}{mark}HYPERLINK(1)", f"{disguise}{disguise} {mark}1"):
        cell = neutralize_cell(text)

        assert cell.startswith("'") and mark in cell


@pytest.mark.parametrize("text", ["", " ", "Back pain", "O'Neil & Söhne", "2 = 1 + 1", "C-section", "王さん", "'=1"])
def test_what_is_no_formula_stays_as_it_is(text):
    assert neutralize_cell(text) == text


def test_what_nobody_sees_is_left_out():
    assert neutralize_cell("Dr.\N{ZERO WIDTH SPACE} Lee\x07") == "Dr. Lee "
