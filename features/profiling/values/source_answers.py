"""Does a column say where people heard of the practice: "How did you hear about us?", or "Referred by" over channels?

Lives here: headers that ask for it, in several languages, and values that are channels, or persons.
Does not live here: usual headers of a source (``mapping.column_headers``), who referred a lead (``signals.decision``).
"""

import re

import numpy as np

from features.mapping.type_inference import split_header
from features.privacy.name_lists import remove_accents
from features.privacy.person_names import classify_name, reads_as_person

__all__ = ["asks_for_source", "names_channels", "names_persons"]

_ORIGIN_QUESTION = re.compile(
    r"\b(?:how|where|que|como|donde|wie|wo|comment|ou|hoe|waar|come|dove)\b.*"
    r"\b(?:hear|heard|find|found|learn|learned|discover|discovered|come across|entero|enteraste|supo|supiste|escucho|"
    r"oyo|conocio|conociste|encontro|encontraste|gefunden|erfahren|aufmerksam|connus?|connaissez|entendu|trouves?|"
    r"conheceu|conosciuto|trovato|gevonden|kent)\b.*"
    r"\b(?:us|our|practice|clinic|office|nosotros|nos|clinica|consultorio|uns|praxis|nous|cabinet|ons|praktijk|ci)\b|"
    r"\b(?:como|comment)\b.*\bn(?:os|ous)\b.*\b(?:entero|conocio|conociste|encontro|connus?|trouves?|conheceu)\b|"
    r"\b(?:wie)\b.*\buns\b.*\b(?:gefunden|aufmerksam)\b|\b(?:come)\b.*\bci\b.*\b(?:conosciuto|trovato)\b|"
    r"^(?:heard|hear) (?:about|of) (?:us|our)\b"
)
_CHANNEL = re.compile(
    r"\b(?:google|facebook|fb|instagram|ig|tiktok|youtube|yelp|bing|nextdoor|linkedin|twitter|whatsapp|zocdoc|"
    r"healthgrades|internet|online|web|website|search|social|reviews?|ads?|advert\w*|radio|tv|television|billboard|"
    r"sign|flyer|mailer|mail|email|newsletter|magazine|newspaper|podcast|event|friends?|family|relative|neighbou?rs?|"
    r"co ?workers?|colleague|word of mouth|patient|insurance|walk(?:ed)?|drove|drive|doctor|physician|dentist|referral|"
    r"other|self|employer|school|church|amig[oa]s?|familiar(?:es)?|familia|vecin[oa]s?|recomendacion|anuncio|"
    r"busqueda|redes|internet|seguro|medico|pase|volante|freunde?|familie|empfehlung|zeitung|werbung|arzt|ami|amie|"
    r"famille|bouche|medecin|amico|amica|famiglia|passaparola|amigos?|indicacao)\b"
)
_OTHERWISE = re.compile(
    r"\b(?:help|staff|team|prices?|cost\w*|wait\w*|pain|eas(?:y|ily|ier)|parking|experience|quality|sales?|offers?|"
    r"directions?)\b"
)
"""What a question is about that asks for an opinion: "How did you find our staff?"."""
_MOST_CHANNELS, _MANY_PERSONS = 0.8, 0.5
_TITLE = re.compile(r"\bdr\b|\bdra\b|\bmd\b|\bdds\b")


def asks_for_source(header: str) -> bool:
    """Return whether a header asks where the person heard of the practice.

    >>> [
    ...     asks_for_source(text)
    ...     for text in (
    ...         "How did you hear about our clinic? (please describe)",
    ...         "¿Cómo se enteró de nosotros?",
    ...         "How can we help you find our office?",
    ...         "How did you find our staff?",
    ...     )
    ... ]
    [True, True, False, False]
    """
    folded = _fold(header)
    return _OTHERWISE.search(folded) is None and _ORIGIN_QUESTION.search(folded) is not None


def names_channels(values: np.ndarray) -> bool:
    """Return whether nearly all texts are channels, such as "Google" or "a friend", and hardly any names a doctor.

    >>> names_channels(np.array(["Google", "Friend", "Yelp"])), names_channels(np.array(["Dr. Maria Lopez", "Google"]))
    (True, False)
    """
    texts = [_fold(str(value)) for value in values]
    channels = [bool(_CHANNEL.search(text)) and not _TITLE.search(text) for text in texts]
    return bool(texts) and float(np.mean(channels)) >= _MOST_CHANNELS


def names_persons(values: np.ndarray) -> bool:
    """Return whether half of the texts or more name a person: a doctor who refers, or somebody who pays.

    >>> names_persons(np.array(["Dr. Hill", "Self", "Ann Lee"])), names_persons(np.array(["Aetna", "Blue Cross"]))
    (True, False)
    """
    distinct = {str(value) for value in values}
    full = sum(_TITLE.search(_fold(text)) is not None or reads_as_person(text) for text in distinct)
    # One surname may be a brand: "Kaiser".
    surnames = sum(classify_name(text) in ("surname", "name") for text in distinct)
    return full + surnames * (surnames > 1) >= _MANY_PERSONS * max(len(distinct), 1)


def _fold(text: str) -> str:
    """Return a text in lower case, without accents and marks."""
    return " ".join(map(remove_accents, split_header(text)))
