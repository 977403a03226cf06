"""Who pays, by these words? Nobody insures the person, no payer is named at all, or some payer.

Lives here: "no insurance" and "I pay myself" in several languages, remarks that name no payer ("through my employer",
"see card"), a form's "None", and the numbers of members inside a payer.
Does not live here: the names of one payer (``value_spelling``), which payers a practice accepts (``practice``).
"""

import re

from features.arrays.text_memory import remember_texts
from features.parsing.answers.sentence_words import reads_as_sentence
from features.parsing.answers.unknown_answers import REMARK_WORDS, fold_words, is_unknown_answer

__all__ = ["NO_INSURANCE", "names_no_payer", "says_self_pay", "strip_member_numbers"]

NO_INSURANCE = "No insurance"
"""What "None" means in a column of payers where it is an answer and no empty cell."""

_SELF_PAY = frozenset(
    """self|self pay|selfpay|self paying|self payer|self funded|self insured cash|cash|cash pay|private pay|
    private payer|privately|uninsured|none cash|not insured|particular|efectivo|contado|selbstzahler|selbstzahlerin|
    bez ubezpieczenia|uninsured self pay""".replace("\n    ", "").split("|")
)
"""Ways to say that the person pays, folded by ``fold_words``."""
_NOT = frozenset(
    """no not dont doesnt without lacks none lost never sin ningun ninguno kein keine keinen ohne nicht sans pas aucune
    sem nao senza non nessuna geen zonder niet""".split()
)
_INSURANCE = frozenset(
    """insurance ins insured coverage covered insur seguro seguros asegurado asegurada cobertura versicherung versichert
    krankenversicherung assurance assure assuree mutuelle assicurazione assicurato assicurata verzekering verzekerd
    dassurance convenio plano""".split()
)
_BESIDE_INSURANCE = frozenset(
    """i im we he she they you it patient pt currently have has had having got am is are do does any a an the my his her
    at this time right now health medical dental private of own active yes
    tengo tiene medico medica de salud ich habe hat bin je jai ai il elle na n a un une tenho tem um uma ho ha una
    ik heb ben""".split()
)
"""Words beside "no" and "insurance" in a sentence that says no more than both."""
_PAYS = frozenset("pay pays paying payer paid cash pocket selfpay efectivo contado".split())
_BESIDE_PAYS = _PAYS | frozenset(
    """patient pt i we he she will would like to want wants prefer prefers by with in credit debit card check out of
    self private privately me myself himself herself only full up front upfront at time service as is am be going
    no ins insurance the a without not using none using""".split()
)
_DESCRIBES_PAYER = frozenset(
    """work works workplace employer employers job company union husband husbands wife wifes spouse spouses partner
    partners mother mothers mom moms father fathers dad dads parent parents daughter son family same before last
    existing previous already record photo photos picture pictures pic pics attached attachment attachments scan scanned
    scans upload uploaded text texted in process processing applied applying application applies ppo hmo epo pos
    hdhp hsa group private commercial health medical ins insur insured coverage covered through via under list
    rather hr lost new government state federal student school university travel two one plan plans online
    enrollment open w job monday old current currently good great primary secondary policy holder policyholder test
    testing hers husbands yes yeah yep si oui ja sim true through thru get getting got switching changing soon between
    jobs cobra exchange marketplace mutua aseguradora compania seguro medico privado privada kasse krankenkasse
    versicherung assurance mutuelle assicurazione verzekering""".split()
)
"""Words that describe an insurance without naming it."""

_INSURERS = frozenset(
    """aetna cigna uhc united unitedhealthcare humana kaiser anthem blue bcbs bluecross medicare medicaid tricare molina
    oscar ambetter guardian metlife delta aflac optum wellcare centene champva healthnet emblemhealth geisinger
    priority harvard tufts masshealth omaha premera regence highmark carefirst caresource amerigroup amerihealth
    wellpoint healthpartners dentaquest ameritas assurant careington concordia fidelis healthfirst metroplus
    emblem excellus cdphp oxford upmc sentara pacificsource moda lifewise iehp caloptima horizon keystone bcbsm bcbstx
    sunlife cofinity multiplan qualcare medishare
    aok barmer tk techniker dak ikk bkk kkh hek knappschaft debeka allianz huk signal axa generali
    sanitas adeslas mapfre asisa dkv imss isapre fonasa mgen harmonie malakoff maaf macif unisalute bupa vitality
    hanse merkur barmenia gothaer continentale hallesche helsana swica visana css concordia groupama swisslife vgz
    menzis zilveren ohra dsw unimed amil bradesco sulamerica hapvida""".split()
)
"""With one of these a sentence names a payer all the same."""

_IN_NAMES = frozenset("of the and for de del la las los el y e du des di do da dos der die das und et van s by".split())
_INSURER_NOUNS = frozenset(
    """insurance ins health healthcare care plan plans dental vision medical life mutual group benefits assurance
    mutuelle seguros seguro salud saude versicherung krankenkasse kasse assicurazioni assicurazione mutua sanitaria
    company co inc corp ltd ag gmbh ppo hmo epo pos comp financial national american union trust fund""".split()
)
"""Words that names of insurers have in small letters as well."""

_COMPANY_NOUNS = frozenset("financial mutual life fidelity health healthcare ministries assurance".split())
_COMPANIES_OF = _COMPANY_NOUNS | frozenset(("alliance", "plan", "network", "partners"))
_PRODUCT_NOUNS = frozenset(
    "dental vision medical insurance ins plan plans ppo hmo epo pos group company co inc".split()
)
"""What insurers call themselves after, as in "lincoln financial", and what they sell, as in "sun life dental"."""
_LONGEST_SMALL_NAME = 4

_MEMBER_NUMBER = re.compile(
    r"(?<!\w)(?:[1-9][A-Za-z][A-Za-z0-9]\d-?[A-Za-z][A-Za-z0-9]\d-?[A-Za-z]{2}\d{2}"
    r"|[A-Za-z]{0,4}(?=(?:[\w-]*\d){6})\d[\w-]*(?:\s\d{2})?)(?!\w)"
)
"""Medicare's form, and at most four letters before a number of six digits or more, perhaps with a dependent's
suffix."""
_NUMBER_LABEL = re.compile(
    r"(?:[\s,;:(\[#/|.\u2013-]*\b(?:member|subscriber|policy|insured|group|grp|id|no|nr|num|number|mem|mbr|card)\b)*"
    r"[\s,;:(\[#/|.\u2013-]*$",
    re.IGNORECASE,
)


@remember_texts(65_536)
def says_self_pay(text: str) -> bool:
    """Return whether a text says that nobody insures the person, or that the person pays.

    >>> [says_self_pay(text) for text in ("Self-Pay", "I don't have insurance", "will pay cash", "keine Versicherung")]
    [True, True, True, True]
    >>> [says_self_pay(text) for text in ("not sure about my insurance", "no insurance card yet", "Aetna", "insured")]
    [False, False, False, False]
    """
    folded = fold_words(text)
    if folded in _SELF_PAY:
        return True
    tokens = frozenset(folded.split())
    if not _INSURANCE.isdisjoint(tokens) and not _NOT.isdisjoint(tokens):
        # "No seguro" may be "not sure" as well.
        return tokens <= _INSURANCE | _NOT | _BESIDE_INSURANCE and tokens != {"no", "seguro"}
    if "pocket" in tokens or not tokens.isdisjoint(_PAYS - {"pay", "payer", "paid"}):
        return tokens <= _BESIDE_PAYS
    return (
        "pay" in tokens
        and not tokens.isdisjoint(("self", "myself", "privately", "will", "card"))
        and (tokens <= _BESIDE_PAYS)
    )


@remember_texts(65_536)
def names_no_payer(text: str) -> bool:
    """Return whether a text in a payer's place names none that a practice could refuse.

    >>> [names_no_payer(text) for text in ("see card", "through my employer", "my husband's", "999", "HMO plan")]
    [True, True, True, True, True]
    >>> [names_no_payer(text) for text in ("still shopping for one", "Oscar", "Molina, but I lost the card")]
    [True, False, False]
    """
    tokens = fold_words(text).split()
    if _INSURERS.isdisjoint(tokens) and (reads_as_sentence(text) or _is_written_as_words(text)):
        return True
    return is_unknown_answer(text) or all(
        token.isdecimal() or token in REMARK_WORDS or token in _DESCRIBES_PAYER for token in tokens
    )


def _is_written_as_words(text: str) -> bool:
    """Return whether a text of several words has one in small letters that no name has: "card is at home".

    Another name that is typed in small letters, such as "hanse merkur", is not told from a remark unless it ends in
    what insurers call themselves after: then nothing is known, which harms nobody.

    >>> [_is_written_as_words(text) for text in ("über meinen Mann", "Mutua de Levante", "careington", "La Mutuelle")]
    [True, False, False, False]
    >>> [_is_written_as_words(text) for text in ("sun life dental", "mutual of enumclaw", "my own life plan")]
    [False, False, True]
    """
    words = re.findall(r"[^\W\d_]+", text)
    small = [word for word in words if word.islower() and word not in _IN_NAMES and word not in _INSURER_NOUNS]
    return len(words) > 1 and len(small) > 0 and not _ends_as_an_insurer(list(map(str.lower, words)))


def _ends_as_an_insurer(words: list[str]) -> bool:
    """Return whether words are a name such as "lincoln financial" or "oxford health plans", and none is of a remark."""
    while len(words) > 1 and words[-1] in _PRODUCT_NOUNS:
        words = words[:-1]
    # "mutual of enumclaw" has in front of its place what others end with.
    of_place = words.index("of") if "of" in words[1:-1] else 0
    is_of_place = of_place > 0 and words[of_place - 1] in _COMPANIES_OF
    is_name = 1 < len(words) <= _LONGEST_SMALL_NAME and (words[-1] in _COMPANY_NOUNS or is_of_place)
    if is_of_place:
        words = [word for word in words if word not in _INSURER_NOUNS | _COMPANIES_OF | {"of"}] + [""]
        is_name = is_name and len(words) > 1
    remarks = REMARK_WORDS | _DESCRIBES_PAYER | _BESIDE_INSURANCE | _BESIDE_PAYS | _IN_NAMES
    return is_name and remarks.isdisjoint(words[:-1])


def strip_member_numbers(text: str) -> str:
    """Return a payer without the numbers that its members have; they identify a person and name no payer.

    >>> [strip_member_numbers(text) for text in ("Aetna, ID W123456789", "1EG4-TE5-MK73 Medicare", "PPO 500")]
    ['Aetna', 'Medicare', 'PPO 500']
    """
    while match := _MEMBER_NUMBER.search(text):
        before, after = _NUMBER_LABEL.sub("", text[: match.start()]), text[match.end() :].lstrip(" )],;:/|.\u2013-")
        text = f"{before} {after}".strip()
    return text
