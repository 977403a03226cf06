"""Are dates read as people write them, and none invented? Sentences by hand, each sitting written on one day."""

from pathlib import Path

import numpy as np
import pytest

from features.text.label_reader import LabelReader
from tests.support.message_readers import build_message_reader

ROWS = [
    line.replace("\\n", "\n").split("\t")
    for line in Path(__file__).with_name("stated_dates.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
"""Days ahead, "-" where the sentence states no wish for a time; which sitting it was written in; the sentence."""


RANGES = [
    line.replace("\\n", "\n").split("\t")
    for line in Path(__file__).with_name("stated_ranges.tsv").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
"""Earliest and latest day ahead that a front desk would understand, "-" for none; the sentence."""

WRITTEN = {"fourth": "2026-09-17", "fifth": "2026-06-08"}
"""Days on which sittings were written; all others on Wednesday, March 4, 2026."""


def read_days(*sentences, written="2026-03-04"):
    """Days ahead by which the writer of each sentence wants to come."""
    readings = build_message_reader().read_all(sentences, np.full(len(sentences), np.datetime64(written)))
    return LabelReader.load_default().read(sentences, readings).days


# The rules were tuned on the first sitting and the fourth; the others were written before and looked at after. Of the
# third to the fifth, a third to a half state no date and were written to tempt: "my mom passed in August".
@pytest.mark.parametrize(
    ("sitting", "least", "most_invented"),
    [
        ("tuned", 0.95, 0.03),
        ("unseen", 0.85, 0.05),
        ("third", 0.9, 0.25),
        ("fourth", 0.9, 0.06),
        ("fifth", 0.9, 0.04),
    ],
)
def test_nine_in_ten_stated_times_are_read_and_hardly_any_invented(sitting, least, most_invented):
    rows = [row for row in ROWS if row[1] == sitting]
    days = read_days(*(sentence for _, _, sentence in rows), written=WRITTEN.get(sitting, "2026-03-04"))
    stated = [(float(row[0]), answer) for row, answer in zip(rows, days, strict=True) if row[0] != "-"]
    without = [(row[2], answer) for row, answer in zip(rows, days, strict=True) if row[0] == "-"]
    invented = [(sentence, answer) for sentence, answer in without if answer == answer]
    right = [abs(truth - answer) <= max(2, 0.4 * truth) for truth, answer in stated]

    assert len(rows) >= 40 and np.mean(right) >= least, np.mean(right)
    assert len(invented) <= most_invented * len(without), invented


def test_times_of_a_hand_that_knew_no_rule_are_read_and_hardly_any_invented():
    # When first read: 96 of 120 right and 14 of 80 invented. What they showed was then mended by its kind.
    stated = [row for row in RANGES if row[0] != "-"]
    tempting = [sentence for low, _, sentence in RANGES if low == "-"]
    answers = read_days(*(sentence for _, _, sentence in stated), written="2026-12-01")
    bounds = [(float(low), float(high)) for low, high, _ in stated]
    # As above: two days, or two fifths of a time far off, beside the range that a front desk would understand.
    right = [
        low - max(2, 0.4 * low) <= answer <= high + max(2, 0.4 * low)
        for (low, high), answer in zip(bounds, answers, strict=True)
    ]
    invented = np.isfinite(read_days(*tempting, written="2026-12-01"))

    assert (len(stated), len(tempting)) == (120, 80)
    assert np.mean(right) >= 0.88 and invented.sum() <= 6


@pytest.mark.parametrize(
    ("sentence", "days"),
    [
        ("hasn't eaten much, could I come in 2 weeks", 14),
        ("any day but Friday, Monday is best", 5),
        ("can't come before Friday", 2),
        ("I need an appointment, can't do Friday but Monday is fine", 5),
        ("I would like an appointment, any day is possible but friday works best", 2),
        ("cant walk please see me friday", 2),
        ("the soonest you have on or after 3/20", 16),
        ("Mar. 30th please", 26),
        ("three weeks from today", 21),
        ("two weeks from\ntoday works for me", 14),
        ("New patient here, I need an appointment for knee pain. Thursday is best, otherwise after the 20th", 1),
        ("tengo cita el 12 de marzo y quiero cambiarla al 19 de marzo", 15),
        ("quiero una cita el 19 de marzo del 2026", 15),
        ("in April 2026 please", 28),
        ("2nd Tuesday of April", 41),
        ("quiero cita el jueves de la otra semana", 8),
        ("30 de abril de 2026 por favor", 57),
        ("Could we do 3/19 instead?", 15),
        ("after 4/1", 28),
        ("Mar 28", 24),
        ("3/10 please", 6),
        ("when school is out", 108),
        ("after the 15th", 11),
        ("after the 4th of July", 122),
        ("between 3/23 and 3/27", 19),
        ("Friday 3/13", 9),
        ("03-17-26", 13),
        ("on 4-2", 29),
        ("march twenty first saturday", 17),
        ("the twentieth of march", 16),
        ("not until after my trip on the 12th", 8),
        ("no later than friday", 2),
        ("first week of the month", 29),
        ("3 weeks from now", 21),
        ("around the 4th of july", 122),
        ("the monday after easter", 37),
        ("wednesday after next", 14),
        ("second week of april", 38),
        ("June works", 89),
    ],
)
def test_a_date_as_people_write_it(sentence, days):
    assert read_days(sentence) == [days]


@pytest.mark.parametrize(
    "sentence",
    [
        "LMP jan 24",
        "DOI 01/22/2026, please advise",
        "my husband hasn't slept in 5 days",
        "Black Friday deal on filler?",
        "your text says Tuesday",
        "my appointment is Friday, do I bring my x-rays",
        "doy a luz en junio",
        "gift card expires 5/10/27",
        "In April 2025 I tore my ACL and want a second opinion",
        "in the fall of 2023 my back went out, I want an appointment",
        "en abril del 2025 me lastime la espalda, quiero una cita",
        "Date of birth April 12, I need an appointment",
        "Birth date: 4/12/1971. I need an appointment",
        "knee surgery on 4/12/98, it hurts again and I want an appointment",
        "pain is 8/10",
        "half of it, 1/2 tablet",
        "born 4/12/1971",
        "L4/5 disc",
        "she turns 65 on 9/2",
        "due June 20",
        "mon-fri 9 to 5",
    ],
)
def test_what_is_no_wish_for_a_time_states_none(sentence):
    assert np.isnan(read_days(sentence)).all()
