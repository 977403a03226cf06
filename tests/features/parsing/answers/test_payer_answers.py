"""Who pays, by these words?"""

import pytest

from features.parsing.answers.payer_answers import names_no_payer, says_self_pay
from features.parsing.lead_values import find_meaning
from features.practice.eligibility_rules import EligibilityRules
from features.practice.practice import Practice, Service

RULES = EligibilityRules.from_practice(
    Practice(services=(Service("Knee replacement", payers=("Aetna", "BlueCross BlueShield", "Self pay")),))
)


def check(payer):
    """What the rules say of a payer as a form sends it: 1 accepted, 0 not, NaN not known."""
    return float(RULES.check_payer(find_meaning("payer", payer).text)[0])


@pytest.mark.parametrize(
    "payer",
    ["to be determined", "will provide at visit", "N/A - unknown", "I'd rather not say", "not in list", "see attached",
     "card on file", "same as last time", "through my employer", "my husband's insurance", "Will check with HR",
     "Unverified", "HMO plan", "yes I do", "lost card", "999", "não sei", "non renseigné", "onbekend", "sconosciuto",
     "{{contact.insurance}}", "[your-insurance]", "${payer}", "Other (please specify)"],
)  # fmt: skip
def test_words_that_name_no_payer_are_never_refused(payer):
    assert names_no_payer(payer) and check(payer) != check(payer)


@pytest.mark.parametrize(
    "payer",
    ["I don't have insurance", "no ins", "do not have any insurance", "No tengo seguro", "Selbstzahler",
     "sans assurance", "Patient pays", "will pay cash", "paying out of pocket", "Self-pay / out of pocket"],
)  # fmt: skip
def test_nobody_insures_the_person_in_many_words(payer):
    assert says_self_pay(payer) and check(payer) == 1


@pytest.mark.parametrize("payer", ["no insurance card yet", "not sure about my insurance", "No seguro", "no info"])
def test_a_doubt_about_the_insurance_is_not_self_pay(payer):
    assert not says_self_pay(payer)


def test_a_payer_stays_a_payer_beside_a_remark():
    assert [check(payer) for payer in ("Blue Cross", "Aetna - card on file", "Oscar", "Molina, new card")] == [
        1,
        1,
        0,
        0,
    ]


@pytest.mark.parametrize(
    "text, is_named",
    [
        ("mutual of omaha", True),
        ("medical mutual of ohio", True),
        ("health alliance of michigan", True),
        ("hanse merkur", True),
        ("upmc for life", True),
        ("health of my husband", False),
        ("plan of my employer", False),
        ("card is at home", False),
    ],
)
def test_insurers_in_small_letters_are_told_from_remarks(text, is_named):
    assert names_no_payer(text) is not is_named
