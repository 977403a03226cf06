"""Which small words make up dates and spans? "in", "mid", "a week from", "twenty second".

Lives here: the words that a practice has no reason to change, each kind with what it stands for.
Does not live here: weekdays, months, numbers and leading words (``phrase_lexicon.toml``), the patterns
(``time_expressions``).
"""

__all__ = [
    "CARDINAL_DAYS",
    "FIRST_SPOKEN_NTH",
    "IN_MONTH",
    "LAST_YEAR",
    "OF_NEXT_WEEK",
    "OF_THIS_WEEK",
    "ORDINAL_DAYS",
    "SMALL",
    "WEEKS_FROM",
    "WHICH",
]

SMALL = {
    "small": ("or", "to", "o", "a"),
    "of": ("of", "de", "del"),
    "the": ("the",),
    "marker": ("el", "dia"),
    "next": ("next", "proximo", "el proximo", "following", "the following"),
    "through": ("through", "thru", "thur"),
    "of_in": ("of", "in", "de"),
    "day_part": (
        "morning",
        "mornings",
        "afternoon",
        "evening",
        "am",
        "pm",
        "appointment",
        "works",
        "please",
        "if",
        "for",
    ),
    "in_season": ("the", "la", "el", "mid", "early", "late"),
    "each": ("each", "every", "los", "cada", "todos los"),
    "parts": ("mornings", "afternoons", "evenings", "nights", "off"),
    "hour": ("am", "pm", "a", "p", "ish", "oclock", "or", "to", "days", "weeks", "months", "times", "15", "30", "45"),
    "any_after": (
        "any day after",
        "any time after",
        "anytime after",
        "on or after",
        "at or after",
        "free after",
        "available after",
        "after",
        "after the",
        "from",
        "starting",
        "not before",
        "no earlier than",
        "no sooner than",
        "no later than",
        "not later than",
        "on or before",
        "a partir del",
        "a partir de",
        "despues del",
        "the week of",
        "week of",
    ),
    "ahead": ("from now", "from today", "away", "out is fine", "out is ok", "out is good", "out works"),
    "named_days": ("black friday", "good friday", "cyber monday", "giving tuesday", "fat tuesday", "super bowl sunday"),
    "says": ("says", "says its", "says it is", "dice", "dice que es", "dice que es el"),
    "has_visit": (
        "still on for",
        "appointment is",
        "appointment is on",
        "appointment is for",
        "appt is",
        "appt is on",
        "appt is for",
        "im scheduled for",
        "i am scheduled for",
        "tiene cita",
        "tiene cita el",
        "tengo cita",
        "tengo cita el",
        "cita es",
        "cita es el",
    ),
    "work_week": (
        "monday friday",
        "mon fri",
        "m f",
        *(f"{a} {to} {b}" for a, b in (("monday", "friday"), ("mon", "fri")) for to in ("through", "thru", "to")),
    ),
    "due": (
        "due",
        "due on",
        "due in",
        "due date",
        "due date is",
        "due date of",
        "due date in",
        "doy a luz en",
        "da a luz en",
        "parto en",
        "parto es en",
        "fecha de parto",
    ),
    "after_next": (
        "after next",
        "the week after",
        "the week after that",
        "the following week",
        "of the following week",
        "de la otra semana",
        "de la siguiente semana",
        "de la semana siguiente",
    ),
    "earliest": (
        "no sooner than",
        "no earlier than",
        "not before",
        "not until",
        "not till",
        "anytime after",
        "any day after",
        "on or after",
    ),
    "deadline": ("no later than", "not later than", "at the latest by"),
    "suits": (
        "works",
        "would work",
        "would be",
        "sometime",
        "some time",
        "would suit",
        "break",
        "if possible",
        "is good",
        "is fine",
        "is best",
        "is ok",
        "or so",
        "at the earliest",
    ),
    "month_start": (
        "first of the month",
        "the first of the month",
        "first week of the month",
        "the first week of the month",
        "beginning of the month",
        "start of the month",
        "primeros del mes",
        "principios de mes",
    ),
    "tripped": ("in", "at", "from", "on", "off", "down"),
    "month_end": (
        "end of the month",
        "end of this month",
        "end of month",
        "this month",
        "fin de mes",
        "fin del mes",
        "fines de mes",
        "fines de este mes",
        "fines del mes",
        "finales de mes",
        "finales de este mes",
        "finales del mes",
        "este mes",
    ),
}
IN_MONTH = {
    "the": 0.0,
    "early": 5.0,
    "beginning of": 1.0,
    "the beginning of": 1.0,
    "start of": 1.0,
    "the start of": 1.0,
    "first week of": 3.0,
    "the first week of": 3.0,
    "1st week of": 3.0,
    "the 1st week of": 3.0,
    "principios de": 3.0,
    "first few days of": 3.0,
    "the first few days of": 3.0,
    "first half of": 8.0,
    "the first half of": 8.0,
    "second week of": 11.0,
    "the second week of": 11.0,
    "2nd week of": 11.0,
    "third week of": 18.0,
    "the third week of": 18.0,
    "3rd week of": 18.0,
    "second half of": 20.0,
    "the second half of": 20.0,
    "mid": 15.0,
    "middle of": 15.0,
    "the middle of": 15.0,
    "mediados de": 15.0,
    "late": 25.0,
    "last week of": 26.0,
    "the last week of": 26.0,
    "last few days of": 28.0,
    "the last few days of": 28.0,
    "last days of": 28.0,
    "the last days of": 28.0,
    "end of": 28.0,
    "the end of": 28.0,
    "finales de": 28.0,
    "fines de": 28.0,
    "a fines de": 28.0,
}
"""Words before a month and the day of it that they mean, 0 for none. Some also introduce a month on their own."""
LAST_YEAR = 2059
"""Of the years that a date may state; "4/12/71" is none of 2071."""
WEEKS_FROM = {
    f"{number} from": weeks
    for number, weeks in {
        "week": 1.0,
        "a week": 1.0,
        "one week": 1.0,
        "two weeks": 2.0,
        "2 weeks": 2.0,
        "three weeks": 3.0,
        "3 weeks": 3.0,
    }.items()
}
WHICH = {"first": 1.0, "1st": 1.0, "second": 2.0, "2nd": 2.0, "third": 3.0, "3rd": 3.0, "fourth": 4.0, "4th": 4.0}
OF_NEXT_WEEK = {
    "next week": 2.0,
    "early next week": 1.0,
    "beginning of next week": 0.0,
    "start of next week": 0.0,
    "first of next week": 0.0,
    "later next week": 3.0,
    "late next week": 3.0,
    "end of next week": 4.0,
    "week after next": 9.0,
    "proxima semana": 2.0,
    "semana proxima": 2.0,
    "semana que viene": 2.0,
    "semana entrante": 2.0,
}
"""Days behind the Monday of next week; its Wednesday where nothing else is said."""
OF_THIS_WEEK = {"this week": 4.0, "esta semana": 4.0, "this weekend": 5.0, "este fin de semana": 5.0}
"""The weekday by which it ends."""
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth twentieth"
).split() + [f"twenty {word}" for word in "first second third fourth fifth sixth seventh eighth ninth".split()]
ORDINAL_DAYS = {word: float(day) for day, word in enumerate([*_ORDINALS, "thirtieth", "thirty first"], 1)}
"""Days as they are spoken: "march twenty second"."""
FIRST_SPOKEN_NTH = 11
"""From here on "the eleventh" alone is a day; below it, it more often counts something: "the fifth time"."""
_CARDINALS = (
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty".split()
    + [f"twenty {word}" for word in "one two three four five six seven eight nine".split()]
    + ["thirty", "thirty one"]
)
CARDINAL_DAYS = {word: float(day) for day, word in enumerate(_CARDINALS, 10)}
"""Days as voice-to-text writes them, "march twenty two"; below ten, "may one" is no day."""
