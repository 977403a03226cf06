"""Is a remark in the place of an answer told from an answer, in words that nobody has listed together?"""

import pytest

from features.parsing.answers.payer_answers import names_no_payer
from features.parsing.answers.sentence_words import reads_as_sentence
from features.parsing.json_messages import unwrap_choices


@pytest.mark.parametrize(
    "text",
    [
        "will call back w/ card",
        "still shopping for one",
        "card is at home",
        "the one my boss pays",
        "on disability",
        "noch unklar",
        "über meinen Mann",
        "todavía no tengo",
        "el de mi marido",
        "carte oubliée",
        "celle de mon employeur",
        "devo controllare",
        "não faço ideia",
        "government one",
        "basic life insurance of my dad",
        "private health plan",
        "wifes dental",
    ],
)
def test_a_remark_about_the_insurance_names_no_payer_that_could_be_refused(text):
    assert names_no_payer(text)


@pytest.mark.parametrize(
    "text",
    "BCBS of MA|GEHA|Workers comp|united health care|La Mutuelle Générale|Mutua Madrileña|careington|Porto Seguro|"
    "lincoln financial|sun life dental|oxford health plans|physicians mutual|bright health ppo|"
    "Die Continentale|Blue Cross, but I lost the card".split("|"),
)
def test_a_payer_is_one_however_it_is_written(text):
    assert not names_no_payer(text)


@pytest.mark.parametrize(
    "text", ["Root canal", "Teeth whitening", "Knie-TEP", "Ortodoncia", "Visita oculistica", "MRI"]
)
def test_a_service_is_no_sentence(text):
    assert not reads_as_sentence(text)


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ('["MRI", "X-ray", "MRI"]', "MRI; X-ray"),
        ("['MRI', 'X-ray']", "MRI; X-ray"),
        ("[MRI, X-ray]", "[MRI, X-ray]"),
        ("[1, 2]", "[1, 2]"),
        ("[]", "[]"),
    ],
)
def test_a_list_of_choices_loses_its_brackets(text, choices):
    assert unwrap_choices(text) == choices
