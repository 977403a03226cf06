"""Does this text have the form of an e-mail address, a phone number, an address, a number of an identity card?

Lives here: the forms that identify a person by themselves, and those of ages and sexes, one text at a time.
Does not live here: names (``person_names``), whether a whole column has the form (``column_judgement``).
"""

import re

from features.privacy.name_lists import remove_accents

__all__ = [
    "BARRED_VOCABULARIES",
    "classify_form",
    "find_contact_inside",
    "find_street",
    "fold_answer",
    "is_age_band",
    "is_age_text",
    "read_sex",
]

_EMAIL = re.compile(r"[^@\s<>,;:=&?\"'()]+(?:@|%40)[^@\s<>,;:=&?\"'()]+\.[A-Za-z]{2,}")
_PHONE = re.compile(
    r"(?<![\w.@/-])(?:tel:|p:|whatsapp:|c:|m:|h:|w:)?\s*(?:"
    r"\+\s?\d[\d ().\-/]{6,18}\d"
    r"|(?:00\d{1,3}[ .\-/]?|1[ .\-]?)?\(?[2-9]\d{2}\)?[ .\-/]{0,2}\d{3}[ .\-]?\d{4}"
    r"|\(?0[1-9]\d{1,4}\)?[ ./\-]{0,3}\d{2,4}(?:[ ./\-]?\d{2,4}){1,4}"
    r"|[2-9]\d{2}[-. ]\d{4}"
    r"|0[1-9]\d{8,10}"
    r"|\d{2,4}(?:[ \-]\d{2,4}){2,4}"
    r")(?:\s?(?:x|ext\.?|extension|#)\s?\d{1,6})?(?![\w@/]|[.-]\d)",
    re.IGNORECASE,
)
_LETTER_PHONE = re.compile(
    r"\+?1?[ .\-]?\(?[2-9]\d{2}\)?[ .\-]\d{3}[ .\-]\d{2}[x*]{2}|\(?[x*]{3}\)?[ .\-][x*]{3}[ .\-]\d{4}", re.I
)
_SEPARATED_PHONE = re.compile(
    r"(?<![\w.])(?:\+?1[ .\-]?)?\(?[2-9]\d{2}\)?[ .\-]{1,2}\d{3}[.\-]\d{4}(?![\w])|\+\d{10,14}\b"
)
_DATE_LIKE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[ T].*)?|\d{5}-\d{4}|\d{8}|\d{14}")
_SSN = re.compile(r"(?:\d{3}|[xX*]{3})[- ](?:\d{2}|[xX*]{2})[- ]\d{4}")
_IP = re.compile(
    r"(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?|(?:[0-9a-fA-F]{1,4}:){3,7}[0-9a-fA-F]{0,4}|(?:[0-9a-fA-F]{1,4}:){1,6}(?::[0-9a-fA-F]{1,4})+"
)
_CARD = re.compile(r"(?:\d[ -]?){12,18}\d")
_MASKED_CARD = re.compile(r"(?:[xX*•]{2,4}[ -]?){1,4}\d{4}")
_MEDICARE = re.compile(
    r"[1-9][AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y][AC-HJKMNP-RT-Y0-9]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}"
)
_STREET_WORD = (
    r"st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|ct|court|pl|place|way|cir|circle|ter|terrace|pkwy|parkway|hwy|"
    r"highway|trl|trail|loop|sq|square|crescent|cres|close|gardens|mews|row|pike|aly|alley|run|path|plz|plaza|broadway|route|rte"
)
_US_STREET = re.compile(
    rf"\d+[a-z]?(?:[-/]\d+)?\s+(?:[\w.'’-]+\s+){{0,5}}(?:{_STREET_WORD})\b\.?(?:[\s,#.].*)?", re.IGNORECASE
)
_BROADWAY = re.compile(r"\d+\s+broadway\b.*", re.IGNORECASE)
_PO_BOX = re.compile(
    r"(?:p\.?\s?o\.?\s?box|postfach|apartado|casella postale|postbus|boite postale|bp)\s*\d+.*", re.IGNORECASE
)
_GERMAN_STREET = re.compile(
    r"[\w.\- ]*(?:stra(?:ss|ß)e|str\.|weg|platz|allee|gasse|ring|damm|ufer|straat|laan|gracht|"
    r"kade|plein|steeg|singel|dijk|vägen|gatan|torget|gränd)\s+\d+\s?[a-z]?"
    r"(?:[-/,\s].*)?",
    re.IGNORECASE,
)
_ROMANCE_STREET = re.compile(
    r"(?:\d+\s?(?:bis|ter)?,?\s+)?(?:calle|c/|avenida|avda\.?|av\.?|paseo|plaza|via|viale|piazza|corso|rue|boulevard|bd\.?|"
    r"place|chemin|allée|quai|impasse|rua|travessa|praça|largo|carrera|camino)\s+[^\d]{2,40}"
    r"(?:[,\s]+(?:n[.º°o]*\s?)?\d+.*)?",
    re.IGNORECASE,
)
_HOUSE_FIRST = re.compile(
    r"(?:(?:flat|studio|unit|apt\.?|h\.?no\.?|#)\s*)?\d{1,6}[a-z]?(?:[/\-]\d+)?,?\s+([^\W\d_].*)",
    re.IGNORECASE | re.DOTALL,
)
_HOUSE_LAST = re.compile(
    r"([^\W\d_][^\d\n:=]{3,40}?),?\s+(?:n[.º°o]*\s?)?\d{1,5}\s?[a-z]?(?:[\s,/\-].*)?", re.IGNORECASE | re.DOTALL
)
_NAMED_PARAMETER = re.compile(
    r"[?&;](?:[\w]*(?:email|phone|mobile|fname|lname|first_?name|last_?name|full_?name|contact_?name|patient)[\w]*|name|tel)=[^&]",
    re.IGNORECASE,
)
_FEMALE = frozenset(
    "f female woman w weiblich frau mujer femenino femenina feminino feminina femme feminin donna femmina vrouw girl "
    "she/her her".split()
)
_MALE = frozenset(
    "m male man mannlich maennlich mann hombre masculino homme masculin uomo maschio h boy he/him his".split()
)
_NO_SEX = frozenset(
    "x u d o other unknown unspecified divers diverse nonbinary non-binary undisclosed intersex transgender they/them "
    "otro autre altro unbekannt desconocido".split()
) | {"prefer not to say", "not specified", "not disclosed", "non binary", "rather not say", "decline to answer"}
BARRED_VOCABULARIES = {
    "marital states": frozenset(
        "single|married|divorced|widowed|widow|widower|separated|domestic partner|domestic partnership|partnered|"
        "civil union|engaged|never married|ledig|verheiratet|geschieden|verwitwet|soltero|soltera|casado|casada|"
        "divorciado|divorciada|viudo|viuda|celibataire|marie|mariee|divorce|divorcee|veuf|veuve".split("|")
    ),
    "religions": frozenset(
        "catholic|roman catholic|protestant|christian|jewish|muslim|islam|hindu|buddhist|sikh|mormon|lds|baptist|"
        "methodist|lutheran|orthodox|atheist|agnostic|evangelical|jehovahs witness|katholisch|evangelisch|catolico|"
        "catolica|catholique|musulman|no religion".split("|")
    ),
    "races or ethnic groups": frozenset(
        "white|caucasian|black|african american|black or african american|black/african american|hispanic|latino|"
        "latina|latinx|hispanic or latino|hispanic/latino|not hispanic or latino|non-hispanic|non hispanic|asian|"
        "native american|american indian|american indian or alaska native|alaska native|pacific islander|"
        "native hawaiian or other pacific islander|native hawaiian|middle eastern|multiracial|two or more races|"
        "mixed race|other race".split("|")
    ),
    "languages": frozenset(
        "english|spanish|french|german|chinese|mandarin|cantonese|russian|vietnamese|korean|portuguese|arabic|hindi|"
        "tagalog|italian|polish|japanese|haitian creole|creole|farsi|persian|urdu|bengali|turkish|ukrainian|greek|"
        "hebrew|somali|amharic|nepali|punjabi|espanol|ingles|deutsch|englisch|francais|anglais|american sign language|"
        "asl".split("|")
    ),
}
"""What never enters a score by its values, whatever the header: subject -> answers, folded by ``fold_answer``."""

_AGE_TEXT = re.compile(
    r"(?:age[d:]?\s*)?(\d{1,3})[\s-]*(?:years?|yrs?|y\.?/?o\.?|jahre?|anos|años|ans|anni|jaar)"
    r"(?:[\s-]*(?:old|alt|de edad))?\.?",
    re.IGNORECASE,
)
_AGE_BAND = re.compile(
    r"(?:under|over|below|above|less than|<|>|ages?|unter|ab|über|menos de|más de)?\s*=?\s*(\d{1,3})\s*"
    r"(?:(?:-|–|to|bis|a)\s*(\d{1,3})|\+|and over|and older|or older|plus|or more|y más|years)?",
    re.IGNORECASE,
)
_BAND_STARTS = frozenset((18, 25, 26, 35, 36, 45, 46, 55, 56, 65, 66))


def fold_answer(text: str) -> str:
    """Return an answer in lower case, without accents and apostrophes.

    >>> fold_answer(" Español "), fold_answer("Jehovah's Witness")
    ('espanol', 'jehovahs witness')
    """
    return " ".join(re.sub("['\u2019]", "", remove_accents(text)).split())


def classify_form(text: str) -> str:
    """Return which form a text has as a whole; "" for none.

    A phone number may carry a remark or an extension, an address a city.

    >>> [classify_form(text) for text in ("p.lee@example.org", "(617) 555-0117 ext. 3", "12 Main St", "Hauptstraße 5")]
    ['e-mail addresses', 'phone numbers', 'street addresses', 'street addresses']
    >>> [classify_form(text) for text in ("078-05-1120", "10.0.0.7", "2026-03-14", "02134-1234", "Main Street Clinic")]
    ['social security numbers', 'IP addresses', '', '', '']
    """
    text = text.strip()
    if len(text) < 6 or text.isalpha():
        return ""
    if ("@" in text or "%40" in text) and _EMAIL.search(text):
        return "e-mail addresses"
    has_digit = any(character.isdigit() for character in text)
    if not has_digit:
        # A street without a number is as common a name of a clinic.
        return ""
    if _SSN.fullmatch(text):
        return "social security numbers"
    if _IP.fullmatch(text):
        return "IP addresses"
    if _MEDICARE.fullmatch(text):
        return "insurance numbers"
    if _is_card(text):
        return "card numbers"
    if _is_phone(text):
        return "phone numbers"
    if any(pattern.fullmatch(text) for pattern in (_US_STREET, _BROADWAY, _PO_BOX, _GERMAN_STREET)) or (
        _ROMANCE_STREET.fullmatch(text)
    ):
        return "street addresses"
    return ""


def find_street(text: str) -> str:
    """Return what stands beside a house number, in lower case; "" where a text has no such form.

    Alone it proves nothing ("3 visits", "Form 2"); a column with as many streets as values holds addresses.

    >>> find_street("169 Joshua Park"), find_street("Romydreef 5"), find_street("knee")
    ('joshua park', 'romydreef', '')
    """
    match = _HOUSE_FIRST.fullmatch(text) or _HOUSE_LAST.fullmatch(text)
    return match.group(1).lower() if match else ""


def find_contact_inside(text: str) -> str:
    """Return what identifies a person in a longer text: an e-mail address, a phone number, a name in a URL.

    >>> (
    ...     find_contact_inside("/book?email=p.lee%40example.org"),
    ...     find_contact_inside("call 617-555-0117"),
    ... )
    ('an e-mail address', 'a phone number')
    >>> find_contact_inside("/book?first_name=Ann"), find_contact_inside("/knee-pain?utm_campaign=spring")
    ("a person's field", '')
    """
    if _EMAIL.search(text):
        return "an e-mail address"
    if _NAMED_PARAMETER.search(text):
        return "a person's field"
    return "a phone number" if _SEPARATED_PHONE.search(text) else ""


def read_sex(text: str) -> str:
    """Return "female", "male" or "other" for a word that names a sex; "" for any other text.

    >>> read_sex("Weiblich"), read_sex("M"), read_sex("prefer not to say"), read_sex("Monday")
    ('female', 'male', 'other', '')
    """
    folded = remove_accents(text).strip().strip("()[]")
    if folded in _FEMALE:
        return "female"
    if folded in _MALE:
        return "male"
    return "other" if folded in _NO_SEX else ""


def is_age_text(text: str) -> bool:
    """Return whether a text is a number of years.

    >>> is_age_text("34 years"), is_age_text("45 yo"), is_age_text("34 days")
    (True, True, False)
    """
    return _AGE_TEXT.fullmatch(text.strip()) is not None


def is_age_band(texts: list[str]) -> bool:
    """Return whether these distinct texts are age bands: they begin where such bands begin, and end with old age.

    >>> is_age_band(["18-24", "25-34", "35-44", "45-54", "55+"]), is_age_band(["1-10", "11-50", "51-200"])
    (True, False)
    """
    matches = [_AGE_BAND.fullmatch(text.strip()) for text in texts]
    bands = [match for match in matches if match]
    if len(bands) < max(3, 0.7 * len(texts)):
        return False
    starts = {int(match.group(1)) for match in bands}
    ends = {int(match.group(2)) for match in bands if match.group(2)}
    return len(starts & _BAND_STARTS) >= 2 and 54 <= max(starts | ends) <= 120 and bool(ends)


def _is_phone(text: str) -> bool:
    """Return whether a text is a phone number, perhaps with an extension or a remark."""
    if _LETTER_PHONE.fullmatch(text):
        return True
    if _DATE_LIKE.fullmatch(text):
        return False
    match = _PHONE.search(text)
    if match is None:
        return False
    rest = text[: match.start()] + text[match.end() :]
    # A number in a sentence is not the value; a remark is a few words.
    return (
        len(rest) <= 40
        and 7 <= sum(character.isdigit() for character in match.group()) <= 15
        and (sum(character.isdigit() for character in rest) <= 6)
    )


def _is_card(text: str) -> bool:
    """Return whether a text is a payment card's number, perhaps masked: the last digit must check (Luhn)."""
    if _MASKED_CARD.fullmatch(text):
        return True
    if not _CARD.fullmatch(text):
        return False
    digits = [int(character) for character in text if character.isdigit()]
    doubled = [digit if at % 2 == 0 else 2 * digit - 9 * (digit > 4) for at, digit in enumerate(reversed(digits))]
    return 13 <= len(digits) <= 19 and sum(doubled) % 10 == 0
