"""Is this text a person's name? Decided by lists of first names and surnames, whatever the order of the parts.

Lives here: reading one text as a name, with titles, initials, particles and suffixes.
Does not live here: the lists (``name_lists``), whether a whole column holds names (``name_columns``).
"""

import re
from functools import cache

from features.arrays.text_memory import remember_texts
from features.privacy.name_lists import load_cities, load_name_lists, remove_accents

__all__ = [
    "classify_name",
    "holds_name_in_address",
    "holds_plain_word",
    "is_city",
    "is_salutation",
    "reads_as_login",
    "reads_as_person",
]

_TITLES = frozenset(
    "mr mrs ms miss mx dr doctor prof professor herr frau hr fr sr sra srta senor senora senorita don dona dna "
    "mme mlle monsieur madame mademoiselle sig sigra signor signora dott dottssa drs dhr mevr mevrouw meneer rev "
    "sir".split()
)
_SALUTATIONS = _TITLES - {"fr", "don", "rev", "sir"} | {"m", "divers", "familie", "family", "mr & mrs", "mr and mrs"}
_SUFFIXES = frozenset("jr sr ii iii iv md do dds dmd phd rn np pa dc dpt lcsw esq facs mba".split())
_PARTICLES = frozenset(
    "de del della di da das do dos van von der den ter ten la le el al bin ibn y e st san mc o zu".split()
)
_NEVER_NAMES = frozenset(
    # Words of places, businesses, services, channels and campaigns, many of which are rare surnames.
    "north south east west central upper lower downtown uptown midtown street avenue road drive lane park square "
    "plaza ave canal root glow kong center centre clinic hospital medical health healthcare care services service "
    "dental surgery therapy "
    "pain knee back hip neck shoulder spine foot ankle hand wrist head skin eye eyes ear heart bone joint sports "
    "imaging scan lab test family pediatric pediatrics primary urgent emergency womens mens senior adult child "
    "new old first second third last next best free online web website form call chat email mail phone text sms "
    "fax walk in out on off up down site page landing home direct organic paid search social display video radio "
    "tv print billboard newsletter referral friend partner directory google facebook bing yelp instagram tiktok "
    "twitter youtube linkedin insurance blue cross shield cash self pay plan gold silver bronze platinum basic "
    "standard premium plus pro select choice advantage medicare medicaid united national american general group "
    "network life spring winter fall autumn sale special offer promo deal campaign event open house launch brand "
    "retargeting awareness lead leads test trial the and or of for with no not yes none other unknown any all "
    "more less high low hot cold warm single married divorced widowed true false monday tuesday wednesday "
    "thursday friday saturday sunday morning afternoon evening night day week month year county city state valley "
    "beach hills heights hill lake river ridge creek grove springs woods village island point university college "
    "school office suite building mall market airport station bay harbor port town field fields consult "
    "consultation visit exam appointment evaluation follow followup booking request question information price "
    "pricing cost quote billing customer client patient person people team staff desk user admin system api "
    "import botox filler laser facial massage implant implants crown whitening braces invisalign filling lift "
    "facelift tummy tuck breast nose lip hair weight loss gain sleep stress cancer allergy asthma arthritis "
    "diabetes flu vaccine mri fair great super mega big small little hello welcome bank credit union trust mutual "
    "permanente".split()
)
_RARELY_NAMES = frozenset(
    "red green white black brown blue pink orange purple gray grey rose april may june july august summer hope "
    "faith joy grace mercy christian star sunny lucky major minor king queen prince duke page price cash young "
    "long short day doctor nurse teacher student engineer manager driver cook baker sales bill mark will rich art "
    "drew chase frank ford mercedes chevy apple orange cherry olive sage basil ginger pepper coral pearl ruby "
    "amber jade crystal".split()
)
_SPLIT = re.compile(r"[\s/&+]+")
_FORM = re.compile(r"[^\W\d_](?:[^\W\d_]|['’`.\-])*")
_OUTSIDE = re.compile(r"\s+[-–—|:]\s+|\s*[(\[|#]|\s+@\s")
_NO_LETTERS = re.compile(r"[^a-z]+")
_PARAMETERS = frozenset(
    "first last name fname lname firstname lastname surname book form user profile in people".split()
)
"""Words beside the values in a query or a path: "?first=Ann&last=Lee"."""
_SHORTEST_JOINED = 3
_PUNCTUATION = re.compile(r"['’`.\-]")


def is_salutation(text: str) -> bool:
    """Return whether a text is nothing but a salutation.

    >>> is_salutation("Mrs."), is_salutation("Frau Dr."), is_salutation("Maria")
    (True, True, False)
    """
    folded = remove_accents(text).replace(".", "").strip()
    return folded in _SALUTATIONS or all(word in _SALUTATIONS for word in folded.split() or ("",))


def is_city(text: str) -> bool:
    """Return whether a text is the name of a US city.

    >>> is_city("Austin"), is_city("Jackson Heights"), is_city("Okafor")
    (True, True, False)
    """
    return remove_accents(text).strip() in load_cities()


def reads_as_person(text: str) -> bool:
    """Return whether one text by itself is a person's full name: of names, and written as names are.

    >>> reads_as_person("Ann Lee"), reads_as_person("as soon as possible"), reads_as_person("LEE, ANN")
    (True, False, True)
    """
    if classify_name(text) != "full name":
        return False
    tokens = [word for word in re.findall(r"[^\W\d_]+", text) if remove_accents(word) not in _PARTICLES]
    return all(word[0].isupper() for word in tokens)


def reads_as_login(text: str) -> bool:
    """Return whether a text is an initial and a surname in one word of small letters.

    >>> reads_as_login("kpark"), reads_as_login("google"), reads_as_login("smith")
    (True, False, False)
    """
    word, surnames = text.rstrip("0123456789"), load_name_lists().surnames
    is_word = word.isascii() and word.isalpha() and word.islower() and len(word) >= 4
    return is_word and word[1:] in surnames and word not in surnames and word not in _NEVER_NAMES


def holds_plain_word(text: str) -> bool:
    """Return whether a text has a word of channels, places, services or businesses, which no person is called by.

    >>> holds_plain_word("Web form"), holds_plain_word("mariag")
    (True, False)
    """
    return not _NEVER_NAMES.isdisjoint(re.findall(r"[^\W\d_]+", text.casefold()))


@remember_texts(65_536)
def classify_name(text: str) -> str:
    """Return what kind of name a text is: "full name", "first name", "surname", "name" (either); "" for no name.

    A title makes one name a full name. A city, or a text with a word such as "clinic", is no full name.

    >>> [
    ...     classify_name(text)
    ...     for text in ("Ann Lee", "LEE, ANN", "Dr. Okafor", "José Martínez-Ruiz", "Benno", "Knee Pain")
    ... ]
    ['full name', 'full name', 'full name', 'full name', 'name', '']
    """
    text = _OUTSIDE.split(text.strip(), maxsplit=1)[0]
    if not 2 <= len(text) <= 60:
        return ""
    parts = text.split(",")
    # "LEE, ANN" is turned around; "Ann Lee, Jr." and "Ann Lee, MD" are not.
    if len(parts) == 2 and not _is_suffix(parts[1]):
        tokens, titled = _read_tokens(f"{parts[1]} {parts[0]}")
        turned = True
    else:
        tokens, titled = _read_tokens(parts[0])
        turned = False
    if not tokens:
        return ""
    if len(tokens) == 1:
        return _classify_single(tokens[0], titled)
    if titled and not _NEVER_NAMES.intersection(tokens):
        return "full name"
    # "de la Cruz" is one surname, whatever stands before it.
    if len(tokens) > 1 and all(token in _PARTICLES for token in tokens[:-1]):
        return _classify_single(tokens[-1], titled)
    return "full name" if _is_full_name(tokens) and (turned or not is_city(text)) else ""


@remember_texts(65_536)
def holds_name_in_address(text: str) -> bool:
    """Return whether a web address or a handle holds a first name and a surname.

    >>> [
    ...     holds_name_in_address(text)
    ...     for text in ("facebook.com/benno.smith.7", "@bennosmith", "/book?first=Ann&last=Lee", "/knee-pain", "@knee")
    ... ]
    [True, True, True, False, False]
    """
    folded = remove_accents(text.strip())
    is_handle = folded.startswith("@")
    if not is_handle and "/" not in folded:
        return False
    path = folded.removeprefix("@") if is_handle else folded.split("://")[-1].partition("/")[2]
    words = [word for word in _NO_LETTERS.split(path) if len(word) > 1 and word not in _NEVER_NAMES]
    names = [word for word in words if word not in _RARELY_NAMES]
    for first, last in zip(names, names[1:], strict=False):
        if (_is_first_name(first) and _is_surname(last)) or (_is_surname(first) and _is_first_name(last)):
            return True
    parameters = [word for word in names if word not in _PARAMETERS]
    if len(parameters) == 2 and _is_first_name(parameters[0]) and _is_surname(parameters[1]):
        return True
    return is_handle and any(
        _is_first_name(word[:end]) and _is_surname(word[end:])
        for word in words
        for end in range(_SHORTEST_JOINED, len(word) - _SHORTEST_JOINED + 1)
    )


def _classify_single(token: str, titled: bool) -> str:
    """Classify one word."""
    if titled:
        return "full name" if token not in _NEVER_NAMES and len(token) > 1 else ""
    if token in _NEVER_NAMES or token in _RARELY_NAMES:
        return ""
    first, last = _is_first_name(token), _is_surname(token)
    return "name" if first and last else "first name" if first else "surname" if last else ""


def _is_full_name(tokens: tuple[str, ...]) -> bool:
    """Return whether a first name and a surname are among these words, in either order, and nothing that is no name."""
    named = [token for token in tokens if len(token) > 1 and token not in _PARTICLES]
    initials = sum(len(token) == 1 for token in tokens)
    if not 1 <= len(named) <= 4 or len(tokens) > 6 or not _NEVER_NAMES.isdisjoint(named):
        return False
    if all(token in _RARELY_NAMES for token in named):
        return False
    # "J. Okafor": an initial makes one name a full one, but "M. Hill" is as likely a place.
    if len(named) == 1:
        return initials > 0 and named[0] not in _RARELY_NAMES and (_is_first_name(named[0]) or _is_surname(named[0]))
    first, last = named[0], named[-1]
    in_order = _is_first_name(first) and _is_surname(last)
    turned = _is_surname(first) and any(_is_first_name(token) for token in named[1:])
    return in_order or turned


def _is_first_name(token: str) -> bool:
    return token in load_name_lists().first_names


def _is_surname(token: str) -> bool:
    return token in load_name_lists().surnames


@cache
def _is_suffix(text: str) -> bool:
    """Return whether what follows a comma is a suffix such as ``MD``."""
    return all(token in _SUFFIXES for token in remove_accents(text).replace(".", "").split())


def _read_tokens(text: str) -> tuple[tuple[str, ...], bool]:
    """Return the words of a text, folded, without titles and suffixes, and whether it had a title.

    No word where something in it cannot be part of a name.
    """
    tokens: list[str] = []
    titled = False
    for word in _SPLIT.split(text.strip()):
        if not word:
            continue
        if not _FORM.fullmatch(word):
            return (), False
        folded = _PUNCTUATION.sub("", remove_accents(word))
        if folded in _TITLES and not tokens:
            titled = True
        elif folded in _PARTICLES:
            tokens.append(folded)
        elif folded in _SUFFIXES and tokens:
            continue
        elif len(folded) == 1 and not word.endswith("."):
            # "Vitamin D" and "X ray" have no initial.
            return (), False
        elif "-" in word and not (_is_first_name(folded) or _is_surname(folded)):
            if min(map(len, word.split("-"))) < 2:
                return (), False
            # One word remains one part of a name, known by its first half.
            tokens.append(_PUNCTUATION.sub("", remove_accents(word.split("-")[0])))
        else:
            tokens.append(folded)
    return tuple(tokens), titled
