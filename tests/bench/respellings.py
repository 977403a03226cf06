"""Does a lead get the same score however it is spelled? 36 invented leads, each in 60 spellings of the same meaning.

    python -m tests.bench.respellings [--model BUNDLE] [--strangers]

Each respelling goes through a scored file and through an API payload. At most one in a hundred may move a score by more
than one point, none a grade. Without a model, one is trained on the demo practice in a temporary folder.
``--strangers`` runs the spellings of ``stranger_respellings`` in place of these."""

import html
import sys
import tempfile
import unicodedata
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click
import numpy as np
import pandas as pd

from features.batch import Batch
from features.mapping.column_mapping import Mapping
from features.point_in_time.context import Context
from features.point_in_time.scoring_moments import Moments
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.json_payload import convert_payload
from features.tables.tables import read_tables
from tests.bench.lead_changes import (
    CATEGORIES,
    TEXTS,
    Lead,
    Respell,
    change_columns,
    change_date,
    change_moment,
    change_words,
    choose_digits,
    invent_leads,
    write_answers,
    write_blanks,
    write_fullwidth,
)
from tests.bench.stranger_respellings import list_stranger_respellings
from training.bundle import Bundle

MOST_MOVED = 0.01
POINT = 0.01


@dataclass(frozen=True)
class Moved:
    """One lead that a respelling moved."""

    respelling: str
    way: str
    lead: str
    before: float
    after: float
    grade_changed: bool


def list_respellings(zone: ZoneInfo) -> dict[str, Respell]:
    """Return the 60 respellings, for a practice in this time zone."""
    utc = ZoneInfo("UTC")
    return {
        "categories in capitals": change_columns(*CATEGORIES)(lambda text, _: text.upper()),
        "categories in lower case": change_columns(*CATEGORIES)(lambda text, _: text.lower()),
        "categories with capitals": change_columns(*CATEGORIES)(lambda text, _: text.title()),
        "message in capitals": change_columns("message")(lambda text, _: text.upper()),
        "message in lower case": change_columns("message")(lambda text, _: text.lower()),
        "spaces around": change_columns(*TEXTS, "phone", "email", "postal_code")(lambda text, _: f"  {text} \t"),
        "two spaces between": change_columns(*TEXTS)(lambda text, _: text.replace(" ", "  ")),
        "no-break spaces": change_columns(*TEXTS, "phone")(lambda text, _: text.replace(" ", "\u00a0")),
        "narrow spaces": change_columns(*TEXTS)(lambda text, _: text.replace(" ", "\u2009")),
        "zero-width characters": change_columns(*TEXTS, "email", "phone", "postal_code")(
            lambda text, _: f"\ufeff{text}\u200b"
        ),
        "soft hyphens and directions": change_columns(*TEXTS)(lambda text, _: f"\u200e{text}\u200f"),
        "full-width letters": change_columns(*CATEGORIES, "phone", "postal_code", "email")(
            lambda text, _: write_fullwidth(text)
        ),
        "decomposed accents": change_columns(*TEXTS)(lambda text, _: unicodedata.normalize("NFD", text)),
        "curly quotes and dashes": change_columns("message")(
            lambda text, _: text.replace("'", "\u2019").replace("-", "\u2011")
        ),
        "HTML escapes": change_columns(*TEXTS)(lambda text, _: html.escape(text).replace("&#x27;", "&#39;")),
        "HTML no-break spaces": change_columns("message")(lambda text, _: text.replace(" ", "&nbsp;")),
        "HTML paragraphs": change_columns("message")(lambda text, _: f"<p>{text.replace('. ', '.<br/>')}</p>"),
        "line breaks in the message": change_columns("message")(
            lambda text, _: text.replace(", ", ",\r\n").replace(". ", ".\n\n")
        ),
        "quotes around the message": change_columns("message")(lambda text, _: f'"{text}"'),
        "underscores for spaces": change_columns("channel", "relation")(
            lambda text, _: text.replace("_", " ").replace(" ", "_")
        ),
        "hyphens for spaces": change_columns("channel", "service_requested", "payer")(
            lambda text, _: text.replace(" ", "-").replace("_", "-")
        ),
        "no spaces": change_columns("channel")(lambda text, _: text.replace("_", "").replace(" ", "")),
        "dates as Americans write them": change_date(zone, "%m/%d/%Y %I:%M %p", "%m/%d/%Y, %I:%M:%S %p"),
        "dates with the month's name": change_date(
            zone, "%b %d, %Y %I:%M %p", "%B %d, %Y at %I:%M %p", "%d-%b-%Y %H:%M"
        ),
        "dates with the weekday": change_date(zone, "%A, %B %d, %Y %I:%M %p", "%a %b %d %Y %H:%M:%S"),
        "dates with their offset": change_moment(lambda moment: moment.astimezone(zone).isoformat()),
        "dates with another offset": change_moment(
            lambda moment: moment.astimezone(ZoneInfo("Asia/Tokyo")).isoformat()
        ),
        "dates of mail": change_moment(lambda moment: format_datetime(moment.astimezone(zone))),
        "dates in milliseconds": change_moment(lambda moment: int(moment.timestamp() * 1000)),
        "dates in seconds": change_moment(lambda moment: int(moment.timestamp())),
        "dates without marks": change_date(utc, "%Y%m%dT%H%M%SZ"),
        "dates with microseconds": change_date(utc, "%Y-%m-%d %H:%M:%S.000000+00:00"),
        "dates with a zone's name": change_date(utc, "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %I:%M %p GMT"),
        "phones in brackets": change_columns("phone")(choose_digits("({0}) {1}-{2}", "({0}){1}-{2}", "({0}) {1} {2}")),
        "phones with the country": change_columns("phone")(
            choose_digits("+1 {0} {1} {2}", "1-{0}-{1}-{2}", "+1({0}){1}-{2}", "001 {0} {1} {2}")
        ),
        "phones as links": change_columns("phone")(choose_digits("tel:+1{0}{1}{2}", "tel:{0}-{1}-{2}")),
        "phones as numbers": change_columns("phone")(choose_digits("{0}{1}{2}.0", "{0}{1}{2}", "{0}.{1}.{2}")),
        "phones with a remark": change_columns("phone")(
            choose_digits("{0}-{1}-{2} (mobile)", "cell: {0} {1} {2}", "{0}-{1}-{2} - ask for me")
        ),
        "addresses in capitals": change_columns("email")(lambda text, _: text.upper()),
        "addresses with a name": change_columns("email")(lambda text, _: f"Some One <{text}>"),
        "addresses as links": change_columns("email")(lambda text, _: f"mailto:{text}"),
        "ZIP codes of nine digits": change_columns("postal_code")(
            lambda text, number: f"{text}{('-', ' ', '')[number % 3]}1234"
        ),
        "ZIP codes without their zero": change_columns("postal_code")(
            lambda text, number: (text.lstrip("0"), f"{int(text)}.0")[number % 2]
        ),
        "ZIP codes with the state": change_columns("postal_code")(
            lambda text, number: (f"MA {text}", f"{text}, USA")[number % 2]
        ),
        "channels in other words": change_words(
            "channel",
            {
                "web_form": ("Website Form", "Contact form", "Form Fill"),
                "inbound_call": ("Phone Call", "Incoming call", "Call (inbound)"),
                "chat": ("Live chat", "Web Chat", "Chat widget"),
                "referral": ("Doctor Referral", "Referrals", "Physician referral"),
                "email": ("E-mail", "Email inquiry", "e mail"),
            },
        ),
        "payers in other words": change_words(
            "payer",
            {
                "self pay": ("Self-Pay", "cash", "out of pocket", "paying cash"),
                "Aetna": ("Aetna Inc.", "AETNA", "Aetna Insurance"),
                "Blue Cross Blue Shield": (
                    "BlueCross BlueShield",
                    "Blue Cross/Blue Shield",
                    "Blue Cross & Blue Shield",
                ),
                "Medicare": ("MEDICARE", "Medicare Insurance", "medicare"),
            },
        ),
        "yes and no in words": write_answers(
            ("Yes", "Y", "true", "TRUE", "x", "Checked"), ("No", "N", "false", "FALSE", "n", "Unchecked")
        ),
        "empty cells in words": write_blanks("", "N/A", "-", "null", "(blank)", "Unknown", "not provided", "None"),
        "marks behind": change_columns(*CATEGORIES)(
            lambda text, number: text + (".", ",", "*", "!", " \U0001f44d")[number % 5]
        ),
        "marks in front": change_columns(*CATEGORIES)(
            lambda text, number: ("\u2022 ", "'", "\u2705 ")[number % 3] + text
        ),
        "marks around": change_columns(*CATEGORIES)(
            lambda text, number: ("\u201c{}\u201d", '"{}"', "({})", "[{}]")[number % 4].format(text)
        ),
        "who asks in other words": change_words(
            "relation",
            {
                "self": ("Myself", "me", "Self (patient)"),
                "parent": ("Mother", "Dad", "parent of patient"),
                "spouse": ("Husband", "my wife", "Spouse/Partner"),
            },
        ),
        "ways of contact in other words": change_words(
            "preferred_contact",
            {
                "phone": ("Call", "by phone", "Phone call"),
                "email": ("E-mail", "via email", "by e-mail"),
                "sms": ("Text", "text message", "SMS/Text"),
            },
        ),
        "soon in other words": change_words(
            "timeframe", {"as soon as possible": ("ASAP", "asap!", "A.S.A.P.", "right away")}
        ),
        "messages escaped twice": change_columns("message")(
            lambda text, _: html.escape(html.escape(text)).replace("&amp;#x27;", "&amp;#39;")
        ),
        "apostrophes of another encoding": change_columns("message")(
            lambda text, _: text.replace("'", "\u2019").encode("utf-8").decode("cp1252")
        ),
        "addresses with marks": change_columns("email")(
            lambda text, number: (f"{text};", f"<{text}>", f"mailto:{text}?subject=Hi")[number % 3]
        ),
        "ZIP codes as formulas": change_columns("postal_code")(
            lambda text, number: ('="{}"', "ZIP {}", "{}, US")[number % 3].format(text)
        ),
        "dates of other programs": change_date(zone, "%d%b%Y:%H:%M:%S", "%Y-%m-%d kl. %H:%M"),
        "phones of lead forms": change_columns("phone")(
            choose_digits("p:+1{0}{1}{2}", "ph: {0}-{1}-{2}", "https://wa.me/1{0}{1}{2}")
        ),
    }


class Scorer:
    """One model, and the leads scored by it in a file and as payloads.

    ``context`` is that of the practice's history, the same for every respelling.
    """

    def __init__(self, bundle: Bundle, folder: Path) -> None:
        self._bundle, self._folder = bundle, folder
        self._context: Context = bundle.context
        self._kinds = {name: kind for name, kind in bundle.columns.items()}
        self._files = 0

    def score_file(self, leads: list[Lead]) -> np.ndarray:
        """Return the probabilities of leads in a CSV file, as of their arrival; a lead that is not read has NaN."""
        self._files += 1
        path = self._folder / f"{self._files}.csv"
        names = list(dict.fromkeys(name for lead in leads for name in lead))
        pd.DataFrame(leads, columns=names, dtype=object).to_csv(path, index=False)
        tables = read_tables(path, Mapping.identity(), self._bundle.practice, scoring=True)
        moments = Moments.single(tables.leads["created_at"].dt.tz_localize(None).to_numpy("datetime64[us]"))
        batch = Batch.from_tables(tables, moments.of_lead, moments.cutoff, self._context)
        found = dict(zip(batch.lead_ids, self._bundle.score(batch, threads=1).probability, strict=True))
        return np.array([found.get(lead["lead_id"], np.nan) for lead in leads])

    def score_payloads(self, leads: list[Lead]) -> np.ndarray:
        """Return the probabilities of leads sent one by one, as of their arrival."""
        payloads = []
        for lead in leads:
            payload = convert_payload(lead, self._kinds, self._bundle.practice.zone, self._bundle.mapping)[0]
            payloads.append(payload | {"cutoff": payload.get("created_at", np.datetime64("NaT", "us"))})
        now = np.datetime64("2026-12-01", "us")
        batch = Batch.from_payloads(payloads, self._context, self._bundle.columns, now)
        return self._bundle.score(batch, threads=1).probability

    def grade(self, probabilities: np.ndarray) -> np.ndarray:
        """Return the grade of each probability."""
        return self._bundle.grades.assign(probabilities)


def compare(scorer: Scorer, leads: list[Lead], respellings: dict[str, Respell]) -> tuple[list[Moved], int]:
    """Return every respelled lead whose score moved by over a point or whose grade changed, and how many there were."""
    moved, tried = [], 0
    ways = {"file": scorer.score_file, "payload": scorer.score_payloads}
    for way, score in ways.items():
        before = score(leads)
        grades = scorer.grade(before)
        for name, respell in respellings.items():
            changed = [respell(lead, number) for number, lead in enumerate(leads)]
            different = np.array([one != other for one, other in zip(changed, leads, strict=True)])
            after = score(changed)
            tried += int(different.sum())
            is_moved = ~(np.abs(after - before) <= POINT) | (scorer.grade(after) != grades)
            moved += [
                Moved(
                    name,
                    way,
                    str(leads[row]["lead_id"]),
                    before[row],
                    after[row],
                    bool(scorer.grade(after)[row] != grades[row]),
                )
                for row in np.flatnonzero(is_moved & different)
            ]
    return moved, tried


def train_model(folder: Path) -> Bundle:
    """Train a model on the demo practice."""
    from training.pipeline import train
    from training.settings import Settings

    data = folder / "demo"
    invent(4_000, seed=11).write(data)
    practice = read_practice(data / "practice.toml")
    tables = read_tables(data, Mapping.identity(), practice)
    return train(tables, practice, Settings(most_trees=120, resamples=20, folds=3, threads=1), tables.mapping).bundle


@click.command()
@click.option("--model", type=click.Path(path_type=Path), help="Folder of a bundle; trained on demo data if left out.")
@click.option("--strangers", is_flag=True, help="The other set of respellings.")
def main(model: Path | None, strangers: bool) -> None:
    """Score the leads in every respelling; exit with 1 if too many moved."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        bundle = train_model(folder) if model is None else Bundle.load(model)
        listing = list_stranger_respellings if strangers else list_respellings
        respellings = listing(ZoneInfo(bundle.practice.timezone))
        moved, tried = compare(Scorer(bundle, folder), invent_leads(), respellings)
    for one in moved:
        change = "GRADE " if one.grade_changed else ""
        click.echo(f"{one.way:8} {one.respelling:32} {one.lead}  {one.before:.3f} -> {one.after:.3f} {change}")
    grades = sum(one.grade_changed for one in moved)
    points = sum(not abs(one.after - one.before) <= POINT for one in moved)
    click.echo(
        f"{len(respellings)} respellings, {tried:,} respelled leads: {points} moved by over a point, {grades} changed "
        "grade."
    )
    sys.exit(points > MOST_MOVED * tried or grades > 0)


if __name__ == "__main__":
    main()
