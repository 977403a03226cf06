"""36 invented leads, and the ways to change the spelling of their columns.

Lives here: what a respelling is made of. The respellings themselves: ``respellings``, ``stranger_respellings``."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np

Lead = dict[str, object]
Respell = Callable[[Lead, int], Lead]
Change = Callable[[str, int], object]

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
TEXTS = (*CATEGORIES, "message")


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


def change_columns(*names: str) -> Callable[[Callable[[str, int], object]], Respell]:
    """Return a respelling that changes the texts of some columns, and leaves out nothing."""

    def build(change: Callable[[str, int], object]) -> Respell:
        return lambda lead, number: (
            lead | {name: change(str(lead[name]), number) for name in names if lead.get(name) is not None}
        )

    return build


def choose_digits(*forms: str) -> Callable[[str, int], str]:
    """Return a change that writes ten digits in one of several forms, lead by lead."""

    def change(text: str, number: int) -> str:
        digits = "".join(character for character in text if character.isdigit())
        return forms[number % len(forms)].format(digits[:3], digits[3:6], digits[6:])

    return change


def change_date(zone: ZoneInfo, *forms: str) -> Respell:
    """Return a respelling of the time of arrival, in strftime's forms."""

    def change(text: str, number: int) -> object:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(zone).strftime(forms[number % len(forms)])

    return change_columns("created_at")(change)


def change_moment(convert: Callable[[datetime], object]) -> Respell:
    """Return a respelling of the time of arrival by a function of its moment."""
    return change_columns("created_at")(lambda text, number: convert(datetime.fromisoformat(text)))


def change_words(column: str, spellings: dict[str, tuple[str, ...]]) -> Respell:
    """Return a respelling of known words of one column by others that mean the same."""
    return change_columns(column)(
        lambda text, number: spellings[text][number % len(spellings[text])] if text in spellings else text
    )


def write_answers(yes: tuple[object, ...], no: tuple[object, ...]) -> Respell:
    """Return a respelling of yes and no."""

    def change(lead: Lead, number: int) -> Lead:
        flags = {name: value for name, value in lead.items() if isinstance(value, bool)}
        return lead | {name: (yes if value else no)[number % len(yes)] for name, value in flags.items()}

    return change


def write_blanks(*texts: object) -> Respell:
    """Return a respelling in which what was not given is written out as a marker."""
    names = ("phone", "email", "service_requested", "payer", "timeframe", "preferred_contact", "postal_code")
    return lambda lead, number: lead | {name: texts[number % len(texts)] for name in names if lead[name] is None}


def write_fullwidth(text: str) -> str:
    """Return a text in the full-width forms of East Asian keyboards."""
    return "".join(chr(ord(character) + 0xFEE0) if "!" <= character <= "~" else character for character in text)
