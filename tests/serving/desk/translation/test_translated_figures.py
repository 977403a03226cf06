"""Are figures and dates written as Spanish writes them, and is nothing else touched?"""

import pytest

from serving.desk.translation.translated_figures import translate_figure, translate_leading_date


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("27.7% (24.3% to 31.3%)", "27.7% (24.3% a 31.3%)"),
        ("under 0.1", "menos de 0.1"),
        ("Nov 2, 2026 to Jan 4, 2027", "2 nov, 2026 a 4 ene, 2027"),
        ("May 2026", "may 2026"),
        ("12 to", None),
        ("Mayo Clinic", None),
    ],
)
def test_a_figure_is_written_with_its_interval(english, spanish):
    assert translate_figure(english) == spanish


@pytest.mark.parametrize("text", ["after Dec 4", "Mayo Clinic, Dec 4", "Dr. May", "Dec 40 people"])
def test_a_date_inside_of_a_text_is_somebody_s_own_words(text):
    assert translate_leading_date(text) is None
