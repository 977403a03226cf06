"""Is this message Spanish? Common words of both languages, counted.

Lives here: that count. Does not live here: what it is for (``serving.desk.assignment``: who speaks the language calls;
``serving.insights``: do they wait longer?). It never enters a score, a model or a log.
"""

import re

__all__ = ["detect_language"]

_COMMON_WORDS = {
    "Spanish": frozenset(
        "el la los las un una de del que y en por para con mi me su es estoy tengo quiero quisiera necesito puedo cita "
        "dolor hola gracias seguro cuando donde como pero muy desde hace años mamá papá hijo hija rodilla espalda "
        "favor ustedes atienden llamen pueden días buenos buenas".split()
    ),
    "English": frozenset(
        "the a an of and to in on for with my me is are am i have want need can could would appointment pain hello hi "
        "thanks please insurance when where how but very since your you it this that was".split()
    ),
}
_LEAST_WORDS = 3
"""Common words of a language that a message must hold: "la" alone may be a city."""


def detect_language(message: str | None) -> str:
    """Return "Spanish" for a message that reads as Spanish; empty for English, for anything else, and where in doubt.

    >>> detect_language("Hola, tengo dolor en la rodilla y quiero una cita"), detect_language("My knee hurts in LA")
    ('Spanish', '')
    """
    tokens = re.findall(r"[^\W\d_]+", (message or "").casefold())
    counts = {language: sum(word in vocabulary for word in tokens) for language, vocabulary in _COMMON_WORDS.items()}
    is_spanish = counts["Spanish"] >= _LEAST_WORDS and counts["Spanish"] > 2 * counts["English"]
    return "Spanish" if is_spanish else ""
