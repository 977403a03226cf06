"""What do we call a practice's data? The vocabulary that every package shares: tables, columns, kinds, allowed values.

Lives here: the canonical tables (``leads``, ``events``, ``outcomes``, ``spend``) and what each column means.
Does not live here: reading files (``readers``), the headers under which exports carry a column
(``mapping.column_headers``), matching an export's columns to these (``mapping``), validating rows (``tables``).
"""

from dataclasses import dataclass
from functools import cached_property

__all__ = [
    "BARRED_COLUMNS",
    "BARRED_WORDS",
    "CUSTOM_KINDS",
    "CUSTOM_PREFIX",
    "EVENTS",
    "EVENT_KINDS",
    "KIND_OF_CUSTOM",
    "LEADS",
    "LOST_REASONS",
    "OUTCOMES",
    "SPEND",
    "STAGES",
    "TABLES",
    "Column",
    "Table",
]

EVENT_KINDS = (
    "page_view",
    "form_submit",
    "inbound_call",
    "missed_call",
    "outbound_call",
    "voicemail",
    "sms_in",
    "sms_out",
    "email_in",
    "email_out",
    "email_open",
    "email_click",
    "chat",
    "verification",
)
STAGES = ("reached", "qualified", "booked", "attended", "treated", "lost")
LOST_REASONS = (
    "price",
    "scheduling",
    "out_of_network",
    "service_not_offered",
    "out_of_area",
    "not_eligible",
    "no_response",
    "chose_other",
    "duplicate",
    "spam",
    "other",
)
RELATIONS = ("self", "parent", "spouse", "caregiver", "provider_office", "other")

CUSTOM_PREFIX = "custom:"
"""Prefix of an export's own column: ``custom:Total Visits``. It can never collide with a canonical name."""

KIND_OF_CUSTOM = {
    "number": "number",
    "category": "category",
    "crowded_category": "category",
    "date": "time",
    "yes_no": "yes_no",
    "list": "text",
    "short_text": "text",
}
"""Kind of a custom column -> the kind of column that stores it. A crowded category has more values than a person would
read through; a list has several values in a cell ("a; b; c").
"""

CUSTOM_KINDS = tuple(KIND_OF_CUSTOM)

BARRED_COLUMNS = ("age_band",)
"""Canonical columns that never enter the score; they may serve eligibility rules and audits."""

BARRED_WORDS = (
    "age",
    "sex",
    "gender",
    "race",
    "ethnicity",
    "religion",
    "nationality",
    "language",
    "marital",
    "pregnant",
    "orientation",
    "birth",
    "dob",
)
"""A custom column with one of these words in its name is left out unless the mapping keeps it on purpose."""


@dataclass(frozen=True)
class Column:
    """One column of a canonical table.

    Parameters
    ----------
    name : str
    kind : {"id", "time", "category", "text", "number", "yes_no"}
        ``text`` may hold personal data or free words and never enters a vocabulary; ``category`` may.
    meaning : str
        One line for the mapping file and the README, without a full stop.
    required : bool
    allowed : tuple of str
        The only values it may take; empty means any.
    low, high : float
        Inclusive bounds of a number.
    personal : bool
        Identifies a person. Never logged, never in a vocabulary, an error or the matrix.
    """

    name: str
    kind: str
    meaning: str
    required: bool = False
    allowed: tuple[str, ...] = ()
    low: float = float("-inf")
    high: float = float("inf")
    personal: bool = False


@dataclass(frozen=True)
class Table:
    """A canonical table: its name and its columns, in order.

    >>> LEADS.column("postal_code").kind
    'category'
    """

    name: str
    columns: tuple[Column, ...]
    takes_custom: bool = False

    def column(self, name: str) -> Column:
        """Return the column called ``name``. KeyError when there is none."""
        return self.by_name[name]

    @cached_property
    def by_name(self) -> dict[str, Column]:
        """Every column by its name, in order."""
        return {column.name: column for column in self.columns}

    @property
    def required_columns(self) -> tuple[str, ...]:
        """Names of the columns that a table must have."""
        return tuple(column.name for column in self.columns if column.required)


LEADS = Table(
    "leads",
    (
        Column("lead_id", "id", "one row per inquiry, unique", required=True),
        Column(
            "person_id",
            "id",
            "who the inquiry is about, as the CRM knows them; "
            "links the inquiries of one person and never enters the score",
            personal=True,
        ),
        Column("created_at", "time", "when the inquiry arrived"),
        Column(
            "practice", "category", "which practice of a group it came to; a shared model learns each one's own level"
        ),
        Column("channel", "category", "how it arrived: web form, call, chat, referral, ..."),
        Column("source", "category", "where it came from: a search engine, a directory, a partner"),
        Column("campaign", "category", "the campaign that brought it"),
        Column("landing_page", "category", "the first page seen"),
        Column("service_requested", "category", "the service asked for, in the practice's or the person's words"),
        Column("message", "text", "what the person wrote", personal=True),
        Column("preferred_clinic", "category", "the clinic asked for"),
        Column("postal_code", "category", "ZIP code", personal=True),
        Column("latitude", "number", "degrees, WGS 84", low=-90, high=90, personal=True),
        Column("longitude", "number", "degrees, WGS 84", low=-180, high=180, personal=True),
        Column("phone", "text", "phone number as given", personal=True),
        Column("email", "text", "e-mail address as given", personal=True),
        Column("preferred_contact", "category", "how the person wants to be contacted: phone, sms, email"),
        Column("preferred_time", "category", "when the person wants to be contacted"),
        Column("relation", "category", "who is asking for whom", allowed=RELATIONS),
        Column("referrer", "category", "who sent the person", personal=True),
        Column("referral_reason", "category", "why the person was sent"),
        Column("payer", "category", "who pays: an insurer, self-pay"),
        Column("age_band", "category", "age in bands; barred from the score"),
        Column("existing_patient", "yes_no", "already a patient of the practice"),
        Column("timeframe", "category", "when care is wanted, as chosen on a form"),
        Column("do_not_contact", "yes_no", "asked not to be contacted"),
        Column(
            "earlier_enquiries",
            "number",
            "inquiries by the same person in the 30 days before this one, where the CRM knows",
            low=0,
        ),
    ),
    takes_custom=True,
)

EVENTS = Table(
    "events",
    (
        Column("lead_id", "id", "the lead it belongs to", required=True),
        Column("occurred_at", "time", "when it happened", required=True),
        Column("kind", "category", "what happened", required=True, allowed=EVENT_KINDS),
        Column("direction", "category", "inbound or outbound", allowed=("inbound", "outbound")),
        Column("duration_s", "number", "how long it took, seconds", low=0),
        Column("staff_id", "id", "who did it; never enters the score"),
        Column("reached", "yes_no", "the person was reached"),
        Column("campaign", "category", "the campaign it belongs to"),
        Column("channel", "category", "how a touch before the inquiry came about; never enters the score"),
        Column("source", "category", "where a touch before the inquiry came from; never enters the score"),
    ),
)

OUTCOMES = Table(
    "outcomes",
    (
        Column("lead_id", "id", "the lead it belongs to", required=True),
        Column("occurred_at", "time", "when it happened", required=True),
        Column("stage", "category", "what became of the lead", required=True, allowed=STAGES),
        Column("recorded_at", "time", "when the practice knew it; occurred_at when absent"),
        Column("reason", "category", "why a lead was lost", allowed=LOST_REASONS),
        Column("value", "number", "revenue, in the practice's currency"),
        Column("staff_id", "id", "who booked the lead, or closed it; never enters the score"),
    ),
)

SPEND = Table(
    "spend",
    (
        Column("day", "time", "the day the money was spent", required=True),
        Column("amount", "number", "money spent, in the practice's currency", required=True, low=0),
        Column("campaign", "category", "the campaign it was spent on"),
        Column("channel", "category", "the channel it was spent on"),
        Column("impressions", "number", "how often the ads were shown for it", low=0),
        Column("clicks", "number", "how often they were clicked", low=0),
    ),
)

TABLES = {table.name: table for table in (LEADS, EVENTS, OUTCOMES, SPEND)}
