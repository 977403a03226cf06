"""Is a column about where people heard of us read as a source, whatever its header, and a doctor's name not?"""

import numpy as np
import pandas as pd
import pytest

from features.parsing.parsed_columns import ParsedColumns
from features.parsing.scalars import normalize_missing_markers
from features.profiling.column_matching import match_columns

CHANNELS = ["Google", "Facebook", "Friend or family", "Yelp", "Drove by"]
DOCTORS = [f"Dr. {first} {last}" for first in ("Maria", "Anil") for last in ("Patel", "Smith", "Kim", "Weiss")]


def match(header, values):
    """Return our columns of a file with this column alone."""
    columns = ParsedColumns(pd.DataFrame({header: np.resize(values, 200)}), normalize_missing_markers(()))
    return match_columns(columns, {header: "category"})


@pytest.mark.parametrize(
    "header",
    [
        "How did you hear about us?",
        "How did you hear about our clinic? (please describe)",
        "Where did you find us",
        "¿Cómo se enteró de nosotros?",
        "Wie haben Sie uns gefunden?",
        "Heard about us through",
        "Referred by",
    ],
)
def test_channels_below_a_question_or_a_referral_are_a_source(header):
    assert match(header, CHANNELS) == {"source": header}


def test_a_referring_doctor_is_the_referrer_and_no_source():
    assert match("Referred by", DOCTORS) == {"referrer": "Referred by"}
    assert "source" not in match("Who referred you?", DOCTORS)


@pytest.mark.parametrize(
    "values", [DOCTORS, ["Dr Lopez", "Self", "Dr Hill", "Friend"], ["Johnson", "Miller", "Baker", "Self"]]
)
def test_doctors_below_referral_source_are_referrers_and_channels_are_sources(values):
    assert match("Referral Source", values) == {"referrer": "Referral Source"}
    assert match("Referral Source", CHANNELS) == {"source": "Referral Source"}


@pytest.mark.parametrize(
    "header", ["How did you find our office staff?", "How did you find the wait at our clinic?", "Hurt in our office?"]
)
def test_an_opinion_is_no_source(header):
    assert match(header, ["Good", "Bad"]) == {}
