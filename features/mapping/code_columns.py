"""Are these whole numbers codes, such as a region's, or do they count something?

Lives here: the judgment by the words of a header and the shape of the values.
Does not live here: all other kinds (``type_inference``), the judgment on later leads where this one is close
(``profiling.code_detection``).
"""

import re
import unicodedata

import numpy as np

from features.array_types import FloatArray

__all__ = ["are_codes", "names_a_quantity"]

_CODE_WORDS = frozenset(
    "code codes codigo kode id ids key zip zipcode plz postal postcode region regions zone zones district ward "
    "county state province territory market dma msa fips naics sic icd cpt browser browsers os system systems "
    "device platform version carrier network type types typ kind class category categories group segment cluster "
    "tier bucket channel plan department dept branch store site clinic sector industry occupation sku brand "
    "manufacturer queue facility facilities location locations office hospital pharmacy team shift "
    "kennzahl kategorie gruppe filiale abteilung categoria grupo segmento canal sucursal tipo "
    "tipos categorie groupe secteur regiao setor groep".split()
)
# One of many things with a number: codes as the last word of a header ("preferred doctor"), not before another
# ("product related", pages about products), and only where values come again.
_THING_WORDS = frozenset(
    "cat status stage reason gender sex race ethnicity language nationality religion country city doctor provider "
    "physician specialty procedure treatment method insurance insurer payer partner referrer affiliate product course "
    "service source medium form keyword creative adset adgroup produkt kurs arzt sprache versicherung geschlecht stadt "
    "grund producto curso medico idioma seguro aseguradora estado motivo sexo ciudad pais produit cours medecin langue "
    "assurance statut motif sexe ville pays produto convenio cidade".split()
)
# Words of a quantity win over those of a code: "group size", "class count".
_QUANTITY_WORDS = frozenset(
    "number count counts total amount sum avg average mean median rate ratio percent percentage pct score index "
    "points price cost value income revenue salary age year years month months week weeks day days hour hours "
    "minute minutes second seconds duration time times visits views pages clicks opens distance miles km size "
    "weight height length width quantity qty spend budget balance nights rooms adults children babies calls "
    "emails messages sessions attempts leads bookings orders items units level rank order priority position depth "
    "per of anzahl summe betrag menge dauer alter jahre tage cantidad monto edad nombre montant duree".split()
)
# What a system numbers itself, and what is counted too ("contacts in this campaign"): 1 to 42 under such a header may
# count, 10250 and 10377 do not.
_NUMBERED_WORDS = frozenset(
    "campaign campaigns ad ads adset adgroup creative keyword form source medium payer insurer referrer partner course "
    "product service offer landing affiliate kampagne quelle campana fuente campanha campagne".split()
)
_LEAST_DISTINCT = 3
_LONG_CODE = 1e7
"""From here on, whole numbers of one length that recur are codes under any header: nothing is counted so far."""
_LONG_NUMBER = 1e3
"""The same under a header of something that systems number."""
_MOST_NEW = 0.9
"""Under such a header one value in ten comes again; elsewhere every second."""


def are_codes(header: str, numbers: FloatArray) -> bool:
    """Return whether numbers are codes without order: whole numbers from 0 under a header with a word for codes, or
    long ones of equally many digits that recur; four digits are long under a header of something that systems number.

    >>> are_codes("Region_Code", np.array([28.0, 3, 46])), are_codes("Group size", np.array([2.0, 3, 4]))
    (True, False)
    >>> are_codes("Campaign", np.array([10250.0, 10377, 10412] * 9)), are_codes("Campaign", np.array([1.0, 2, 42] * 9))
    (True, False)
    >>> are_codes("Course", np.array([1.0, 2, 42] * 9)), are_codes("Courses", np.array([1.0, 2, 42] * 9))
    (True, False)
    >>> are_codes("NPI", np.array([1234567893.0, 1245319599, 1999999992] * 9))
    True
    """
    words = _split_header(header)
    header_words = set(words)
    present = numbers[~np.isnan(numbers)]
    if (
        header_words & _QUANTITY_WORDS
        or not len(present)
        or (present < 0).any()
        or (present != np.round(present)).any()
    ):
        return False
    distinct = np.unique(present)
    least = _LONG_NUMBER if header_words & _NUMBERED_WORDS else _LONG_CODE
    is_long = distinct[0] >= least and distinct[-1] < 10 ** (np.floor(np.log10(distinct[0])) + 1)
    is_round = (distinct % 1000 == 0).all()
    # Numbers of a system recur although there are many; no other five digits would.
    recurs = len(distinct) <= len(present) * (_MOST_NEW if header_words & _NUMBERED_WORDS else 1 / 2)
    names_a_thing = words[-1:] and words[-1] in _THING_WORDS and recurs
    return len(distinct) >= _LEAST_DISTINCT and bool(
        header_words & _CODE_WORDS or names_a_thing or (is_long and recurs and not is_round)
    )


def names_a_quantity(header: str) -> bool:
    """Return whether a header says that its numbers count or measure something.

    >>> names_a_quantity("Visits"), names_a_quantity("Region")
    (True, False)
    """
    return not _QUANTITY_WORDS.isdisjoint(_split_header(header))


def _split_header(header: str) -> list[str]:
    """Return the words of a header in lower case, without accents, in their order."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", header)
    # NFKD takes accents off their letters: "Código" has to meet the word "codigo".
    unaccented = "".join(mark for mark in unicodedata.normalize("NFKD", spaced) if not unicodedata.combining(mark))
    return re.sub(r"[^\w]+|_", " ", unaccented).lower().split()
