"""What do many people write that names none of our services? Phrases of two or three words that ten people used.

Lives here: counting such phrases, and leaving out whatever could be a name, a number or an address.
Does not live here: the phrases that already have a meaning (``text.phrase_lexicon``), what becomes of these (hints,
``draft_writer``).
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from math import isnan

from features.text.message_reader import MessageReader
from features.text.tokenization import normalize_text

__all__ = ["MIN_PEOPLE", "find_common_phrases"]

MIN_PEOPLE = 10
"""What fewer people share is never written to a file: it could point to one of them."""

MAX_MESSAGES = 20_000
"""Messages that are read at most, evenly sampled: more would change no phrase that matters."""

Phrase = tuple[str, ...]

_CAPITAL_SHARE = 0.3
_MAY_BE_SERVICES = ("condition", "procedure", "other_words")
_NAMING = re.compile(
    r"\b(?:name(?:'s| is)?|names|this is|i am|i'm|im|dr|doctor|dra|mr|mrs|ms|miss|thanks|thank you|thx|regards"
    r"|sincerely|best|cheers|gracias|saludos|atentamente|soy|llamo|senor|senora|son|daughter|wife|husband|hijo|hija|hi|hello|hola|dear|from)"
    r"[\s,.:!-]+(?:\w+[.]?\s+)?(\w+)",
    re.IGNORECASE,
)
_CAPITAL = re.compile(r"(?<=[\w,;] )[A-Z][a-zà-ÿ]+")
_CLEAN = re.compile(r"\S*@\S*|\S*https?\S*|\S*www\.\S*", re.IGNORECASE)
_FUNCTION_WORDS = frozenset(
    (
        "a an the i im ive id me my mine we our us you your yours he him his she her it its they them their this that "
        "these those there here and or but so if then than as at by for from in into of on to with without about "
        "after before over under up down out off since until am is are was were be been being do does did done doing "
        "have has had having will would can could should may might must shall not no nor dont doesnt didnt cant "
        "cannot couldnt wont wouldnt isnt arent wasnt just very really too also only even still yet now please thanks "
        "thank hi hello dear what which who when where why how all any some more most much many few other another "
        "such own same one two get got getting go going come need needs want wants like looking look help know see "
        "make take hope let tell said says say el la los las un una unos unas de del al y o que en con por para mi "
        "mis tu su sus te se lo le les yo nos es son esta estoy tengo tiene hay si ya muy mas como cuando donde "
        "quiero necesito quisiera gracias hola ago good god bless hey guys pretty sure mostly morning afternoon "
        "evening night day days wk wks week weeks mo mos month months yr yrs year years today hace desde dias semanas "
        "meses anos buenas buenos"
    ).split()
)


def find_common_phrases(
    messages: Sequence[tuple[str, str]], reader: MessageReader, limit: int = 40
) -> list[tuple[str, int]]:
    """Find phrases that name no service, with the number of people who used them, most frequent first.

    Parameters
    ----------
    messages : sequence of (person, message)
        ``person`` is anything that identifies a person; it is counted and then dropped.
    reader : Reader
        Knows the services. Messages that name one are left out.
    """
    # Rounded up, -(-7 // 3) = 3: every third of 7 messages is read, over the whole export and not only its beginning.
    step = max(1, -(-len(messages) // MAX_MESSAGES))
    unserved = [
        (person, _CLEAN.sub(" | ", message))
        for person, message in messages[::step]
        if not reader.read(message).services
    ]
    names = _find_likely_names(message for _, message in unserved)
    people_by_phrase: dict[Phrase, set[str]] = {}
    for person, message in unserved:
        for phrase in set(_word_runs(normalize_text(message), names)):
            people_by_phrase.setdefault(phrase, set()).add(person)
    counts = {phrase: len(people) for phrase, people in people_by_phrase.items() if len(people) >= MIN_PEOPLE}
    hints = [phrase for phrase in counts if not _is_part(phrase, counts) and not _has_meaning(" ".join(phrase), reader)]
    hints.sort(key=lambda phrase: (-counts[phrase], phrase))
    return [(" ".join(phrase), counts[phrase]) for phrase in hints[:limit]]


def _word_runs(text: str, names: frozenset[str]) -> Iterable[Phrase]:
    """Return the runs of two and three words of one clause that begin and end with a content word.

    Without digits, single letters, or anything like a name.
    """
    for clause in text.replace(",", "|").split("|"):
        tokens = clause.split()
        for length in (2, 3):
            for start in range(len(tokens) - length + 1):
                phrase = tuple(tokens[start : start + length])
                if not {phrase[0], phrase[-1]} & _FUNCTION_WORDS and all(
                    token.isalpha() and len(token) > 1 and token not in names for token in phrase
                ):
                    yield phrase


def _find_likely_names(messages: Iterable[str]) -> frozenset[str]:
    """Find words that are often capitalized inside a sentence, or where people name themselves or greet somebody."""
    occurrences: Counter[str] = Counter()
    as_name: Counter[str] = Counter()
    for message in messages:
        occurrences.update(normalize_text(message).split())
        introduced = [token for token in _NAMING.findall(message) if token not in _FUNCTION_WORDS]
        as_name.update(normalize_text(token) for token in (*_CAPITAL.findall(message), *introduced))
    return frozenset(token for token, count in as_name.items() if count > _CAPITAL_SHARE * occurrences[token])


def _has_meaning(phrase: str, reader: MessageReader) -> bool:
    """Return whether a phrase has a meaning other than a condition or a procedure: then it is no service."""
    reading = reader.read(phrase)
    return not isnan(reading.days) or any(
        count for group, count in reading.counts.items() if group not in _MAY_BE_SERVICES
    )


def _is_part(phrase: Phrase, counts: dict[Phrase, int]) -> bool:
    """Return whether nearly everybody who used these words used a longer phrase around them."""
    if len(phrase) != 2:
        return False
    return any(
        len(other) == 3 and phrase in (other[:2], other[1:]) and counts[other] >= 0.8 * counts[phrase]
        for other in counts
    )
