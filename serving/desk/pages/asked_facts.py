"""How does a person write down what they are told on the phone? A question, the answers that are one tap away, a field.

Lives here: which answers are offered for which fact. Does not live here: which questions matter
(``serving.scoring.missing_answers``), storing an answer (``serving.desk.lead_actions``), HTML (the templates).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from features.column_words import head_column
from features.practice.practice import Practice
from serving.desk.pages.desk_words import ASKED_FACTS, RELATION_CHOICES
from serving.schemas.scoring import Ask

__all__ = ["FactField", "list_asked", "list_fact_fields"]

_MAX_CHIPS = 8
_SHORT_ANSWERS: Mapping[str, Mapping[str, str]] = {
    "relation": RELATION_CHOICES,
    "timeframe": {"this week": "This week", "in 2 weeks": "In 2 weeks", "in 3 months": "In a few months"},
    "existing_patient": {"yes": "Yes", "no": "No"},
}
_SELF_PAY = "self-pay"
_INPUT_TYPES = {"phone": "tel", "email": "email"}


@dataclass(frozen=True)
class FactField:
    """One fact that can be written down.

    Parameters
    ----------
    name : str
        The column.
    label : str
        The question, or what the fact is called.
    chips : tuple of (str, str)
        Value and words of the answers that are one tap away.
    is_closed : bool
        Whether there are no other answers, so that no field is needed.
    """

    name: str
    label: str
    chips: tuple[tuple[str, str], ...]
    is_closed: bool
    input_type: str = "text"

    def is_our_word(self, value: str) -> bool:
        """Whether an answer is in words of ours, which a page in another language translates: names of the practice's
        own services, locations and insurances are not.
        """
        return self.name in _SHORT_ANSWERS or value == _SELF_PAY


def list_asked(asks: Iterable[Ask], practice: Practice) -> list[FactField]:
    """Return the questions that could move the score most, with the answers that are one tap away.

    >>> asks = [Ask(question="What do you need?", field="service_requested", lowest=0.1, highest=0.3)]
    >>> list_asked(asks, Practice())[0].label
    'What do you need?'
    """
    return [_describe(ask.field, ask.question, practice) for ask in asks]


def list_fact_fields(practice: Practice) -> list[FactField]:
    """Return every fact that can be written down or corrected, in the order of the form."""
    return [_describe(name, head_column(name, practice.words), practice) for name in ASKED_FACTS]


def _describe(name: str, label: str, practice: Practice) -> FactField:
    chips = tuple(_list_answers(name, practice).items())[:_MAX_CHIPS]
    return FactField(name, label, chips, name in ("relation", "existing_patient"), _INPUT_TYPES.get(name, "text"))


def _list_answers(name: str, practice: Practice) -> Mapping[str, str]:
    """Return the answers that the practice's own settings offer: value -> words."""
    if name in _SHORT_ANSWERS:
        return _SHORT_ANSWERS[name]
    if name == "service_requested":
        return {service.name: service.name for service in practice.services}
    if name == "preferred_clinic":
        return {clinic.name: clinic.name for clinic in practice.clinics}
    if name == "payer":
        payers = dict.fromkeys(payer for service in practice.services for payer in service.payers)
        return {payer: payer for payer in list(payers)[: _MAX_CHIPS - 1]} | {_SELF_PAY: "Self-pay"}
    return {}
