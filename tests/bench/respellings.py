"""Does a lead get the same score however it is spelled? 36 invented leads, each in 60 spellings of the same meaning.

    python -m tests.bench.respellings [--model BUNDLE]

Each respelling goes through a scored file and through an API payload. At most one in a hundred may move a score by more
than one point, none a grade. Without a model, one is trained on the demo practice in a temporary folder."""

import html
import sys
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
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
from training.bundle import Bundle

Lead = dict[str, object]
Respell = Callable[[Lead, int], Lead]

CATEGORIES = (
    "channel",
    "source",
    "campaign",
    "service_requested",
    "preferred_clinic",
    "preferred_contact",
    "preferred_time",
    "relation",
    "payer",
    "timeframe",
)
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


def invent_leads() -> list[Lead]:
    """Return 36 leads of the demo practice, as its CRM would hold them."""
    random = np.random.default_rng(41)
    messages = (
        "Hello, I would like to book an appointment for my knee next week. Is Tuesday OK?",
        "How much is an MRI without insurance?",
        "My doctor sent me, I have back pain & numbness in the left leg.",
        "I'd like a second opinion before surgery; can somebody call me back?",
        "Just looking for information about injections, no rush.",
        "It's urgent: fell yesterday, can't put weight on the ankle",
    )
    values: dict[str, tuple] = {
        "channel": ("web_form", "inbound_call", "referral", "chat", "social_ad", "email"),
        "source": ("search engine", "directory", "Partner clinic", None),
        "campaign": ("knee_pain_search", "back_pain_search", None),
        "service_requested": ("physical therapy", "spine surgery", "MRI scan", "knee replacement", None),
        "preferred_contact": ("phone", "email", "sms", None),
        "preferred_time": ("mornings", "after 5 pm", None),
        "relation": ("self", "parent", "spouse", None),
        "payer": ("Aetna", "Medicare", "self pay", "Blue Cross Blue Shield", "Medicaid", None),
        "timeframe": ("within a week", "as soon as possible", "next month", None),
        "existing_patient": (True, False, None),
        "do_not_contact": (False, None),
        "postal_code": ("02139", "02110", "01960", "03060", None),
    }
    leads = []
    for number in range(36):
        created = datetime(2026, 9, 1, 13, 5, tzinfo=UTC).timestamp() + int(random.integers(0, 50 * 86_400)) // 60 * 60
        lead: Lead = {
            "lead_id": f"R{number:02d}",
            "created_at": f"{datetime.fromtimestamp(created, UTC):%Y-%m-%dT%H:%M:%SZ}",
        }
        lead |= {name: options[int(random.integers(len(options)))] for name, options in values.items()}
        lead["message"] = messages[number % len(messages)]
        lead["phone"] = (f"617-555-0{100 + number}", None)[int(random.random() < 0.2)]
        lead["email"] = (f"someone{number}@example.org", None)[int(random.random() < 0.3)]
        lead["earlier_enquiries"] = (0, 1, 2, None)[int(random.integers(4))]
        leads.append(lead)
    return leads


def _change(*names: str) -> Callable[[Callable[[str, int], object]], Respell]:
    """Return a respelling that changes the texts of some columns, and leaves out nothing."""

    def build(change: Callable[[str, int], object]) -> Respell:
        return lambda lead, number: (
            lead | {name: change(str(lead[name]), number) for name in names if lead.get(name) is not None}
        )

    return build


def _choose(*forms: str) -> Callable[[str, int], str]:
    """Return a change that writes ten digits in one of several forms, lead by lead."""

    def change(text: str, number: int) -> str:
        digits = "".join(character for character in text if character.isdigit())
        return forms[number % len(forms)].format(digits[:3], digits[3:6], digits[6:])

    return change


def _date(zone: ZoneInfo, *forms: str) -> Respell:
    """Return a respelling of the time of arrival, in strftime's forms."""

    def change(text: str, number: int) -> object:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(zone).strftime(forms[number % len(forms)])

    return _change("created_at")(change)


def _moment(convert: Callable[[datetime], object]) -> Respell:
    """Return a respelling of the time of arrival by a function of its moment."""
    return _change("created_at")(lambda text, number: convert(datetime.fromisoformat(text)))


def _words(column: str, spellings: dict[str, tuple[str, ...]]) -> Respell:
    """Return a respelling of known words of one column by others that mean the same."""
    return _change(column)(
        lambda text, number: spellings[text][number % len(spellings[text])] if text in spellings else text
    )


def _answers(yes: tuple[object, ...], no: tuple[object, ...]) -> Respell:
    """Return a respelling of yes and no."""

    def change(lead: Lead, number: int) -> Lead:
        flags = {name: value for name, value in lead.items() if isinstance(value, bool)}
        return lead | {name: (yes if value else no)[number % len(yes)] for name, value in flags.items()}

    return change


def _blank(*texts: object) -> Respell:
    """Return a respelling in which what was not given is written out as a marker."""
    names = ("phone", "email", "service_requested", "payer", "timeframe", "preferred_contact", "postal_code")
    return lambda lead, number: lead | {name: texts[number % len(texts)] for name in names if lead[name] is None}


def _fullwidth(text: str) -> str:
    """Return a text in the full-width forms of East Asian keyboards."""
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)


_TEXTS = (*CATEGORIES, "message")


def list_respellings(zone: ZoneInfo) -> dict[str, Respell]:
    """Return the 60 respellings, for a practice in this time zone."""
    utc = ZoneInfo("UTC")
    return {
        "categories in capitals": _change(*CATEGORIES)(lambda text, _: text.upper()),
        "categories in lower case": _change(*CATEGORIES)(lambda text, _: text.lower()),
        "categories with capitals": _change(*CATEGORIES)(lambda text, _: text.title()),
        "message in capitals": _change("message")(lambda text, _: text.upper()),
        "message in lower case": _change("message")(lambda text, _: text.lower()),
        "spaces around": _change(*_TEXTS, "phone", "email", "postal_code")(lambda text, _: f"  {text} \t"),
        "two spaces between": _change(*_TEXTS)(lambda text, _: text.replace(" ", "  ")),
        "no-break spaces": _change(*_TEXTS, "phone")(lambda text, _: text.replace(" ", "\u00a0")),
        "narrow spaces": _change(*_TEXTS)(lambda text, _: text.replace(" ", "\u2009")),
        "zero-width characters": _change(*_TEXTS, "email", "phone", "postal_code")(
            lambda text, _: f"\ufeff{text}\u200b"
        ),
        "soft hyphens and directions": _change(*_TEXTS)(lambda text, _: f"\u200e{text}\u200f"),
        "full-width letters": _change(*CATEGORIES, "phone", "postal_code", "email")(lambda text, _: _fullwidth(text)),
        "decomposed accents": _change(*_TEXTS)(lambda text, _: unicodedata.normalize("NFD", text)),
        "curly quotes and dashes": _change("message")(
            lambda text, _: text.replace("'", "\u2019").replace("-", "\u2011")
        ),
        "HTML escapes": _change(*_TEXTS)(lambda text, _: html.escape(text).replace("&#x27;", "&#39;")),
        "HTML no-break spaces": _change("message")(lambda text, _: text.replace(" ", "&nbsp;")),
        "HTML paragraphs": _change("message")(lambda text, _: f"<p>{text.replace('. ', '.<br/>')}</p>"),
        "line breaks in the message": _change("message")(
            lambda text, _: text.replace(", ", ",\r\n").replace(". ", ".\n\n")
        ),
        "quotes around the message": _change("message")(lambda text, _: f'"{text}"'),
        "underscores for spaces": _change("channel", "relation")(
            lambda text, _: text.replace("_", " ").replace(" ", "_")
        ),
        "hyphens for spaces": _change("channel", "service_requested", "payer")(
            lambda text, _: text.replace(" ", "-").replace("_", "-")
        ),
        "no spaces": _change("channel")(lambda text, _: text.replace("_", "").replace(" ", "")),
        "dates as Americans write them": _date(zone, "%m/%d/%Y %I:%M %p", "%m/%d/%Y, %I:%M:%S %p"),
        "dates with the month's name": _date(zone, "%b %d, %Y %I:%M %p", "%B %d, %Y at %I:%M %p", "%d-%b-%Y %H:%M"),
        "dates with the weekday": _date(zone, "%A, %B %d, %Y %I:%M %p", "%a %b %d %Y %H:%M:%S"),
        "dates with their offset": _moment(lambda moment: moment.astimezone(zone).isoformat()),
        "dates with another offset": _moment(lambda moment: moment.astimezone(ZoneInfo("Asia/Tokyo")).isoformat()),
        "dates of mail": _moment(lambda moment: format_datetime(moment.astimezone(zone))),
        "dates in milliseconds": _moment(lambda moment: int(moment.timestamp() * 1000)),
        "dates in seconds": _moment(lambda moment: int(moment.timestamp())),
        "dates without marks": _date(utc, "%Y%m%dT%H%M%SZ"),
        "dates with microseconds": _date(utc, "%Y-%m-%d %H:%M:%S.000000+00:00"),
        "dates with a zone's name": _date(utc, "%Y-%m-%d %H:%M:%S UTC", "%Y-%m-%d %I:%M %p GMT"),
        "phones in brackets": _change("phone")(_choose("({0}) {1}-{2}", "({0}){1}-{2}", "({0}) {1} {2}")),
        "phones with the country": _change("phone")(
            _choose("+1 {0} {1} {2}", "1-{0}-{1}-{2}", "+1({0}){1}-{2}", "001 {0} {1} {2}")
        ),
        "phones as links": _change("phone")(_choose("tel:+1{0}{1}{2}", "tel:{0}-{1}-{2}")),
        "phones as numbers": _change("phone")(_choose("{0}{1}{2}.0", "{0}{1}{2}", "{0}.{1}.{2}")),
        "phones with a remark": _change("phone")(
            _choose("{0}-{1}-{2} (mobile)", "cell: {0} {1} {2}", "{0}-{1}-{2} - ask for me")
        ),
        "addresses in capitals": _change("email")(lambda text, _: text.upper()),
        "addresses with a name": _change("email")(lambda text, _: f"Some One <{text}>"),
        "addresses as links": _change("email")(lambda text, _: f"mailto:{text}"),
        "ZIP codes of nine digits": _change("postal_code")(
            lambda text, number: f"{text}{('-', ' ', '')[number % 3]}1234"
        ),
        "ZIP codes without their zero": _change("postal_code")(
            lambda text, number: (text.lstrip("0"), f"{int(text)}.0")[number % 2]
        ),
        "ZIP codes with the state": _change("postal_code")(
            lambda text, number: (f"MA {text}", f"{text}, USA")[number % 2]
        ),
        "channels in other words": _words(
            "channel",
            {
                "web_form": ("Website Form", "Contact form", "Form Fill"),
                "inbound_call": ("Phone Call", "Incoming call", "Call (inbound)"),
                "chat": ("Live chat", "Web Chat", "Chat widget"),
                "referral": ("Doctor Referral", "Referrals", "Physician referral"),
                "email": ("E-mail", "Email inquiry", "e mail"),
            },
        ),
        "payers in other words": _words(
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
        "yes and no in words": _answers(
            ("Yes", "Y", "true", "TRUE", "x", "Checked"), ("No", "N", "false", "FALSE", "n", "Unchecked")
        ),
        "empty cells in words": _blank("", "N/A", "-", "null", "(blank)", "Unknown", "not provided", "None"),
        "marks behind": _change(*CATEGORIES)(
            lambda text, number: text + (".", ",", "*", "!", " \U0001f44d")[number % 5]
        ),
        "marks in front": _change(*CATEGORIES)(lambda text, number: ("\u2022 ", "'", "\u2705 ")[number % 3] + text),
        "marks around": _change(*CATEGORIES)(
            lambda text, number: ("\u201c{}\u201d", '"{}"', "({})", "[{}]")[number % 4].format(text)
        ),
        "who asks in other words": _words(
            "relation",
            {
                "self": ("Myself", "me", "Self (patient)"),
                "parent": ("Mother", "Dad", "parent of patient"),
                "spouse": ("Husband", "my wife", "Spouse/Partner"),
            },
        ),
        "ways of contact in other words": _words(
            "preferred_contact",
            {
                "phone": ("Call", "by phone", "Phone call"),
                "email": ("E-mail", "via email", "by e-mail"),
                "sms": ("Text", "text message", "SMS/Text"),
            },
        ),
        "soon in other words": _words(
            "timeframe", {"as soon as possible": ("ASAP", "asap!", "A.S.A.P.", "right away")}
        ),
        "messages escaped twice": _change("message")(
            lambda text, _: html.escape(html.escape(text)).replace("&amp;#x27;", "&amp;#39;")
        ),
        "apostrophes of another encoding": _change("message")(
            lambda text, _: text.replace("'", "\u2019").encode("utf-8").decode("cp1252")
        ),
        "addresses with marks": _change("email")(
            lambda text, number: (f"{text};", f"<{text}>", f"mailto:{text}?subject=Hi")[number % 3]
        ),
        "ZIP codes as formulas": _change("postal_code")(
            lambda text, number: ('="{}"', "ZIP {}", "{}, US")[number % 3].format(text)
        ),
        "dates of other programs": _date(zone, "%d%b%Y:%H:%M:%S", "%Y-%m-%d kl. %H:%M"),
        "phones of lead forms": _change("phone")(
            _choose("p:+1{0}{1}{2}", "ph: {0}-{1}-{2}", "https://wa.me/1{0}{1}{2}")
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
def main(model: Path | None) -> None:
    """Score the leads in every respelling; exit with 1 if too many moved."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        bundle = train_model(folder) if model is None else Bundle.load(model)
        respellings = list_respellings(ZoneInfo(bundle.practice.timezone))
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
