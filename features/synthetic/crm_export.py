"""What do the CRM's rows look like? The leads table as in an export: dirty formats, gaps, and custom columns.

Lives here: phone and ZIP formats, the values of columns, the custom columns, the spend table.
Does not live here: what is stated where (``inquiries``), messages (``message_grammar``).
"""

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd

from features.practice.practice import Practice
from features.synthetic import seasonality
from features.synthetic.inquiries import TIMEFRAME_ON_FORM
from features.synthetic.locations import CatchmentArea
from features.synthetic.message_grammar import MessageWriter
from features.synthetic.persons import NOT_OFFERED, draw_weighted

__all__ = ["CLICKS", "build_leads_table", "build_spend_table", "draw_clicks", "draw_status_notes"]

AGE_BANDS = ((0, "0-17"), (18, "18-39"), (40, "40-54"), (55, "55-64"), (65, "65-74"), (75, "75+"))
PHONE_STYLES = (
    "({0}) {1}-{2}",
    "{0}-{1}-{2}",
    "{0}{1}{2}",
    "+1 {0} {1} {2}",
    "{0}.{1}.{2}",
    "1-{0}-{1}-{2}",
    "{0} {1} {2} (cell)",
    "+1{0}{1}{2}",
    " {0} {1}{2}",
    "{0}{1}{2}.0",
)
PHONE_STYLE_WEIGHTS = (26, 24, 18, 8, 7, 5, 3, 5, 2, 2)
DAILY_SPEND = {
    "brand_search": ("web_form", 90),
    "back_pain_search": ("web_form", 240),
    "knee_pain_search": ("web_form", 170),
    "local_therapy": ("web_form", 60),
    "drive_time_radio": ("inbound_call", 150),
    "social_video": ("social_ad", 80),
    "directory_listing": ("directory", 35),
    "partner_list": ("email", 40),
    "patient_newsletter": ("email", 12),
    "physician_outreach": ("referral", 55),
    "spring_knee_webinar": ("web_form", 65),
    "fall_social_blast": ("social_ad", 260),
}
"""Channel and mean daily spend, US dollars, of each campaign at 700 leads a month."""
SPEND_AT_LEADS_A_MONTH = 700
CLICKS = {
    "brand_search": (1.6, 0.09),
    "back_pain_search": (6.5, 0.035),
    "knee_pain_search": (5.8, 0.032),
    "local_therapy": (4.2, 0.04),
    "social_video": (0.9, 0.011),
    "directory_listing": (3.0, 0.02),
    "fall_social_blast": (0.7, 0.008),
}
"""Price of a click, US dollars, and share of impressions that are clicked, of each campaign that is clicked at all."""
BOOKED_NOTES = (
    "Booked, new patient packet sent",
    "appt set",
    "Scheduled - confirmation sent",
    "booked via portal",
    "on calendar",
)
LOST_NOTES = {
    "price": "too expensive, declined",
    "scheduling": "could not agree on a time",
    "out_of_network": "OON - declined",
    "service_not_offered": "we don't do this",
    "out_of_area": "too far",
    "not_eligible": "not eligible",
    "no_response": "LM x3, closing",
    "chose_other": "went elsewhere",
    "duplicate": "dupe, see other record",
    "spam": "SPAM",
    "other": "closed",
}
OPEN_NOTES = ("new", "assigned", "LM x1", "try again", "emailed")


def build_leads_table(
    e: pd.DataFrame, message: np.ndarray, practice: Practice, area: CatchmentArea, seed: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Build the leads table without ``crm_status_note``; ``created_at`` in seconds since 1970 UTC."""
    n, writer = len(e), MessageWriter(practice, seed)
    wish, payer, preferred = e["wish"].tolist(), e["payer"].tolist(), e["preferred"].tolist()
    in_column = {
        name: e[f"{name}_in"].isin(["column", "both"]).to_numpy()
        for name in ("service", "payer", "place", "time", "relation", "existing", "referred", "age")
    }
    gives_reason = in_column["referred"] & (rng.random(n) < 0.5)
    return pd.DataFrame(
        {
            "lead_id": e["lead_id"].to_numpy(object),
            "created_at": e["created"].to_numpy(),
            "channel": e["channel"].to_numpy(object),
            "source": e["source"].to_numpy(object),
            "campaign": e["campaign"].to_numpy(object),
            "landing_page": _landing_pages(e, practice, rng),
            "service_requested": _fill_rows(
                in_column["service"], lambda row: _write_service(practice, writer, wish[row])
            ),
            "message": message,
            "preferred_clinic": _fill_rows(
                (e["preferred"] >= 0).to_numpy(), lambda row: _write_clinic(practice, writer, preferred[row])
            ),
            "postal_code": _zip_codes(area.codes[e["home"].to_numpy()], in_column["place"], rng),
            "phone": _phones(e["digits"].fillna("").to_numpy(object), rng),
            "email": _emails(e["email"].fillna("").to_numpy(object), rng),
            "preferred_contact": e["prefers_contact_said"].to_numpy(object),
            "preferred_time": e["prefers_time_said"].to_numpy(object),
            "relation": np.where(in_column["relation"], e["relation"], None),
            "referrer": _referrers(e, in_column["referred"], rng),
            "referral_reason": _fill_rows(
                gives_reason, lambda row: writer.choice(writer.services[wish[row]]["conditions"])
            ),
            "payer": _fill_rows(in_column["payer"], lambda row: writer.write_payer(payer[row])),
            "age_band": np.where(in_column["age"], _age_bands(e["age"].to_numpy()), None),
            "existing_patient": np.where(in_column["existing"], np.where(e["existing"], "yes", "no"), None),
            "timeframe": np.where(in_column["time"], e["time"].map(TIMEFRAME_ON_FORM), None),
            "do_not_contact": np.where(e["do_not_contact"], "yes", "no"),
            "pages_viewed": np.where(e["pages"] > 0, e["pages"], np.nan),
            "device": np.where(e["pages"] > 0, e["device"], None),
            "newsletter": np.where(e["newsletter"], "yes", "no"),
            "first_visit": _first_visits(e, practice),
        }
    )


def _first_visits(e: pd.DataFrame, practice: Practice) -> np.ndarray:
    """Return the local day of the first visit to the site, as text; None without one. Shape (n,), object."""
    first_visit = e["created"] - e["first_visit_days"].fillna(0) * 86400.0
    days = seasonality.local_parts(first_visit.to_numpy(), practice.zone).strftime("%Y-%m-%d").to_numpy(object)
    return np.where(e["first_visit_days"].notna(), days, None)


def _fill_rows(selected: np.ndarray, write: Callable[[int], str]) -> np.ndarray:
    """Return ``write(row)`` for the selected rows, None for the others. Shape (n,), object."""
    column = np.full(len(selected), None, dtype=object)
    for row in np.flatnonzero(selected):
        column[row] = write(row)
    return column


def _write_service(practice: Practice, writer: MessageWriter, wish: int) -> str:
    """Write the service as the practice calls it, if it offers it, or in somebody's own words."""
    own_words = wish == NOT_OFFERED or writer.random.random() < 0.45
    return writer.write_service(wish) if own_words else practice.services[wish].name


def _write_clinic(practice: Practice, writer: MessageWriter, code: int) -> str:
    """Write the clinic's name, or another name that people use."""
    clinic = practice.clinics[code]
    return clinic.name if writer.random.random() < 0.75 else writer.choice(clinic.also_called)


def _landing_pages(e: pd.DataFrame, practice: Practice, rng: np.random.Generator) -> np.ndarray:
    """Draw the first page viewed, where the site was visited: of the service, of a clinic, the front page."""
    slugs = np.array(
        [*("/" + service.name.lower().replace(" ", "-") for service in practice.services), "/"], dtype=object
    )
    general = draw_weighted(
        rng,
        {"/": 50, "/locations": 16, "/insurance": 10, "/book-online": 14, "/about": 5, "/blog/back-pain-tips": 5},
        len(e),
    )
    page = np.where(rng.random(len(e)) < 0.5, slugs[e["wish"]], general)
    return np.where((e["pages"] > 0) & e["service_known"], page, np.where(e["pages"] > 0, general, None))


def _zip_codes(codes: np.ndarray, in_column: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Write ZIP codes as people type them: some as ZIP+4, some with the state, some with spaces around."""
    style = rng.choice(4, len(codes), p=[0.90, 0.06, 0.02, 0.02])
    plus = rng.integers(1000, 9999, len(codes)).astype(str).astype(object)
    typed = np.select(
        [style == 1, style == 2, style == 3], [codes + "-" + plus, "TX " + codes, " " + codes + " "], codes
    )
    return np.where(in_column, typed, None)


def _phones(digits: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Write phone numbers as people type them: ten digits in ten styles; other lengths unchanged, "" as None."""
    styles = draw_weighted(rng, PHONE_STYLES, len(digits), PHONE_STYLE_WEIGHTS)
    return np.array(
        [
            style.format(d[:3], d[3:6], d[6:]) if len(d) == 10 else d or None
            for d, style in zip(digits, styles, strict=True)
        ],
        dtype=object,
    )


def _emails(emails: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Write e-mail addresses as people type them: some with capitals or a trailing space; "" as None."""
    style = rng.random(len(emails))
    typed = np.select(
        [style < 0.03, style < 0.12, style < 0.14],
        [[a.upper() for a in emails], [a.capitalize() for a in emails], emails + " "],
        emails,
    )
    return np.where(emails == "", None, typed)


def _referrers(e: pd.DataFrame, in_column: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw who sent the person, by kind and number: nobody real is named."""
    kind = draw_weighted(
        rng, {"Primary care group": 54, "Urgent care": 16, "Chiropractic office": 18, "Rheumatology group": 12}, len(e)
    )
    number = np.minimum(rng.geometric(0.06, len(e)), 60).astype(str).astype(object)
    friend = (e["source"] == "friend_or_family").to_numpy()
    return np.where(in_column, np.where(friend, "friend or family", kind + " " + number), None)


def _age_bands(age: np.ndarray) -> np.ndarray:
    """Convert ages to age bands.

    >>> list(_age_bands(np.array([17, 18, 75])))
    ['0-17', '18-39', '75+']
    """
    lows = np.array([low for low, _ in AGE_BANDS])
    return np.array([band for _, band in AGE_BANDS], dtype=object)[np.searchsorted(lows, age, "right") - 1]


def draw_status_notes(n: int, outcomes: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw ``crm_status_note``, the planted trap: notes of staff, mostly written after the outcome. Shape (n,), object.

    Parameters
    ----------
    outcomes : DataFrame
        ``row``, ``stage``, ``reason``; only what was recorded before the export.
    """
    notes = np.where(rng.random(n) < 0.14, draw_weighted(rng, OPEN_NOTES, n), None).astype(object)
    for stage, share in (("lost", 0.82), ("booked", 0.85)):
        reached_stage = outcomes[outcomes["stage"] == stage]
        rows = reached_stage["row"].to_numpy()
        if stage == "booked":
            texts = draw_weighted(rng, BOOKED_NOTES, len(rows))
        else:
            texts = reached_stage["reason"].map(LOST_NOTES).to_numpy(object)
        has_note = rng.random(len(rows)) < share
        notes[rows[has_note]] = texts[has_note]
    return notes


def draw_clicks(spend: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the spending with ``impressions`` and ``clicks``, NaN for campaigns that nobody clicks on (a radio spot).

    A day's price of a click and its click rate vary around those of the campaign.
    """
    price, rate = (
        spend["campaign"].map({name: pair[i] for name, pair in CLICKS.items()}).to_numpy(float) for i in (0, 1)
    )
    is_clicked = ~np.isnan(price)
    spread = rng.lognormal(0, 0.12, (2, len(spend)))
    clicks = rng.poisson(np.where(is_clicked, spend["amount"] / price * spread[0], 0.0))
    unclicked = rng.poisson(np.where(is_clicked, clicks * (1 / rate - 1) * spread[1], 0.0))
    return spend.assign(
        impressions=np.where(is_clicked, clicks + unclicked, np.nan), clicks=np.where(is_clicked, clicks, np.nan)
    )


def build_spend_table(
    days: list[date], is_drift: np.ndarray, leads_a_month: float, practice: Practice, rng: np.random.Generator
) -> pd.DataFrame:
    """Build the table of money spent on each campaign on each day.

    Its columns are ``day`` (local midnight, seconds since 1970 UTC), ``amount``, ``campaign``, ``channel``.
    """
    midnight = seasonality.to_utc(np.arange(len(days), dtype=float), np.zeros(len(days)), days[0], practice.zone)
    months = np.array([day.month for day in days])
    tables = []
    for campaign, (channel, mean) in DAILY_SPEND.items():
        runs = np.full(len(days), True)
        if campaign == "spring_knee_webinar":
            runs = np.isin(months, (3, 4, 5))
        elif campaign == "fall_social_blast":
            runs = is_drift
        amount = (mean * leads_a_month / SPEND_AT_LEADS_A_MONTH * rng.lognormal(0, 0.18, len(days))).round(2)
        tables.append(
            pd.DataFrame({"day": midnight[runs], "amount": amount[runs], "campaign": campaign, "channel": channel})
        )
    return pd.concat(tables, ignore_index=True).sort_values(["day", "campaign"], kind="stable", ignore_index=True)
