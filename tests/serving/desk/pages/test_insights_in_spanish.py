"""Are the managers' pages read in Spanish by those who chose it, and does no name become a word of ours?"""

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from features.practice.practice import Practice
from serving.accounts.sessions import SignedInUser
from serving.desk.pages.figure_page import FigureAddress, ListedInquiries, render_figure, render_inquiries
from serving.desk.pages.insight_page import render_insights
from serving.desk.translation.translator import load_translator
from serving.insights.booking_changes import PART_WORDS
from serving.insights.evidence.figure_rows import list_counted
from serving.insights.insight_report import compute_insights
from serving.insights.report_sections import SECTIONS
from serving.insights.sentences.sentence import Sentence
from tests.support.simulated.practice_columns import to_columns
from tests.support.simulated.simulated_practices import simulate

INSIGHTS = Path(__file__).parents[4] / "serving/insights"
ENGLISH = re.compile(
    r"\b(the|of|and|that|which|with|were|was|their|how|for|than|fewer|is|are|it|by|from|not|recorded|opening)\b", re.I
)
"""Words that no Spanish text of ours holds."""

OUTSIDE_OF_PAGES = ("insight_cache.py", "receipt.py", "figure_rows.py")
"""Modules whose sentences are for logs and for the command line."""


OF_FILES = {
    "Stands on the page for managers only: in a file of a filter, its numbers could be subtracted from those of the "
    "file of all inquiries."
}
"""What only files say, which are written in English."""

QUOTED = re.compile(r"\"[^\"]*\"|\w+\.toml|[a-z]+_[a-z_]+")
"""Words of practice.toml, which has one language."""


class Texts(ast.NodeVisitor):
    """The sentences that a module writes: no docstrings, no errors. What varies in them reads 7."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def visit_Raise(self, node: ast.Raise) -> None:
        """Leave errors out: they are small letters for people who run the service."""

    def visit_Expr(self, node: ast.Expr) -> None:
        """Leave docstrings out."""
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Keep a text with parts that vary."""
        self.found.append("".join(part.value if isinstance(part, ast.Constant) else "7" for part in node.values))

    def visit_Constant(self, node: ast.Constant) -> None:
        """Keep a text."""
        if isinstance(node.value, str):
            self.found.append(node.value)


OVERLAP = "the intervals do not overlap. Where two intervals overlap, the data cannot tell which one is cheaper."
COMPOSED = {
    f"For 7, 7 7 less than 7: {OVERLAP}": (
        f"For a treated patient, Radio costs less than Chat: {OVERLAP}",
        f"For a treated patient, Radio, Mail and Post cost less than Chat: {OVERLAP}",
    ),
    "What the rule that gives it 7 gives it, in bookings.": (
        "What the rule that gives it most gives it, in bookings.",
    ),
    "7, and with fewer bookings7.": ("It goes with fewer inquiries, and with fewer bookings.",),
    "7, and no change of bookings beyond chance7.": (
        "It goes with fewer inquiries, and no change of bookings beyond chance: no sign that the field is worth them.",
    ),
    "Perhaps 7 often: among so many fields chance may do that.": (
        "Perhaps less often: among so many fields chance may do that.",
    ),
    "Perhaps 7 often: chance does that now and then. More months settle it.": (
        "Perhaps more often: chance does that now and then. More months settle it.",
    ),
    "7 in the end, per inquiry.": ("Booked in the end, per inquiry.", "Treated in the end, per inquiry."),
    "7 than those not contacted.": (
        "Book more often than those not contacted.",
        "Book less often than those not contacted.",
    ),
    "Book more often": (),
    "Book less often": (),
    "Forms side by side, 7: 7 has more bookings.": ("Forms side by side, /a against /b: the first has more bookings.",),
    "7 more than like inquiries bring on average.": (
        "One person books more than like inquiries bring on average.",
        "3 people book more than like inquiries bring on average.",
    ),
    "One person books": (),
    "No sign": (),
    "Waits longer": (),
    "Waits longer than all others": (),
    "Is answered sooner than all others": (),
    "also than those who came by the same channel and in the same hours": (
        "Waits longer than all others, also than those who came by the same channel and in the same hours.",
        "Is answered sooner than all others, also than those who came by the same channel and in the same hours.",
    ),
    "and not than those who came by the same channel and in the same hours": (
        "Waits longer than all others, and not than those who came by the same channel and in the same hours.",
        "Is answered sooner than all others, and not than those who came by the same channel and in the same hours.",
    ),
    "7 inquiries were given up after the 7; a further one still brings bookings.": (
        "463 inquiries were given up after the first try; a further one still brings bookings.",
        "90 inquiries were given up after the fifth try; a further one still brings bookings.",
    ),
    "7: 7 of them book than of the others.": (
        "Insurance: Aetna: more of them book than of the others.",
        "Insurance: Aetna: fewer of them book than of the others.",
    ),
    "7 brought 7 7 bookings than 7.": ("Oct 2026 brought 30% fewer bookings than Oct 2025.",),
    "The goal of 7 bookings in 7 7.": (
        "The goal of 80 bookings in Nov 2026 is out of reach.",
        "The goal of 80 bookings in Nov 2026 has a chance of 30%.",
    ),
}
"""Texts put together of words of ours -> what they read then; nothing for a part that is shown only inside of one."""


def list_texts() -> Iterator[tuple[str, str]]:
    """List the sentences of the room: what ends like one, or names a column or a section."""
    for path in sorted(INSIGHTS.rglob("*.py")):
        if path.name not in OUTSIDE_OF_PAGES:
            texts = Texts()
            texts.visit(ast.parse(path.read_text(encoding="utf-8")))
            for text in texts.found:
                if re.search(r"[a-z]{2} .*[.?]$", text) or re.fullmatch(r"[A-Z][a-z]+( [a-z,]+)+", text):
                    for read in COMPOSED.get(text, (text,)):
                        yield path.name, read


def test_every_sentence_of_the_insights_has_its_spanish():
    spanish, for_programs = (
        load_translator("es", section="insights"),
        {section.summary for section in SECTIONS.values()},
    )
    texts = [(name, text) for name, text in list_texts() if text not in for_programs | OF_FILES]
    left = [
        (name, text)
        for name, text in texts
        if (translated := spanish.translate(text)) is None or ENGLISH.search(QUOTED.sub("", translated))
    ]

    assert len(texts) > 300 and left == []


def test_the_page_reads_spanish_and_leaves_names_alone():
    practice = Practice(name="Prairie Oak")
    engine = SimpleNamespace(bundle=SimpleNamespace(practice=practice), version="1")
    report = compute_insights(to_columns(simulate(3, leads_a_month=300)), practice)
    user = SignedInUser("luz", "Luz", "manager", "", language="es")
    page = render_insights(report, engine, user, {"ana": "May", "ben": "Open"})
    texts = {unescape(" ".join(text.split())) for text in re.split(r"<[^>]*>", re.sub(r"<code>.*?</code>", "", page))}

    assert "Qué cambió y qué hacer el lunes" in texts and 'lang="es"' in page
    assert [text for text in texts if ENGLISH.search(QUOTED.sub("", text))] == []
    # Before each sentence stands a word for screen readers, and must not be read as a part of it.
    assert "behind" not in page and page.count("detrás de:") == len((*report.sentences, *report.more_sentences))
    # Words of ours, and names of two people.
    assert {"May", "Open"} <= texts and not {"mayo", "Abrir"} & texts


def test_every_figure_and_its_list_of_inquiries_reads_spanish():
    practice = Practice(name="Prairie Oak")
    engine = SimpleNamespace(bundle=SimpleNamespace(practice=practice), version="1")
    report = compute_insights(to_columns(simulate(3, leads_a_month=300)), practice)
    user, left = SignedInUser("luz", "Luz", "manager", "", language="es"), set()
    for table in report.tables.values():
        for row in table.rows[:2]:
            shown = FigureAddress(report, table, row)
            listed = ListedInquiries(("L1", "L2"), ("L1",), {})
            pages = [render_figure(shown, {}, engine, user)]
            pages += [render_inquiries(shown, column, listed, engine, user) for column in list_counted(table)]
            for page in pages:
                ours = re.sub(r"<code>.*?</code>|<bdi translate=.no.>.*?</bdi>", "", page, flags=re.S)
                texts = {unescape(" ".join(text.split())) for text in re.split(r"<[^>]*>", ours)}
                left |= {(table.name, text) for text in texts if ENGLISH.search(QUOTED.sub("", text))}

    assert left == set()


WORDS = ("Open", "Price", "Doubts", "Share", "/price")
"""Names of campaigns and services that are spelled like words of ours."""


def test_names_that_are_spelled_like_words_of_ours_stay_in_tables_sentences_and_choices():
    practice, columns = Practice(name="Prairie Oak"), to_columns(simulate(3, leads_a_month=300))
    channel = columns.categories["channel"]
    named = replace(channel, names=WORDS)
    spend = {
        name: np.array([dict(zip(channel.names, WORDS, strict=True))[x] for x in values], object)
        for name, values in columns.spend.names.items()
    }
    columns = replace(
        columns,
        categories=columns.categories | {"service": named, "campaign": named, "form": named},
        spend=replace(columns.spend, names=columns.spend.names | {"campaign": spend["channel"]}),
    )
    report = compute_insights(columns, practice)
    claims = [f"{name} sends many people whom we cannot help." for name in ("Open", "Price (campaign)")]
    claims += ["Forms side by side, Open against /price: the first has more bookings."]
    sentences = tuple(Sentence(claim, "Nothing to check.", "1", "funnel_by_campaign") for claim in claims)
    report = replace(report, sentences=sentences)
    engine = SimpleNamespace(bundle=SimpleNamespace(practice=practice), version="1")
    page = render_insights(report, engine, SignedInUser("luz", "Luz", "manager", "", language="es"), {})

    assert set(WORDS) <= report.own_names and not {"Not given", "All leads"} & report.own_names
    assert "Open envía a muchas personas" in page and "Price (campaña) envía" in page
    assert "Open frente a /price: el primero" in page
    rows = re.findall(r'<article class="card" id="(?:funnel_by|money_by)_campaign".*?</article>', page, re.S)
    assert len(rows) == 2 and all(f">{word}<" in row for row in rows for word in WORDS)
    assert 'translate="no">Price</option>' in page
    figure = FigureAddress(report, report.tables["funnel_by_campaign"], report.tables["funnel_by_campaign"].rows[1])
    assert figure.row[0] in WORDS and f'translate="no">{figure.row[0]}<' in render_figure(
        figure, {}, engine, SignedInUser("luz", "Luz", "manager", "", language="es")
    )


@pytest.mark.parametrize(
    ("english", "spanish"),
    [
        ("49 (34 to 70)", "49 (34 a 70)"),
        ("$137,901 ($96,744 to $196,566)", "$137,901 ($96,744 a $196,566)"),
        ("5.3 h", "5.3 h"),
        ("Nov 2 to Nov 29", "2 nov a 29 nov"),
        ("Oct 2026 against Sep 2026, by month of inquiry.", "Oct 2026 frente a sep 2026, por mes de la solicitud."),
        ("the data cannot tell: it takes 30 inquiries", "los datos no alcanzan: hacen falta 30 solicitudes"),
    ],
)
def test_figures_and_months_are_written_as_they_are_said(english, spanish):
    assert load_translator("es", section="insights").translate(english) == spanish


def test_the_part_that_did_it_is_said_in_spanish():
    spanish = load_translator("es", section="insights")
    parts = [words.lower() for name, (words, _) in PART_WORDS.items() if name != "ripeness"]

    advice = [f"Most of what can be told: {part}. Look at which channel brought more or fewer." for part in parts]

    assert not any(ENGLISH.search(spanish.translate(text) or "the") for text in advice)
