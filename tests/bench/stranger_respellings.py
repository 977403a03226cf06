"""How do web forms, CRMs, spreadsheets and people in a hurry write the same lead? 66 more spellings of one meaning.

Written before any of them was tried. ``tests.bench.respellings`` runs them beside its own."""

import html
import json
from datetime import UTC, datetime
from urllib.parse import quote, quote_plus
from zoneinfo import ZoneInfo

from tests.bench.lead_changes import (
    CATEGORIES,
    Change,
    Respell,
    change_columns,
    change_date,
    change_moment,
    change_words,
    choose_digits,
    write_blanks,
)

SERVICE = "service_requested"


def _rotate(*forms: str) -> Change:
    """Return a change that puts a text into one of several frames, lead by lead."""
    return lambda text, number: forms[number % len(forms)].format(text)


def _replace(*pairs: tuple[str, str]) -> Change:
    """Return a change that replaces parts of a text."""

    def change(text: str, number: int) -> str:
        for old, new in pairs:
            text = text.replace(old, new)
        return text

    return change


def _plural(text: str, number: int) -> str:
    """Return a text whose last word stands in its other number."""
    if text.endswith("therapy"):
        return text[:-1] + "ies"
    if text.endswith("surgery"):
        return text[:-1] + "ies"
    return text[:-1] if text.endswith("s") else text + "s"


def _camel(text: str, number: int) -> str:
    """Return a text as programmers write it: ``kneeReplacement`` or ``KneeReplacement``."""
    words = [word[:1].upper() + word[1:] for word in text.replace("_", " ").split()]
    joined = "".join(words)
    return joined if number % 2 else joined[:1].lower() + joined[1:]


def _wrap(text: str, number: int) -> str:
    """Return a message broken into lines of about twenty characters, between words."""
    lines, line = [], ""
    for word in text.split():
        if len(line) + len(word) > 20:
            lines, line = [*lines, line], ""
        line = f"{line} {word}".strip()
    return "\n".join([*lines, line])


def _flags(yes: tuple[object, ...], no: tuple[object, ...]) -> Respell:
    """Return a respelling of yes and no."""
    return lambda lead, number: (
        lead
        | {name: (yes if value else no)[number % len(yes)] for name, value in lead.items() if isinstance(value, bool)}
    )


def _serial(moment: datetime, zone: ZoneInfo) -> str:
    """Return a moment as a spreadsheet's number of days since 1899-12-30, in local time."""
    local = moment.astimezone(zone).replace(tzinfo=None)
    return f"{(local - datetime(1899, 12, 30)).total_seconds() / 86_400:.6f}"


def list_categories() -> dict[str, Respell]:
    """Return respellings of values that a form or a CRM offers in a list."""
    names = tuple(name for name in CATEGORIES if name not in ("preferred_time", "timeframe"))
    return {
        "services in the other number": change_columns(SERVICE)(_plural),
        "sources in the other number": change_columns("source")(_plural),
        "categories as programmers write them": change_columns(SERVICE, "channel", "campaign")(_camel),
        "categories with underscores": change_columns(SERVICE, "source", "campaign", "payer")(
            lambda text, _: text.replace(" ", "_")
        ),
        "numbered choices": change_columns(SERVICE, "payer", "source")(_rotate("1. {}", "02 - {}", "3) {}")),
        "choices as lists": change_columns(SERVICE, "payer", "preferred_contact")(_rotate('["{}"]', "['{}']", "{};")),
        "choices of multiple picklists": change_columns(SERVICE, "payer")(_rotate(";{}", "{}|", "{},")),
        "choices said twice": change_columns(SERVICE, "payer", "preferred_contact")(_rotate("{0}; {0}", "{0}, {0}")),
        "choices with their question": change_columns(SERVICE)(_rotate("Service: {}", "Service requested: {}")),
        "choices in tags": change_columns(*names)(_rotate("<b>{}</b>", "<span>{}</span>", "<p>{}</p>")),
        "choices escaped for links": change_columns(SERVICE, "source", "campaign")(
            lambda text, number: (quote(text), quote_plus(text))[number % 2]
        ),
        "choices with a picture": change_columns(SERVICE, "preferred_contact")(_rotate("\U0001f9b5 {}", "{} \u2705")),
        "choices with long dashes": change_columns(SERVICE, "payer")(
            lambda text, number: text.replace(" ", "\u2010" if number % 2 else " \u2013 ")
        ),
        "campaigns as words": change_columns("campaign")(
            lambda text, number: (text.replace("_", " ").title(), text.replace("_", "-"))[number % 2]
        ),
        "channels in the plural and reversed": change_words(
            "channel",
            {
                "web_form": ("Web Forms", "Form - Web", "Website contact form"),
                "inbound_call": ("Inbound Calls", "Inbound phone call", "Phone (inbound)"),
                "referral": ("Referral - Doctor", "Provider referral"),
                "chat": ("Chats", "Website chat"),
                "social_ad": ("Social Ads", "Social media ad", "Ad (social)"),
                "email": ("Emails", "Email (inbound)", "E-Mails"),
            },
        ),
        "payers with their plan": change_words(
            "payer",
            {
                "Aetna": ("Aetna PPO", "Aetna HMO", "Aetna - POS II", "Aetna (Choice POS)", "Aetna Open Access"),
                "Medicare": ("Medicare Part B", "Medicare A & B", "Medicare Parts A and B", "Original Medicare"),
                "Medicaid": ("Medicaid Plan", "Medicaid (state)", "Medicaid HMO"),
                "Blue Cross Blue Shield": (
                    "BCBS PPO",
                    "Blue Cross Blue Shield of Massachusetts",
                    "BCBS - HMO Blue",
                    "BCBS MA",
                ),
                "self pay": ("Self-pay (cash)", "private pay", "Self pay / no insurance"),
            },
        ),
        "payers in a sentence": change_words(
            "payer",
            {
                "Aetna": ("I have Aetna", "Insurance: Aetna", "Aetna health insurance", "my insurance is Aetna"),
                "Medicare": ("I have Medicare", "on Medicare", "Medicare health insurance"),
                "Medicaid": ("I am on Medicaid", "Medicaid insurance"),
                "self pay": ("I will pay cash", "no insurance, self pay", "Uninsured"),
            },
        ),
        "ways of contact with a remark": change_words(
            "preferred_contact",
            {
                "phone": ("Telephone", "phone please", "Phone (call me)"),
                "email": ("Email please", "E-mail only", "by mail (e-mail)"),
                "sms": ("Text Message (SMS)", "text me", "Texting"),
            },
        ),
        "times of day in other words": change_words(
            "preferred_time",
            {
                "mornings": ("Morning", "in the morning", "Mornings preferred", "morning time"),
                "after 5 pm": ("After 5pm", "after 5:00 PM", "After 5 p.m.", "after 17:00"),
            },
        ),
        "timeframes in other words": change_words(
            "timeframe",
            {
                "within a week": ("Within 1 week", "within one week", "Within 7 days"),
                "as soon as possible": ("As soon as possible (ASAP)", "ASAP please", "as soon as you can"),
                "next month": ("Next Month", "next month.", "in the next month"),
            },
        ),
        "who asks, at length": change_words(
            "relation",
            {
                "self": ("I am the patient", "For myself", "Self / Patient"),
                "parent": ("Parents", "my mom", "my father"),
                "spouse": ("Spouse or partner", "my husband", "Wife"),
            },
        ),
    }


def list_messages() -> dict[str, Respell]:
    """Return respellings of what a person wrote: courtesies, slips, and what programs do to it."""
    message = change_columns("message")
    return {
        "closing thanks": message(_rotate("{} Thanks!", "{} Thank you.", "{}\nThanks in advance", "{} thx")),
        "closing regards": message(_rotate("{}\n\nBest regards", "{} Kind regards,", "{}\nSincerely,", "{} Cheers!")),
        "opening greetings": message(_rotate("Hi there, {}", "Good morning, {}", "Dear team,\n{}", "Hey! {}")),
        "opening courtesies": message(_rotate("I hope you are well. {}", "Hope this finds you well. {}")),
        "signed by a telephone": message(_rotate("{}\n\nSent from my iPhone", "{}\nGet Outlook for Android")),
        "footers of a form": message(
            _rotate(
                "{}\n\n-- \nThis e-mail was sent from a contact form on our website",
                "{}\n---\nSubmitted from the contact page",
            )
        ),
        "the question in front": message(_rotate("Message: {}", "Comments: {}", "Your message: {}")),
        "marks doubled at the end": message(
            lambda text, number: text + ("!!", "...", " :)", " \U0001f64f")[number % 4]
        ),
        "no mark at the end": message(lambda text, _: text.rstrip(".?!")),
        "no space between sentences": message(_replace((". ", "."), ("? ", "?"))),
        "no apostrophes": message(_replace(("'", ""))),
        "short forms written out": message(
            _replace(("I'd like", "I would like"), ("can't", "cannot"), ("It's", "It is"))
        ),
        "long forms in short": message(_replace(("I would like", "I'd like"), ("Just looking", "Just lookin"))),
        "and for its sign": message(_replace((" & ", " and "))),
        "abbreviations": message(_replace(("second opinion", "2nd opinion"), ("MRI", "M.R.I."), ("OK", "okay"))),
        "slips of spelling": message(
            _replace(
                ("appointment", "appointmnet"),
                ("insurance", "insurence"),
                ("surgery", "surgey"),
                ("information", "infomation"),
                ("urgent", "urgnet"),
            )
        ),
        "message with capitals": message(lambda text, _: text.title().replace("'D", "'d").replace("'T", "'t")),
        "lines broken anywhere": message(_wrap),
        "line breaks written out": message(_replace((". ", ".\\n"), ("? ", "?\\r\\n"))),
        "line breaks of spreadsheets": message(_replace((". ", "._x000D_\n"), ("? ", "?_x000D_\n"))),
        "tabs between words": message(_replace((" ", "\t"))),
        "escapes of JSON": message(lambda text, _: json.dumps(text.replace("'", "\u2019"))),
        "no-break spaces of another encoding": message(_replace((". ", ".\u00c2\u00a0"), (", ", ",\u00c2\u00a0"))),
        "numbered entities": message(lambda text, _: html.escape(text).replace(" ", "&#32;")),
        "message sent twice": message(_rotate("{0} {0}", "{0}\n\n{0}")),
        "quoted as in mail": message(_rotate("> {}")),
    }


def list_contacts(zone: ZoneInfo) -> dict[str, Respell]:
    """Return respellings of phones, addresses, ZIP codes, moments, flags, counts and of what was not given."""
    phone, email, postal = change_columns("phone"), change_columns("email"), change_columns("postal_code")
    return {
        "phones with slashes and long dashes": phone(
            choose_digits("{0}/{1}/{2}", "{0}\u2013{1}\u2013{2}", "({0})-{1}-{2}", "(+1) {0}-{1}-{2}")
        ),
        "phones with their kind": phone(
            choose_digits("H: {0}-{1}-{2}", "Phone number: {0} {1} {2}", "{0}{1}{2} (c)", "{0}-{1}-{2} home")
        ),
        "phones of spreadsheets": phone(choose_digits("'{0}{1}{2}", '="{0}{1}{2}"', "1{0}{1}{2}.0")),
        "phones as lists": phone(choose_digits('["{0}-{1}-{2}"]', "{0}-{1}-{2}; {0}{1}{2}", "{0}-{1}-{2};")),
        "addresses twice": email(_rotate("{0}, {0}", "{0};{0}", '["{0}"]')),
        "addresses in a sentence": email(_rotate("Email: {}", "{}.", "({})", "'{}'")),
        "addresses of Markdown": email(_rotate("[{0}](mailto:{0})")),
        "addresses with a space": email(lambda text, _: text.replace("@", " @ ")),
        "ZIP codes with the town": postal(_rotate("Cambridge, MA {}", "US-{}", "{} MA", "Zip: {}")),
        "ZIP codes of nine digits, empty": postal(_rotate("{}-", "{}-0000", "{} - 1234")),
        "dates of JavaScript": change_date(zone, "%a %b %d %Y %H:%M:%S GMT%z (Central Daylight Time)"),
        "dates with an ordinal": change_moment(lambda moment: _ordinal(moment.astimezone(zone))),
        "dates with a zone's short name": change_date(zone, "%m/%d/%Y %I:%M %p CDT", "%Y-%m-%d %H:%M CDT"),
        "dates with an offset without colon": change_date(zone, "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%d %H:%M:%S %z"),
        "dates of web services": change_moment(lambda moment: f"/Date({int(moment.timestamp() * 1000)})/"),
        "dates of spreadsheets": change_moment(lambda moment: _serial(moment, zone)),
        "dates in microseconds": change_moment(lambda moment: int(moment.timestamp() * 1_000_000)),
        "dates in seconds with a fraction": change_moment(lambda moment: f"{moment.timestamp():.3f}"),
        "dates with Java's zone": change_moment(lambda moment: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z[UTC]"),
        "dates with a.m. and p.m.": change_moment(
            lambda moment: (
                f"{moment.astimezone(zone):%m/%d/%Y %I:%M }" + ("a.m.", "p.m.")[moment.astimezone(zone).hour > 11]
            )
        ),
        "yes and no of other programs": _flags(
            ("on", "1.0", "\u2713", "yes.", "T"), ("off", "0.0", "\u2717", "no.", "F")
        ),
        "yes and no as numbers": _flags((1,), (0,)),
        "yes and no at length": _flags(("Yes, I am", "yes - correct"), ("No, I am not", "no - incorrect")),
        "counts as text": change_columns("earlier_enquiries")(_rotate("{}.0", " {} ", "{} times", "{}x")),
        "not given, in forms": write_blanks("- Select -", "Please select", "--None--", "(No value)", "Choose one"),
        "not given, in programs": write_blanks("undefined", "NaN", "[]", "#N/A", "NULL", "nil", "{}"),
        "not given, in words": write_blanks("Not specified", "not applicable", "?", "\u2014", "n/a.", "TBD"),
        "columns in another order": lambda lead, _: dict(reversed(lead.items())),
        "columns nobody knows": lambda lead, number: lead | {"utm_matchtype": "e", "form_position": number},
    }


def _ordinal(local: datetime) -> str:
    """Return a local moment as ``September 1st, 2026 9:05 am``."""
    day = local.day
    ending = "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{local:%B} {day}{ending}, {local.year} {local.hour % 12 or 12}:{local:%M} {('am', 'pm')[local.hour > 11]}"


def list_stranger_respellings(zone: ZoneInfo) -> dict[str, Respell]:
    """Return all of them, for a practice in this time zone."""
    return list_categories() | list_messages() | list_contacts(zone)
