"""What do many people write that names none of our services? Phrases of two or three words that at least ten people
used.

Lives here: counting such phrases, and keeping out whatever could be a name, a number or an address.
Does not live here: the phrases that have a meaning already (``phrases.toml``), what becomes of these (hints,
``draft_file``)."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from features.text.message_reader import MessageReader
from features.text.tokenization import normalize_text

__all__ = ["MIN_PEOPLE", "find_common_phrases"]

MIN_PEOPLE = 10
"""What fewer people share is not written down: it could point to one of them."""

MAX_MESSAGES = 20_000
"""Messages that are read, evenly thinned: more would change no phrase that matters."""

_CAPITAL_SHARE = 0.3
_MAY_BE_SERVICES = ("condition", "procedure", "other_words")
_NAMING = re.compile(
    r"\b(?:name(?:'s| is)?|names|this is|i am|i'm|im|dr|doctor|dra|mr|mrs|ms|miss|thanks|thank you|thx|regards|sincerely|best|cheers"
    r"|gracias|saludos|atentamente|soy|llamo|senor|senora|son|daughter|wife|husband|hijo|hija|hi|hello|hola|dear|from)"
    r"[\s,.:!-]+(?:\w+[.]?\s+)?(\w+)",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?<=[\w,;] )[A-Z][a-zà-ÿ]+")
_CLEAN = re.compile(r"\S*@\S*|\S*https?\S*|\S*www\.\S*", re.IGNORECASE)
_FUNCTION_WORDS = frozenset(
    "a an the i im ive id me my mine we our us you your yours he him his she her it its they them their this that these those there "
    "here and or but so if then than as at by for from in into of on to with without about after before over under up down out off "
    "since until am is are was were be been being do does did done doing have has had having will would can could should may might "
    "must shall not no nor dont doesnt didnt cant cannot couldnt wont wouldnt isnt arent wasnt just very really too also only even "
    "still yet now please thanks thank hi hello dear what which who when where why how all any some more most much many few other "
    "another such own same one two get got getting go going come need needs want wants like looking look help know see make take hope "
    "let tell said says say el la los las un una unos unas de del al y o que en con por para mi mis tu su sus te se lo le les yo nos "
    "es son esta estoy tengo tiene hay si ya muy mas como cuando donde quiero necesito quisiera gracias hola ago good god bless hey "
    "guys pretty sure mostly morning afternoon evening night day days wk wks week weeks mo mos month months yr yrs year years today "
    "hace desde dias semanas meses anos buenas buenos".split()
)


def find_common_phrases(
    messages: Sequence[tuple[str, str]], reader: MessageReader, most: int = 40
) -> list[tuple[str, int]]:
    """Phrases that name no service, with the number of people who used them, most frequent first.

    Parameters
    ----------
    messages : sequence of (person, message)
        ``person`` is anything that tells people apart; it is counted and not kept.
    reader : Reader
        Knows the services. Messages in which it finds one are left aside.
    """
    step = max(1, -(-len(messages) // MAX_MESSAGES))
    silent = [
        (person, _CLEAN.sub(" | ", message))
        for person, message in messages[::step]
        if not reader.read(message).services
    ]
    names = _find_likely_names(message for _, message in silent)
    people: dict[tuple[str, ...], set[str]] = {}
    for person, message in silent:
        for phrase in set(_word_runs(normalize_text(message), names)):
            people.setdefault(phrase, set()).add(person)
    counted = {phrase: len(who) for phrase, who in people.items() if len(who) >= MIN_PEOPLE}
    whole = [
        phrase for phrase in counted if not _is_part(phrase, counted) and not _has_meaning(" ".join(phrase), reader)
    ]
    return [
        (" ".join(phrase), counted[phrase]) for phrase in sorted(whole, key=lambda one: (-counted[one], one))[:most]
    ]


def _word_runs(plain: str, names: frozenset[str]) -> Iterable[tuple[str, ...]]:
    """The runs of two and three words of one clause that begin and end with a word of content; no digits, nothing like
    a name.
    """
    for clause in plain.replace(",", "|").split("|"):
        words = clause.split()
        for length in (2, 3):
            for at in range(len(words) - length + 1):
                phrase = tuple(words[at : at + length])
                if not {phrase[0], phrase[-1]} & _FUNCTION_WORDS and all(
                    word.isalpha() and len(word) > 1 and word not in names for word in phrase
                ):
                    yield phrase


def _find_likely_names(messages: Iterable[str]) -> frozenset[str]:
    """Words that are often written with a capital inside a sentence, or often stand where people name themselves or
    greet somebody.
    """
    seen: Counter[str] = Counter()
    named: Counter[str] = Counter()
    for message in messages:
        seen.update(normalize_text(message).split())
        named.update(
            normalize_text(word)
            for word in (
                *_CAPITAL.findall(message),
                *(word for word in _NAMING.findall(message) if word not in _FUNCTION_WORDS),
            )
        )
    return frozenset(word for word, count in named.items() if count > _CAPITAL_SHARE * seen[word])


def _has_meaning(phrase: str, reader: MessageReader) -> bool:
    """Whether the phrase file reads it as something other than a condition or a procedure: then it is no service."""
    reading = reader.read(phrase)
    return reading.days == reading.days or any(
        count for group, count in reading.counts.items() if group not in _MAY_BE_SERVICES
    )


def _is_part(phrase: tuple[str, ...], counted: dict[tuple[str, ...], int]) -> bool:
    """Whether nearly everybody who used these words used a longer phrase around them."""
    if len(phrase) != 2:
        return False
    return any(
        len(other) == 3 and phrase in (other[:2], other[1:]) and counted[other] >= 0.8 * counted[phrase]
        for other in counted
    )
