"""Which lead does each row of another export belong to, how many found theirs, and why did the others not?

Lives here: joining one export by id, e-mail and phone, the counts, and the rows as those of a table of ours.
Does not live here: finding a lead by one key (``lead_contacts``), what a row says (``export_rows``).

No contact leaves this module: the rows it returns have the id of their lead, and none of the columns they were joined
by.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from features.array_types import IntArray, TimeArray
from features.errors import DataError, MappingError
from features.joins.call_kinds import is_outbound
from features.joins.export_rows import NO_BOOKING, UNKNOWN_STATUS, ExportRows
from features.joins.lead_contacts import CONTACTS, LeadContacts, compute_keys
from features.mapping.joined_exports import JoinedExport
from features.parsing.column_values import to_text
from features.tables.lead_join import MIN_SHARE

__all__ = ["ExportJoin", "JoinedRows", "join_rows", "require_export_joined"]

NO_CONTACT = "has no id, e-mail or phone to find a lead by"
WITHHELD = "has a withheld number or a placeholder where its contact should be"
BEFORE_LEADS = "is from before the first lead"
BEFORE_LEAD = "has the contact of a lead that was created later"
UNKNOWN_CONTACT = "has a contact that no lead has"

_FEWEST_ROWS = 20
_SECOND = np.timedelta64(1_000_000, "us")


@dataclass(frozen=True)
class ExportJoin:
    """Count the rows of one export that found their lead.

    Parameters
    ----------
    file, becomes : str
    rows : int
        Rows that say something and might belong to a lead.
    found : dict
        Key -> rows that found their lead by it.
    ambiguous : int
        Rows whose contact several leads had by then; each went to the newest.
    contradicting : int
        Rows whose e-mail and phone belong to different leads; the e-mail decided.
    unmatched : dict
        Reason -> rows without a lead.
    leads, leads_found : int
    span : str
        First and last day of the rows, and of the leads.
    notes : tuple of str
        How its columns were read.
    undecided : dict
        Statuses of an appointment list that the mapping does not place -> rows; an empty text stands for empty cells.
    """

    file: str
    becomes: str
    rows: int
    found: dict[str, int]
    ambiguous: int
    contradicting: int
    unmatched: dict[str, int]
    leads: int
    leads_found: int
    span: str = ""
    notes: tuple[str, ...] = field(default=())
    undecided: dict[str, int] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """Share of the rows that found their lead; 1 without rows."""
        return sum(self.found.values()) / self.rows if self.rows else 1.0

    @property
    def is_low(self) -> bool:
        """Whether so few rows found their lead that a person must look."""
        return self.share < MIN_SHARE and self.rows >= _FEWEST_ROWS

    def format_lines(self) -> list[str]:
        """Format the counts as the lines of a report.

        >>> ExportJoin("calls.csv", "events", 200, {"phone": 199}, 0, 0, {NO_CONTACT: 1}, 50, 40).format_lines()[0]
        'calls.csv -> events: 199 of 200 rows (99.5%) found their lead, 199 by phone; 40 of 50 leads have some'
        """
        ways = ", ".join(f"{count:,} by {_KEY_WORDS[key]}" for key, count in self.found.items())
        matched = sum(self.found.values())
        lines = [
            f"{self.file} -> {self.becomes}: {matched:,} of {self.rows:,} rows ({self.share:.1%}) found their lead"
            f"{', ' if ways else ''}{ways}; {self.leads_found:,} of {self.leads:,} leads have some"
        ]
        if self.ambiguous:
            lines.append(
                f"{self.file}: {self.ambiguous:,} rows fit several leads of one contact; each went to the newest that "
                "was created before it"
            )
        if self.contradicting:
            lines.append(
                f"{self.file}: the e-mail and the phone of {self.contradicting:,} rows belong to different leads; "
                "the e-mail decided"
            )
        if self.unmatched:
            reasons = "; ".join(
                f"{count:,} {reason.replace('has ', 'have ', 1).replace('is ', 'are ', 1)}"
                for reason, count in self.unmatched.items()
            )
            lines.append(f"{self.file}: rows without a lead: {reasons}. They are kept among the rejected rows")
        if self.is_low:
            lines.append(f"{self.file}: under {MIN_SHARE:.0%} found their lead. {self.explain()}")
        return lines

    def explain(self) -> str:
        """Return the likeliest reason why so few rows found their lead, and what to do."""
        reason = max(self.unmatched, key=self.unmatched.__getitem__, default="")
        return f"{_REMEDIES.get(reason, '')} {self.span}".strip()


_KEY_WORDS = {"lead_id": "id", "person_id": "person id", "email": "e-mail", "phone": "phone"}
_REMEDIES = {
    NO_CONTACT: "Most rows have no contact: export the column with the phone number or the e-mail.",
    WITHHELD: "Most have a withheld number or a placeholder, which nobody can be found by.",
    BEFORE_LEADS: "It begins before the leads do: export the leads of the whole period, or the rows from then on.",
    BEFORE_LEAD: "Most are from before their lead was created: compare the clocks and time zones of both systems.",
    UNKNOWN_CONTACT: (
        "Most have contacts that no lead has: either people who never were leads, such as existing patients, or the "
        "leads were exported without some of their numbers."
    ),
}


@dataclass(frozen=True)
class JoinedRows:
    """The rows of one export as those of our table.

    ``frame`` has our columns, ``rows`` the line of data of each row in its file, ``faults`` why a row finds no lead or
    says nothing (None for all others).
    """

    frame: pd.DataFrame
    rows: np.ndarray
    faults: np.ndarray
    join: ExportJoin


def join_rows(
    file: str,
    frame: pd.DataFrame,
    export: JoinedExport,
    rows_read: ExportRows,
    leads: LeadContacts,
    missing: frozenset[str],
) -> JoinedRows:
    """Give each row of an export its lead."""
    matcher = _Matcher(frame, export, rows_read, leads, missing)
    lead_rows, matched_by, faults = matcher.match()
    says_nothing = np.isin(rows_read.faults.astype(str), (NO_BOOKING, UNKNOWN_STATUS))
    counted = ~says_nothing
    unmatched = pd.Series(faults[counted & (lead_rows < 0)]).value_counts().to_dict()
    join = ExportJoin(
        file,
        export.becomes,
        int(counted.sum()),
        {
            key: int((counted & (matched_by == key)).sum())
            for key in export.keys
            if (counted & (matched_by == key)).any()
        },
        int((matcher.ambiguous & counted).sum()),
        int((matcher.contradicting & counted).sum()),
        {str(reason): int(count) for reason, count in unmatched.items()},
        len(leads.lead_ids),
        len(np.unique(lead_rows[counted & (lead_rows >= 0)])),
        _describe_spans(rows_read.times, leads.created_at),
        tuple(rows_read.notes),
        dict(rows_read.undecided),
    )
    faults = np.where(says_nothing, rows_read.faults, faults)
    is_joined = (lead_rows >= 0) & counted
    ids, arrivals = np.full(len(frame), None, object), np.full(len(frame), np.datetime64("NaT", "us"))
    ids[is_joined], arrivals[is_joined] = leads.lead_ids[lead_rows[is_joined]], leads.created_at[lead_rows[is_joined]]
    if export.becomes == "events":
        columns = {"lead_id": ids, "occurred_at": _to_series(rows_read.times), **rows_read.columns}
        return JoinedRows(pd.DataFrame(columns), np.arange(1, len(frame) + 1), faults, join)
    return _build_outcomes(ids, faults, rows_read, arrivals, join)


def _build_outcomes(
    ids: np.ndarray, faults: np.ndarray, rows_read: ExportRows, arrivals: TimeArray, join: ExportJoin
) -> JoinedRows:
    """Build one row for each booking, and one more for each visit that took place."""
    # A day without a time counts from its start, but a booking cannot precede the inquiry that it answers.
    after_arrival = np.where(
        arrivals >= rows_read.starts, np.minimum(arrivals + _SECOND, rows_read.times), rows_read.starts
    )
    booked = pd.DataFrame(
        {
            "lead_id": ids,
            "occurred_at": _to_series(after_arrival),
            "stage": "booked",
            "recorded_at": _to_series(rows_read.times),
        }
    )
    visits = (
        booked["occurred_at"] if rows_read.visits is None else _to_series(np.maximum(rows_read.visits, after_arrival))
    )
    has_fault = np.array([fault is not None for fault in faults], bool)
    came = np.flatnonzero(~has_fault if rows_read.attended is None else rows_read.attended & ~has_fault)
    attended = pd.DataFrame(
        {
            "lead_id": ids[came],
            "occurred_at": visits.iloc[came].array,
            "stage": "attended",
            "recorded_at": visits.iloc[came].array,
        }
    )
    rows = np.arange(1, len(ids) + 1)
    return JoinedRows(
        pd.concat([booked, attended], ignore_index=True),
        np.concatenate([rows, rows[came]]),
        np.concatenate([faults, np.full(len(came), None, object)]),
        join,
    )


class _Matcher:
    """One export while its rows find their leads."""

    def __init__(
        self,
        frame: pd.DataFrame,
        export: JoinedExport,
        rows_read: ExportRows,
        leads: LeadContacts,
        missing: frozenset[str],
    ) -> None:
        self._frame, self._export, self._read, self._leads, self._missing = frame, export, rows_read, leads, missing
        self.ambiguous = np.zeros(len(frame), bool)
        self.contradicting = np.zeros(len(frame), bool)

    def match(self) -> tuple[IntArray, np.ndarray, np.ndarray]:
        """Return the row of each row's lead (-1 for none), the key that found it, and why the others have none."""
        rows = len(self._frame)
        lead_rows, matched_by = np.full(rows, -1, np.intp), np.full(rows, None, object)
        has_contact, has_key, later = (np.zeros(rows, bool) for _ in range(3))
        for name in sorted(self._export.keys, key=("lead_id", "person_id", *CONTACTS).index):
            keys = compute_keys(name, self._read_contacts(name))
            match = (
                self._leads.find_by_id(keys.keys)
                if name == "lead_id"
                else self._leads.find_newest(name, keys.keys, self._read.times)
            )
            is_personal = (keys.keys != 0) & ~match.shared
            has_contact, has_key, later = has_contact | keys.given, has_key | is_personal, later | match.later
            is_new = (lead_rows < 0) & (match.lead_rows >= 0)
            if name == "phone":
                self.contradicting |= (matched_by == "email") & (match.lead_rows >= 0) & (match.lead_rows != lead_rows)
            self.ambiguous |= is_new & (match.earlier > 1)
            lead_rows = np.where(is_new, match.lead_rows, lead_rows)
            matched_by[is_new] = name
        reasons = np.select(
            [~has_contact, ~has_key, self._read.times < self._leads.first_arrival, later],
            [NO_CONTACT, WITHHELD, BEFORE_LEADS, BEFORE_LEAD],
            UNKNOWN_CONTACT,
        ).astype(object)
        unread = np.array([fault is not None for fault in self._read.faults], bool)
        reasons[lead_rows >= 0] = None
        # A row that says nothing, or has no time, is no row of a lead either.
        reasons[unread] = self._read.faults[unread]
        matched_by[unread] = None
        return np.where(unread, -1, lead_rows), matched_by, reasons

    def _read_contacts(self, name: str) -> np.ndarray:
        """Return the texts of one key; of an outbound call, the number that was called."""
        texts = to_text(self._frame[self._export.keys[name]], self._missing)[0]
        called, direction = (self._export.columns.get(role) for role in ("phone_called", "direction"))
        if name != "phone" or called is None or direction is None:
            return texts
        outbound = [is_outbound(text) for text in to_text(self._frame[direction], self._missing)[0]]
        return np.where(outbound, to_text(self._frame[called], self._missing)[0], texts)


def require_export_joined(join: ExportJoin, export: JoinedExport, scoring: bool) -> None:
    """Refuse an export of which too few rows found their lead, unless the mapping allows it.

    Leads that are scored may be a few beside the calls of all.

    Raises
    ------
    DataError
    MappingError
        If some statuses of an appointment list are not placed: their leads would count as not booked.
    """
    if join.undecided and not scoring:
        listed = ", ".join(f"{text!r} ({count:,} rows)" for text, count in list(join.undecided.items())[:12])
        raise MappingError(
            f"{join.file}: does {listed} mean that a visit was booked? Add each to booked, attended or not_booked "
            f"under [joined.{join.file!r}] in the mapping."
        )
    if not join.is_low or export.allow_unmatched or scoring:
        return
    reasons = "\n".join(f"  - {line}" for line in join.format_lines())
    raise DataError(
        f"{join.file}: only {join.share:.1%} of {join.rows:,} rows found their lead, expected {MIN_SHARE:.0%}.\n"
        f"{reasons}\nIf that is right, set allow_unmatched = true under [joined.{join.file!r}] in the mapping to go on "
        "without these rows."
    )


def _describe_spans(times: TimeArray, arrivals: TimeArray) -> str:
    """Return from when to when the rows and the leads go."""
    spans = []
    for what, moments in (("It goes", times), ("the leads", arrivals)):
        dated = moments[~np.isnat(moments)]
        if len(dated):
            spans.append(f"{what} from {dated.min().astype('datetime64[D]')} to {dated.max().astype('datetime64[D]')}")
    return f"({', '.join(spans)}.)" if spans else ""


def _to_series(times: TimeArray) -> pd.Series:
    """Return times as a column with their zone, so that nothing has to be guessed when the table is read."""
    return pd.Series(times.astype("datetime64[us]")).dt.tz_localize("UTC")
