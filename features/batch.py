"""What do we know about these leads at these moments? ``Batch``: plain arrays, whether one lead or a million.

Lives here: the arrays every block and signal reads, and the two ways in: from validated tables, from JSON payloads.
Does not live here: what a value means (``parsing``), when a lead is scored (``point_in_time.scoring_moments``), heavy
work (``blocks``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from features.array_types import IntArray, ObjectArray, TimeArray
from features.arrays.computed_once import computed_once
from features.arrays.dictionary_encoding import encode_values
from features.arrays.event_arrays import EventArrays, read_payload_events, read_table_events, to_numpy_array
from features.calendar.timezones import to_local_time
from features.point_in_time.contact_index import combine_counts, compute_contact_keys, find_shared_contacts
from features.point_in_time.context import Context
from features.schema import KIND_OF_CUSTOM, LEADS
from features.text.label_reader import LabelReader, MessageLabels
from features.text.message_readings import MessageReadings

if TYPE_CHECKING:
    from features.tables.tables import Tables

__all__ = ["Batch"]


@dataclass(frozen=True)
class Batch:
    """n moments of m leads.

    Parameters
    ----------
    lead_ids : object array of shape (m,)
    of_lead : int array of shape (n,)
        Row of the lead that each moment belongs to.
    cutoff : datetime64[us] array of shape (n,), UTC
        Only what was known strictly before it may be used; NaT in a practice without dates.
    columns : dict
        Column name -> array of shape (m,): object (text, category; None unknown), float64 (number, yes_no; NaN unknown)
        or datetime64[us] (time; NaT unknown). A column that was not given is absent.
    events : EventArrays, of the m leads
    context : Context
        What was known before any of these leads arrived: practice, phrases, history.
    not_sent : dict
        Column (or "events") -> bool array of shape (m,): leads whose source did not send it. A value that was asked for
        and left empty is unknown but sent, and so is one that no lead of its source ever had, because the model knows
        such leads; a column that is absent was sent for no lead.
    """

    lead_ids: ObjectArray
    of_lead: IntArray
    cutoff: TimeArray
    columns: dict[str, np.ndarray]
    events: EventArrays
    context: Context
    not_sent: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        """Return the number of moments."""
        return len(self.of_lead)

    @property
    def leads(self) -> int:
        """Number of leads."""
        return len(self.lead_ids)

    def lead_column(self, name: str) -> np.ndarray:
        """Return one column per lead, shape (m,); all unknown when it was not given."""
        values = self.columns.get(name)
        return make_unknown_column(name, self.leads) if values is None else values

    def column(self, name: str) -> np.ndarray:
        """Return one column per moment, shape (n,)."""
        return self.lead_column(name) if self._has_one_moment_each else self.lead_column(name)[self.of_lead]

    def sent(self, name: str) -> np.ndarray:
        """Return whether the lead's source sent a column, empty or not. Shape (n,), bool.

        "events" stands for all events.

        >>> from features.testing import one_lead
        >>> lead = one_lead(phone=None)
        >>> lead.sent("phone").tolist(), lead.sent("email").tolist()
        ([True], [False])
        """
        if name != "events" and name not in self.columns:
            return np.zeros(len(self), bool)
        return ~self.is_withheld(name) if name in self.not_sent else np.ones(len(self), bool)

    def is_withheld(self, name: str) -> np.ndarray:
        """Return which moments lack a column that other leads of the practice have. Shape (n,), bool."""
        withheld = self.not_sent.get(name)
        return np.zeros(len(self), bool) if withheld is None else withheld[self.of_lead]

    def add_columns(self, kinds: Mapping[str, str]) -> "Batch":
        """Return the batch with the columns of ``kinds`` that it lacks: not sent, or missing as usual."""
        absent = {name: kind for name, kind in kinds.items() if name not in self.columns}
        if not absent:
            return self
        columns = self.columns | {name: _build_column([None] * self.leads, kind) for name, kind in absent.items()}
        not_sent = _mask_unsent({name: np.ones(self.leads, bool) for name in absent}, columns, self.context)
        wider = replace(self, columns=columns, not_sent=self.not_sent | not_sent)
        return wider._with_contact_keys(self.__dict__.get("contact_keys", {}))

    @computed_once
    def _has_one_moment_each(self) -> bool:
        """Whether each lead has one moment, in the order of the leads."""
        return len(self.of_lead) == self.leads and bool((self.of_lead == np.arange(self.leads)).all())

    def encode_column(self, name: str) -> tuple[IntArray, list[str | None]]:
        """Encode a column of texts, so that each text is read once.

        Returns the code of each lead, shape (m,), and the text of each code. The last text is None, not given: the
        code -1 of a missing text finds it, because Python counts -1 from the end.
        """
        if name not in self._codes:
            codes, distinct = encode_values(self.lead_column(name))
            self._codes[name] = codes, [*distinct, None]
        return self._codes[name]

    @computed_once
    def _codes(self) -> dict[str, tuple[IntArray, list[str | None]]]:
        """Results of ``encode_column``, by column."""
        return {}

    def local_time(self, times: TimeArray) -> TimeArray:
        """Convert UTC to the practice's own clock, daylight saving included. Same shape, NaT unknown."""
        return to_local_time(times, self.context.practice.timezone)

    @computed_once
    def contact_keys(self) -> dict[str, np.ndarray]:
        """Keys of the leads' contact data (see ``contact_index.compute_contact_keys``).

        Computed once, also when the batch is cut into chunks.
        """
        return compute_contact_keys(self.columns)

    @computed_once
    def readings(self) -> MessageReadings:
        """What each lead's message says, as written on the day the lead arrived, on the practice's clock.

        One entry per lead, read once.
        """
        return self.context.reader.read_all(
            self.lead_column("message"), self.local_time(self.lead_column("created_at"))
        )

    @computed_once
    def form_services(self) -> tuple[IntArray, IntArray]:
        """Which service each lead's form asks for, as its position in ``practice.services``; -1 none of them.

        As ``encode_column`` returns it: the code of each lead, shape (m,), and the service of each code.
        """
        codes, texts = self.encode_column("service_requested")
        return codes, self.context.find_form_services(texts)

    @computed_once
    def labels(self) -> MessageLabels:
        """How probable each label is of each lead's message. One entry per lead, read once."""
        return LabelReader.load_default().read(self.lead_column("message"), self.readings)

    def chunks(self, leads: int) -> "list[Batch]":
        """Cut this batch into chunks of at most ``leads`` leads. Moments must be sorted by lead, and stay in order."""
        if self.leads <= leads:
            return [self]
        chunks = []
        for first in range(0, self.leads, leads):
            last = min(first + leads, self.leads)
            low, high = np.searchsorted(self.of_lead, (first, last))
            chunk = replace(
                self,
                lead_ids=self.lead_ids[first:last],
                of_lead=self.of_lead[low:high] - first,
                cutoff=self.cutoff[low:high],
                columns={name: values[first:last] for name, values in self.columns.items()},
                events=self.events.between(first, last),
                not_sent={name: masked[first:last] for name, masked in self.not_sent.items()},
            )
            # Read from __dict__, where it is only once computed: cutting a batch must not compute it.
            keys = self.__dict__.get("contact_keys", {})
            chunks.append(chunk._with_contact_keys({name: values[first:last] for name, values in keys.items()}))
        return chunks

    def _with_contact_keys(self, keys: dict[str, np.ndarray]) -> "Batch":
        """Set the contact keys when they were computed before (an empty dict: they were not), and return the batch."""
        if keys:
            self.__dict__["contact_keys"] = keys
        return self

    def _resolve_contacts(self) -> "Batch":
        """Look up who inquired before in the practice's contact index, where there is one.

        Earlier inquiries are counted where the lead gives no number. A phone or an e-mail that too many leads had by
        the time the lead arrived is left empty: it is a front desk's own or a placeholder, and no way to reach the
        person. Training, scoring and the service all come through here, so none of them sees more than another.
        """
        contacts = self.context.contacts
        if contacts is None or "created_at" not in self.columns:
            return self
        keys, created_at = self.contact_keys, self.columns["created_at"]
        recent_leads = contacts.count_recent_leads(keys, created_at)
        shared = find_shared_contacts(recent_leads)
        counted = np.where(np.isnat(created_at), np.nan, combine_counts(recent_leads, shared, self.leads))
        imported = self.columns.get("earlier_enquiries")
        counted = counted if imported is None else np.where(np.isnan(imported), counted, imported)
        columns = {**self.columns, "earlier_enquiries": counted}
        for name, is_shared in shared.items():
            if is_shared.any():
                columns[name] = _blank_values(columns[name], is_shared)
                keys = {**keys, name: np.where(is_shared, np.uint64(0), keys[name])}
        # The practice's own record gives the count: no source has to send it.
        not_sent = {name: mask for name, mask in self.not_sent.items() if name != "earlier_enquiries"}
        return replace(self, columns=columns, not_sent=not_sent)._with_contact_keys(keys)

    @classmethod
    def from_tables(
        cls,
        tables: "Tables",
        of_lead: IntArray,
        cutoff: TimeArray,
        context: Context,
        withheld: Mapping[str, np.ndarray] | None = None,
    ) -> "Batch":
        """Return the moments ``(of_lead, cutoff)`` of validated ``Tables``. Moments must be sorted by lead.

        Parameters
        ----------
        withheld : dict, optional
            Column (or "events") -> bool array of shape (m,): leads that are read as if their source had not sent it,
            besides those of a store whose source did not.
        """
        leads, unsent = tables.leads, tables.find_unsent()
        columns = {name: to_numpy_array(leads[name]) for name in leads.columns if name != "lead_id"}
        ids = leads["lead_id"].to_numpy(object)
        keys = {} if context.contacts is None else context.contacts.get_keys(leads)
        events = read_table_events(tables, ids)
        absent = {} if tables.has_events else {"events": np.ones(len(ids), bool)}
        absent = unsent | absent
        if withheld:
            masks = {name: mask for name, mask in withheld.items() if name in columns}
            absent |= {name: mask | absent[name] if name in absent else mask for name, mask in withheld.items()}
            columns |= {name: _blank_values(columns[name], mask) for name, mask in masks.items()}
            keys = {
                name: np.where(masks[name], np.uint64(0), key) if name in masks else key for name, key in keys.items()
            }
        batch = cls(ids, of_lead, cutoff, columns, events, context, _mask_unsent(absent, columns, context))
        return batch._with_contact_keys(keys)._resolve_contacts()

    @classmethod
    def from_payloads(
        cls, payloads: Sequence[dict[str, Any]], context: Context, kinds: dict[str, str], now: np.datetime64
    ) -> "Batch":
        """Return one moment for each payload, converted already by ``tables.json_payload.convert_payload``.

        Each payload maps column names to one converted value, with ``cutoff`` (datetime64, ``now`` when absent) and
        ``events`` (a list of ``(datetime64, kind, reached, duration_s)``). ``kinds`` gives the kind of each column to
        build. A column (or ``events``) that a payload does not have was not sent; None was sent and left empty, unless
        no lead of that source ever had it.
        """
        n = len(payloads)
        columns = {
            name: _build_column([payload.get(name) for payload in payloads], kind) for name, kind in kinds.items()
        }
        cutoff = np.array([payload.get("cutoff", now) for payload in payloads], "datetime64[us]")
        ids = np.array([payload.get("lead_id") for payload in payloads], object)
        sent_by_all = set(payloads[0]).intersection(*payloads[1:]) if payloads else set()
        absent = {
            name: np.array([name not in payload for payload in payloads])
            for name in (*kinds, "events")
            if name not in sent_by_all
        }
        not_sent = _mask_unsent(absent, columns, context)
        events = read_payload_events(payloads)
        batch = cls(ids, np.arange(n, dtype=np.intp), cutoff, columns, events, context, not_sent)
        return batch._resolve_contacts()


def get_column_kind(name: str, custom: dict[str, str] | None = None) -> str:
    """Return the kind of a leads column, canonical or custom: category, text, number, yes_no, time."""
    if custom and name in custom:
        return KIND_OF_CUSTOM[custom[name]]
    return LEADS.column(name).kind if name in LEADS.by_name else "category"


def make_unknown_column(name: str, length: int) -> np.ndarray:
    """Return a column of unknown values, in the dtype of its kind."""
    return _build_column([None] * length, get_column_kind(name))


def _build_column(values: list[Any], kind: str) -> np.ndarray:
    """Return converted single values as one array of the kind's dtype; None is unknown."""
    if kind in ("number", "yes_no"):
        return np.array([np.nan if value is None else value for value in values], float)
    if kind == "time":
        return np.array([np.datetime64("NaT") if value is None else value for value in values], "datetime64[us]")
    return np.array(values, object) if values else np.empty(0, object)


def _mask_unsent(
    absent: Mapping[str, np.ndarray], columns: Mapping[str, np.ndarray], context: Context
) -> dict[str, np.ndarray]:
    """Return which leads' sources did not send a column, of those that lack it: not where the source never sends it."""
    lacking = {name: mask for name, mask in absent.items() if mask.any()}
    if not lacking:
        return {}
    usual = context.source_fields.find_missing_as_usual(columns, lacking)
    unsent = {name: mask & ~usual[name] if name in usual else mask for name, mask in lacking.items()}
    return {name: mask for name, mask in unsent.items() if mask.any()}


def _blank_values(values: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a column that is unknown where ``mask`` says so."""
    blanked = values.copy()
    blanked[mask] = {"M": np.datetime64("NaT"), "O": None}.get(values.dtype.kind, np.nan)
    return blanked
