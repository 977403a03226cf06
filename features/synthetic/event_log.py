"""Which events did the CRM record? The events table: visits, forms, calls, messages in both directions.

Lives here: events before, at and after arrival, drawn around what happened.
Does not live here: what happened (``lead_outcomes``), when the desk called (``call_desk_simulation``).

Nothing here changes what happens: replies and later visits show a person's interest, they do not create it.
"""

from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from scipy.special import expit

from features.synthetic import ground_truth, seasonality
from features.synthetic.call_desk_simulation import CallPlan
from features.synthetic.inquiries import SOURCES
from features.synthetic.lead_outcomes import LeadCourse
from features.synthetic.persons import draw_weighted

__all__ = ["build_events_table"]

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
BEGINS_ELSEWHERE = 0.35
"""Share of leads with several visits whose first one came from elsewhere."""

STAFF = np.array([f"S{i:02d}" for i in range(1, 9)], dtype=object)
ARRIVES_AS = {
    "web_form": "form_submit",
    "directory": "form_submit",
    "social_ad": "form_submit",
    "referral": "form_submit",
    "chat": "chat",
    "email": "email_in",
    "missed_call": "missed_call",
}


def build_events_table(
    e: pd.DataFrame,
    lead: ground_truth.LeadParameters,
    plan: CallPlan,
    course: LeadCourse,
    zone: ZoneInfo,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Build the table of all events, not yet cut at the export, sorted by lead and time.

    Returns
    -------
    DataFrame with the columns of ``schema.EVENTS``, but with ``row``, the lead's row, in place of ``lead_id``.
        Times in seconds since 1970 UTC.
    """
    interest = expit(lead.book + 0.9 * lead.effect)
    parts = [
        _visits_before(e, rng),
        _arrivals(e, rng),
        *_attempts(e, plan, rng),
        *_text_messages(e, plan, course, interest, rng),
        *_emails(e, course, interest, rng),
        _visits_after(e, course, interest, rng),
        _self_bookings(course, zone, rng),
    ]
    table = pd.concat([part for part in parts if len(part)], ignore_index=True)
    order = np.lexsort((table["occurred_at"].to_numpy(), table["row"].to_numpy()))
    return table.iloc[order].reset_index(drop=True)


def _make_events(
    rows: np.ndarray, when: np.ndarray, kind: str | np.ndarray, direction: str, **details: np.ndarray
) -> pd.DataFrame:
    """Make events of one direction; ``duration_s``, the other columns may be missing."""
    n = len(rows)
    duration_s, reached = details.get("duration_s"), details.get("reached")
    missing = np.full(n, None, dtype=object)
    return pd.DataFrame(
        {
            "row": np.asarray(rows),
            "occurred_at": np.asarray(when, dtype=float),
            "kind": np.full(n, kind, dtype=object) if isinstance(kind, str) else kind,
            "direction": np.full(n, direction, dtype=object),
            "duration_s": np.full(n, np.nan) if duration_s is None else np.asarray(duration_s, dtype=float),
            "staff_id": details.get("staff_id", missing),
            "reached": missing if reached is None else np.asarray(reached).astype(object),
            "campaign": details.get("campaign", missing),
            "channel": missing,
            "source": details.get("source", missing),
        }
    )


def _visits_before(e: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw page views before the inquiry: the first visit days ago for some, the last one just before it."""
    pages, created = e["pages"].to_numpy(), e["created"].to_numpy()
    rows = np.repeat(np.arange(len(e)), pages)
    # Position of each page within its lead: pages [2, 3] give rows [0, 0, 1, 1, 1] and nth [0, 1, 0, 1, 2].
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(pages) - pages, pages)
    first_ago = np.nan_to_num(e["first_visit_days"].to_numpy(float))[rows] * DAY
    early = (nth < (pages[rows] + 1) // 2) & (first_ago > 0)
    minutes = np.sort(rng.gamma(1.5, 3.0, len(rows)) + 0.2)
    rng.shuffle(minutes)
    before_last = np.where(early, np.where(nth == 0, first_ago, first_ago * rng.random(len(rows))), 0.0)
    when = created[rows] - minutes * MINUTE - before_last
    origin = {name: e[name].to_numpy(object)[rows] for name in ("source", "campaign")}
    _replace_first_touches(origin, rows, nth, rng.spawn(1)[0])
    return _make_events(rows, when, "page_view", "inbound", **origin)


def _replace_first_touches(
    origin: dict[str, np.ndarray], rows: np.ndarray, nth: np.ndarray, rng: np.random.Generator
) -> None:
    """Let the first of several visits come from elsewhere for some leads. It causes nothing: what became of the leads
    is drawn without it. What brings them is the source of the inquiry.
    """
    leads = int(rows.max()) + 1 if len(rows) else 0
    begins_elsewhere = (rng.random(leads) < BEGINS_ELSEWHERE) & (np.bincount(rows, minlength=leads) > 1)
    first = np.flatnonzero((nth == 0) & begins_elsewhere[rows])
    pairs = [pair.split("|") for pair in draw_weighted(rng, SOURCES["web_form"], len(first))]
    origin["source"][first] = [source for source, _ in pairs]
    origin["campaign"][first] = [campaign or None for _, campaign in pairs]


def _arrivals(e: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the event by which the inquiry arrived; an answered call began before the lead was recorded."""
    n, calls = len(e), (e["channel"] == "inbound_call").to_numpy()
    kind = np.where(calls, "inbound_call", e["channel"].map(ARRIVES_AS)).astype(object)
    duration = np.where(
        calls,
        rng.lognormal(5.3, 0.5, n),
        np.where(
            kind == "chat", rng.lognormal(5.0, 0.6, n), np.where(kind == "missed_call", rng.uniform(4, 45, n), np.nan)
        ),
    )
    began = e["created"].to_numpy() - np.where(calls, duration, 0.0)
    reached = np.where(calls, True, np.where(kind == "missed_call", False, None))
    return _make_events(
        np.arange(n),
        began,
        kind,
        "inbound",
        duration_s=duration.round(),
        staff_id=np.where(calls, STAFF[rng.integers(0, 8, n)], None),
        reached=reached,
        campaign=e["campaign"].to_numpy(object),
    )


def _attempts(e: pd.DataFrame, plan: CallPlan, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Draw calls by the desk, and the messages left on voicemail."""
    rows, nth = np.nonzero(np.arange(plan.called_at.shape[1]) < plan.attempts_made[:, None])
    # The desk stops calling when somebody answers, so that can only be its last attempt.
    when, answered = plan.called_at[rows, nth], plan.reached[rows] & (nth == plan.attempts_made[rows] - 1)
    duration = np.where(answered, rng.lognormal(5.4, 0.55, len(rows)), rng.uniform(8, 42, len(rows))).round()
    staff = STAFF[rng.integers(0, 8, len(rows))]
    left = ~answered & e["phone_works"].to_numpy()[rows] & (rng.random(len(rows)) < 0.48)
    return [
        _make_events(rows, when, "outbound_call", "outbound", duration_s=duration, staff_id=staff, reached=answered),
        _make_events(
            rows[left],
            when[left] + duration[left] + 4,
            "voicemail",
            "outbound",
            duration_s=rng.uniform(10, 35, left.sum()).round(),
            staff_id=staff[left],
        ),
    ]


def _text_messages(
    e: pd.DataFrame, plan: CallPlan, course: LeadCourse, interest: np.ndarray, rng: np.random.Generator
) -> list[pd.DataFrame]:
    """Draw a text message after the first unanswered call, and the replies."""
    n, phone = len(e), (e["digits"].notna() & e["phone_works"]).to_numpy()
    unanswered = (plan.attempts_made > 1) | ((plan.attempts_made == 1) & ~plan.reached)
    # Infinity for who was not called: never before the lead is settled, so nothing is sent.
    sent_at = np.where(unanswered, plan.called_at[:, 0], np.inf) + rng.uniform(1, 20, n) * MINUTE
    sent = phone & unanswered & (rng.random(n) < 0.55) & (sent_at < course.settled_at)
    reply_at = sent_at + rng.exponential(5.0, n) * HOUR
    replies = sent & (rng.random(n) < 0.04 + 0.50 * interest) & (reply_at < course.settled_at)
    rows, back = np.flatnonzero(sent), np.flatnonzero(replies)
    return [
        _make_events(rows, sent_at[rows], "sms_out", "outbound", staff_id=STAFF[rng.integers(0, 8, len(rows))]),
        _make_events(back, reply_at[back], "sms_in", "inbound"),
    ]


def _emails(e: pd.DataFrame, course: LeadCourse, interest: np.ndarray, rng: np.random.Generator) -> list[pd.DataFrame]:
    """Draw the automatic answer, opens and clicks on it, verifications through it, and written replies."""
    n, created = len(e), e["created"].to_numpy()
    sent = e["email"].notna().to_numpy() & (rng.random(n) < 0.9)
    opened = sent & e["email_works"].to_numpy() & (rng.random(n) < 0.22 + 0.55 * interest)
    clicked = opened & (rng.random(n) < 0.15 + 0.5 * interest)
    verified = clicked & (rng.random(n) < 0.6)
    replied = opened & (rng.random(n) < 0.16 * interest)
    sent_at = created + rng.uniform(20, 120, n)
    opened_at = sent_at + rng.exponential(6.0, n) * HOUR
    times = {
        "email_out": (sent, sent_at),
        "email_open": (opened, opened_at),
        "email_click": (clicked, opened_at + rng.uniform(4, 90, n)),
        "verification": (verified, opened_at + rng.uniform(95, 400, n)),
        "email_in": (replied, opened_at + rng.exponential(3.0, n) * HOUR),
    }
    tables = []
    for kind, (occurs, when) in times.items():
        # The automatic answer goes out within two minutes, even to a lead that books on the phone at once.
        rows = np.flatnonzero(occurs & ((when < course.settled_at) | (kind == "email_out")))
        tables.append(_make_events(rows, when[rows], kind, "outbound" if kind == "email_out" else "inbound"))
    return tables


def _visits_after(e: pd.DataFrame, course: LeadCourse, interest: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Draw later page views, up to the time at which the lead is settled."""
    online = (e["pages"] > 0).to_numpy()
    again = np.where(online, rng.poisson(0.15 + 1.6 * interest), 0)
    rows = np.repeat(np.arange(len(e)), again)
    when = e["created"].to_numpy()[rows] + rng.exponential(30.0, len(rows)) * HOUR
    in_time = when < course.settled_at[rows]
    return _make_events(rows[in_time], when[in_time], "page_view", "inbound")


def _self_bookings(course: LeadCourse, zone: ZoneInfo, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the bookings of people who return: by phone when the desk is open, else on the site's booking form."""
    rows = np.flatnonzero(course.self_booked)
    calls = seasonality.is_open(course.booked_at[rows], zone) & (rng.random(len(rows)) < 0.7)
    kind = np.where(calls, "inbound_call", "form_submit").astype(object)
    duration = np.where(calls, rng.lognormal(5.3, 0.4, len(rows)), np.nan).round()
    return _make_events(
        rows,
        course.booked_at[rows],
        kind,
        "inbound",
        duration_s=duration,
        staff_id=np.where(calls, STAFF[rng.integers(0, 8, len(rows))], None),
        reached=np.where(calls, True, None),
    )
