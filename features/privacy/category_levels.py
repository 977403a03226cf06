"""Which values of a category may be shown: as a level of a model, in a reason, on a page?

Lives here: ``select_showable``, which drops the values that identify a person, and ``find_personal``, which finds them.
Does not live here: whether a whole column is used (``column_judgement``).

A dropped value is not lost: columns with rates keep its booking rate under a hash, in which nobody can read it.
"""

from collections.abc import Iterable, Sequence

from features.parsing.answers.payer_answers import strip_member_numbers
from features.privacy.column_judgement import judge_column
from features.privacy.header_words import names_a_thing, split_header
from features.privacy.person_names import reads_as_person
from features.privacy.value_patterns import classify_form, find_contact_inside

__all__ = ["find_personal", "select_showable"]

_PAYER_WORDS = frozenset(
    "payer payor insurance insurances insurer carrier coverage plan plans member medicare medicaid hmo ppo "
    "versicherung krankenkasse kasse seguro aseguradora assurance mutuelle assicurazione convenio verzekering".split()
)
_VALUE_KINDS = ("names of persons", "first names", "surnames", "staff", "salutations", "sex", "age")
"""What a whole vocabulary may be judged to be; then none of it is shown."""


def find_personal(column: str, values: Iterable[str], kept: bool = False) -> dict[str, str]:
    """Find the values of a category that identify a person, with what each is.

    An e-mail address, a phone number or a street counts wherever it stands, an insurance number in a column of payers.
    Names count where the whole column was judged to hold them, and a full name by itself unless the column names
    places, campaigns, payers or the like. With ``kept``, somebody keeps the column on purpose, so that its names stay.

    >>> find_personal("source", ["Spring Madison", "Brand", "p.lee@example.org", "Dr. Ann Lee"])
    {'p.lee@example.org': 'e-mail addresses', 'Dr. Ann Lee': 'names of persons'}
    >>> find_personal("source", ["Google", "/book?email=a@example.org", "Austin"])
    {'/book?email=a@example.org': 'e-mail addresses'}
    >>> find_personal("Plan details", ["Aetna", "Aetna (W123456781)", "PPO 500"])
    {'Aetna (W123456781)': 'insurance numbers'}
    """
    distinct = list(dict.fromkeys(values))
    personal = {value: kind for value in distinct if (kind := classify_form(value) or find_contact_inside(value))}
    if not _PAYER_WORDS.isdisjoint(split_header(column)):
        personal |= {value: "insurance numbers" for value in distinct if strip_member_numbers(value) != value}
    rest = [value for value in distinct if value not in personal]
    if kept or not rest:
        return personal
    verdict = judge_column(column, rest)
    if verdict.outcome == "personal" and verdict.kind in _VALUE_KINDS:
        return personal | dict.fromkeys(rest, verdict.kind)
    if not names_a_thing(column):
        personal |= {value: "names of persons" for value in rest if reads_as_person(value)}
    return personal


def select_showable(column: str, values: Sequence[str], kept: bool = False) -> list[str]:
    """Return the values of a category that may be shown, in their order.

    >>> select_showable("source", ["Google", "Maria Lopez", "Radio"])
    ['Google', 'Radio']
    """
    personal = find_personal(column, values, kept)
    return [value for value in values if value not in personal]
