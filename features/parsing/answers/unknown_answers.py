"""Does this field say no more than that the answer is not known? "Unknown", "ask patient", "will bring card", "?".

Lives here: whether every word of a text is a remark about the answer, in English, Spanish and a few other languages;
whether a text stands for "no number".
Does not live here: the usual markers of a missing value (``scalars``), contacts that stand for nobody
(``placeholder_contacts``).
"""

import re
import unicodedata

from features.arrays.text_memory import remember_texts

__all__ = ["REMARK_WORDS", "fold_words", "is_generic_service", "is_unknown_answer", "stands_for_no_number"]

_SAYS_UNKNOWN = frozenset(
    """unknown unk unkn dont doesnt didnt not no unsure tbd tba tbc idk dk ask asked ask? pending verify verifying
    verified confirm confirming confirmed check checking bring later other others misc undecided determine unclear
    unspecified undisclosed declined declines decline refused refuses missing blank empty select choose see waiting
    awaiting await null nil none na nd prefer rather any anything whatever undetermined later withheld forgot
    desconocido desconocida desconoce pendiente preguntar confirmar verificar determinar definir otro otra otros otras
    ninguno ninguna traera traer sin cualquiera despues
    unverified unlisted determined dunno hidden redacted collected reported recorded
    unbekannt keine kein nicht sonstige sonstiges andere offen unbek inconnu inconnue autre autres pas confirmer non
    nao desconhecido desconhecida sconosciuto sconosciuta onbekend niet okand okant vet ej ukendt ikke nieznane nieznany
    nieznana brak""".split()
)
"""Words of which a remark has at least one."""

_FILLS_REMARK = frozenset(
    """i im we they he she you it its is are was will would can could has have had do does did the a an my his her their
    our your to be been of for at in on by with from and or as if when yet still now so this that there here me us him
    them need needs needed must should want wants patient patients pt client person caller customer family card cards
    insurance info information details data number name coverage visit appointment appt time office desk front staff
    answer response reply question option one please phone call calls called back mail email text send bring brings give
    gives gave given tell told say said sure know knows known remember recall recalls provide provided provides set
    stated specified available applicable listed disclosed found entered selected chosen file chart note notes comment
    comments above below preference yet moment today tomorrow soon help service procedure treatment reason payer carrier
    plan field value verification callback
    el la los las un una lo al del de en por para que y o su sus mi se le es esta estoy seguro segura se sabe sabemos
    saber recuerdo aun todavia paciente tarjeta informacion datos dato cita llamar luego tarde mas especificar
    especificado especificada proporcionado proporcionada indicado indicada disponible aplica listado dijo dio estos
    estas entiendo
    angabe angaben angegeben weiss bekannt ich es je ne sais renseigne renseignee precise precisee fourni fournie
    sei informado informada especificar definir da definire so weet angivet oppgitt
    n a in into list dont do be being to process follow left filled fill selection record attached attachment photo
    picture specify id ill""".split()
)

_NOT_A_NUMBER_YET = frozenset(
    """-- --- – — ? ?? . .. ... n.a. n.a n/d n.d. nd k.a. s/d tbd tba unknown unk none nil (blank) (empty) (null)
    (not_set) #value! #ref! #div/0! #null! #name? #num! #n/a pending ausstehend unbekannt desconocido""".split()
) | {"not available", "not given", "not provided", "no data", "no value", "keine angabe", "not applicable", "not set"}
"""Texts that stand for "no number" in a column of numbers, in lower case; in other columns they may be values."""

REMARK_WORDS = _SAYS_UNKNOWN | _FILLS_REMARK
"""Every word of a remark about an answer."""

_SHORT_REMARKS = frozenset(
    {"", "x", "xx", "xxx", "n", "na", "n a", "n d", "s d", "k a", "n s", "ns", "nr", "tb d", "n v"}
)
_UNFILLED_TEMPLATE = re.compile(
    r"\{\{[^{}]*\}\}|\$\{[^{}]*\}|\{[^{}]*:\d+\}|%%[\w.-]+%%|%[a-z_.]+%|\*\|[\w:]+\|\*|<%.*%>|\[your-[\w-]+\]"
    r"|\[\[[\w. -]+\]\]",
    re.IGNORECASE,
)
"""A form's own placeholder that no program has filled in: "{{contact.insurance}}", "[your-message]"."""

_GENERIC_SERVICES = frozenset(
    """appointment|appointments|consultation|consult|visit|office visit|new patient|new patient visit|
    new patient appointment|existing patient|follow up|followup|evaluation|general|general inquiry|general enquiry|
    general question|question|questions|inquiry|enquiry|info|information|more information|services|service|
    medical|medical question|help|cita|consulta|informacion|pregunta|general information|yes|no|si|see message|
    request appointment|book appointment|schedule appointment""".replace("\n    ", "").split("|")
)
"""What people write in place of a service, folded."""


def is_generic_service(text: str) -> bool:
    """Return whether a text names no service at all, so that it cannot be one that the practice lacks.

    >>> is_generic_service("New patient"), is_generic_service("not sure"), is_generic_service("Botox")
    (True, True, False)
    """
    return fold_words(text) in _GENERIC_SERVICES or is_unknown_answer(text)


def fold_words(text: str) -> str:
    """Return a text in lower case without accents and punctuation, one space between words.

    >>> fold_words("I don\u2019t  know\u2026"), fold_words("(Not Set)"), fold_words("No s\u00e9")
    ('i dont know', 'not set', 'no se')
    """
    unaccented = text.casefold()
    if not unaccented.isascii():
        decomposed = unicodedata.normalize("NFKD", unaccented)
        unaccented = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(re.findall(r"\w+", re.sub(r"['\u2019`\u00b4]", "", unaccented).replace("_", " ")))


@remember_texts(65_536)
def is_unknown_answer(text: str) -> bool:
    """Return whether a text only says that the answer is not known, or not given yet.

    >>> [
    ...     is_unknown_answer(text)
    ...     for text in ("Unknown", "?", "I don't know", "will bring card", "no s\u00e9", "(not set)")
    ... ]
    [True, True, True, True, True, True]
    >>> [is_unknown_answer(text) for text in ("Aetna", "Aetna, not sure", "no insurance, cash", "Physical therapy")]
    [False, False, False, False]
    """
    folded = fold_words(text)
    if folded in _SHORT_REMARKS or _UNFILLED_TEMPLATE.fullmatch(text.strip()):
        return True
    tokens = folded.split()
    is_remark = all(word in _SAYS_UNKNOWN or word in _FILLS_REMARK for word in tokens)
    return is_remark and not _SAYS_UNKNOWN.isdisjoint(tokens)


def stands_for_no_number(value: object) -> bool:
    """Return whether a text in a column of numbers says that there is none, as a dash or a remark does.

    >>> [stands_for_no_number(text) for text in ("--", "not recorded", "tbd", "about 5", "12")]
    [True, True, True, False, False]
    """
    if not isinstance(value, str):
        return False
    folded = value.strip().casefold()
    # "x" may be a mark that means something.
    is_remark = len(folded) > 2 and not any(map(str.isdigit, folded)) and is_unknown_answer(folded)
    return folded in _NOT_A_NUMBER_YET or is_remark
