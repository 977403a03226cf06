"""Which words stand in dates? Months and weekdays in ten languages, and the abbreviations of time zones.

Lives here: the words, in lower case and without accents.
Does not live here: where in a text they may stand (``date_texts``).
"""

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

__all__ = ["AMBIGUOUS_ZONES", "FILLERS", "MONTHS", "WEEKDAYS", "find_zone", "parse_zone"]

_MONTH_NAMES = {
    1: "jan january januar janner jaenner janv janvier ene enero janeiro gen gennaio januari stycznia sty ocak",
    2: "feb february februar febr fev fevr fevrier febrero fevereiro febbraio februari lutego lut subat",
    3: "mar march marz maerz mrz mars marzo marco mrt maart marts marca mart",
    4: "apr april avr avril abr abril aprile kwietnia kwi nisan",
    5: "may mai mayo maio mag maggio mei maj maja mayis",
    6: "jun june juni juin junio junho giu giugno czerwca cze haziran",
    7: "jul july juli juil juillet julio julho lug luglio lipca lip temmuz",
    8: "aug august aout ago agosto augustus augusti sierpnia sie agustos",
    9: "sep sept september septembre septiembre setiembre set setembro settembre wrzesnia wrz eylul",
    10: "oct october okt oktober octobre octubre out outubro ott ottobre pazdziernika paz ekim",
    11: "nov november novembre noviembre novembro listopada kasim",
    12: "dec december dez dezember decembre dic diciembre dezembro dicembre desember des grudnia gru aralik",
}
MONTHS = {word: month for month, words in _MONTH_NAMES.items() for word in words.split()}
"""Name or abbreviation of a month -> 1 to 12. No word means different months in two of the languages."""

WEEKDAYS = frozenset(
    "mon tue tues wed weds thu thur thurs fri sat sun "
    "monday tuesday wednesday thursday friday saturday sunday "
    "mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag "
    "lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche "
    "mie jue vie sab dom lunes martes miercoles jueves viernes sabado domingo "
    "seg ter qua qui sex segunda terca quarta quinta sexta feira "
    "gio lunedi martedi mercoledi giovedi venerdi sabato domenica "
    "mandag tisdag tirsdag onsdag torsdag fredag lordag sondag "
    "poniedzialek wtorek sroda czwartek piatek sobota niedziela "
    "pazartesi sali carsamba persembe cuma cumartesi pazar "
    "ma wo za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag".split()
)

FILLERS = frozenset(
    "of the de del do da di le la el den der am um at on at a as om alle ore les kl klo godz den d".split()
)
"""Small words around the parts of a date: "6 de enero", "January 6th at 8:05", "6. Januar um 8:05 Uhr"."""

_FIXED_HOURS = {
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7, "akst": -9, "akdt": -8,
    "hst": -10, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3, "wet": 0, "west": 1, "bst": 1, "cet": 1,
    "cest": 2, "mez": 1, "mesz": 2, "eet": 2, "eest": 3, "msk": 3, "gst": 4, "sgt": 8, "hkt": 8, "awst": 8, "jst": 9,
    "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
}  # fmt: skip
_ZONES: dict[str, tzinfo] = {name: timezone(timedelta(hours=hours)) for name, hours in _FIXED_HOURS.items()} | {
    "z": UTC,
    "utc": UTC,
    "gmt": UTC,
    "ut": UTC,
    "zulu": UTC,
    "et": ZoneInfo("America/New_York"),
    "ct": ZoneInfo("America/Chicago"),
    "mt": ZoneInfo("America/Denver"),
    "pt": ZoneInfo("America/Los_Angeles"),
}

AMBIGUOUS_ZONES = frozenset({"ist", "ast"})
"""Abbreviations that are used for several zones: IST is India's, Israel's and Ireland's."""


def find_zone(abbreviation: str) -> tzinfo | None:
    """Return the time zone of an abbreviation in lower case; None if it is unknown or ambiguous.

    CST is the American Central Standard Time, BST the British Summer Time.

    >>> find_zone("est"), find_zone("ist")
    (datetime.timezone(datetime.timedelta(days=-1, seconds=68400)), None)
    """
    return _ZONES.get(abbreviation)


_OFFSET = re.compile(r"(?:utc|gmt|z)?\s?([+-])(\d{1,2})(?::?(\d{2}))?")


def parse_zone(text: str) -> tzinfo | None:
    """Return the time zone of "UTC", "-05:00", "GMT+2", "EST" or "America/New_York"; None if it is none.

    >>> parse_zone("GMT+2"), parse_zone("america/new_york"), parse_zone("IST")
    (datetime.timezone(datetime.timedelta(seconds=7200)), zoneinfo.ZoneInfo(key='America/New_York'), None)
    """
    folded = text.strip().lower()
    if match := _OFFSET.fullmatch(folded):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        # The islands furthest ahead, Kiribati's, are at +14; beyond that it is no offset but a number.
        if offset > timedelta(hours=14):
            return None
        return UTC if not offset else timezone(-offset if match[1] == "-" else offset)
    if "/" in folded:
        name = _zone_names().get(folded)
        return None if name is None else ZoneInfo(name)
    return find_zone(folded)


@cache
def _zone_names() -> dict[str, str]:
    """Return the names of the time zone database by their lower case."""
    return {name.lower(): name for name in available_timezones()}
