"""What is each signal of one lead based on? The words of the message, the events, the clinic, the field.

Lives here: every kind of source that a signal may name as its evidence, read on demand for one lead at one moment.
Does not live here: which signal is based on what (``@signal(evidence=...)``), what its value means (``registry``).

Evidence quotes the message and shows fields as they were given. It is for the person who works on that lead, on a
terminal or a desk: never for a log, an error, a file or a model. Like the signals, it sees nothing at or after the
cutoff.
"""

from collections import Counter
from functools import cached_property

import numpy as np

from features.array_types import IntArray
from features.batch import Batch
from features.blocks import Blocks
from features.blocks.events import INBOUND, INTEREST, OUTBOUND
from features.errors import SignalError
from features.practice.zip_codes import load_zip_map
from features.registry import Signal
from features.schema import CUSTOM_PREFIX, EVENT_KINDS, LEADS
from features.signals.trust import LINK
from features.text.label_spans import find_label_spans
from features.text.message_readings import EvidenceSpan

__all__ = ["MAX_CHARACTERS", "Evidence"]

MAX_CHARACTERS = 80
"""Quotations and values are cut at this length."""

_MAX_QUOTED = 4
_EVENT_SETS = {
    "inbound": INBOUND,
    "interest": INTEREST,
    "touches": (*INBOUND, *INTEREST),
    "call": ("inbound_call", "outbound_call"),
}


class Evidence:
    """The evidence of one lead at one moment.

    >>> from features.registry import CATALOGUE
    >>> from features.testing import one_lead
    >>> lead = one_lead(
    ...     message="<p>It is urgent, call me a.s.a.p.</p>", service_requested="physio", postal_code="02139"
    ... )
    >>> Evidence(lead).of(CATALOGUE["wants_it_soon"])
    ('"urgent", "call me a.s.a.p."',)
    >>> Evidence(lead).of(CATALOGUE["distance_to_offering_clinic"])
    ('clinic Downtown, 4 km', 'ZIP code 02139')
    """

    def __init__(self, batch: Batch, blocks: Blocks | None = None) -> None:
        """Take a batch of one lead and one moment.

        Raises
        ------
        SignalError
            If the batch holds another number of moments.
        """
        if len(batch) != 1 or batch.leads != 1:
            raise SignalError(
                f"evidence: found {len(batch)} moments of {batch.leads} leads, expected one of one. "
                "Take a single lead out of the batch."
            )
        self._batch, self._blocks = batch, blocks or Blocks(batch)
        self._practice = batch.context.practice

    def of(self, signal: Signal) -> tuple[str, ...]:
        """Return what the signal's value is based on, one short text for each source that has something to show.

        A column used as it is, is its own evidence.
        """
        sources = signal.evidence or tuple(f"field:{need}" for need in signal.needs)
        # A source such as "words:urgency" is described by ``_describe_words("urgency")``.
        texts = (
            getattr(self, f"_describe_{kind}")(what) for kind, _, what in (source.partition(":") for source in sources)
        )
        return tuple(dict.fromkeys(text for text in texts if text))

    def _describe_words(self, groups: str) -> str:
        """Quote pieces of the message as written.

        Of phrase groups, ``days``, ``service``, ``links``, ``telling`` words, or how it begins (``all``).
        """
        message = self._batch.lead_column("message")[0]
        if message is None:
            return ""
        if groups == "all":
            return _quote(message)
        if groups == "telling":
            return self._describe_telling()
        if groups == "links":
            pieces = [match.span() for match in LINK.finditer(message)]
        else:
            meanings = set(groups.split(","))
            pieces = [(span.start, span.stop) for span in self._spans if span.meaning in meanings]
        # Overlapping pieces are one: "next week" and "week" would otherwise be quoted apart.
        texts = list(dict.fromkeys(message[start:stop] for start, stop in _merge_overlaps(pieces)))
        return ", ".join(map(_quote, texts[:_MAX_QUOTED])) + (", ..." if len(texts) > _MAX_QUOTED else "")

    def _describe_telling(self) -> str:
        """List the words of the message with the largest weights, strongest first."""
        context = self._batch.context
        if context.word_weights is None:
            return ""
        # The weights that held at the cutoff: later ones have learned from outcomes that nobody knew then.
        month = int(np.searchsorted(context.word_weights.since, self._batch.cutoff[0], side="right")) - 1
        if month < 0:
            return ""
        weights = context.token_weights[month]
        weighted = {int(token) for token in self._batch.readings.tokens if weights[token] != 0}
        strongest = sorted(weighted, key=lambda token: -abs(weights[token]))[:_MAX_QUOTED]
        return ", ".join(
            f"{_quote(context.reader.words[token])} {'speaks for' if weights[token] > 0 else 'speaks against'} it"
            for token in strongest
        )

    def _describe_event(self, what: str) -> str:
        """Describe events strictly before the cutoff, on the practice's clock.

        ``first``, ``last``, ``longest`` or ``all`` of a set of kinds; ``answer``: our next attempt after the person's
        last touch.
        """
        which, _, name = what.partition(" ")
        positions = self._find_answers() if which == "answer" else self._find_events(name)
        if not len(positions):
            return ""
        events = self._blocks.events
        if which == "all" and len(positions) > 1:
            kinds = Counter(EVENT_KINDS[kind] for kind in events.kind[positions])
            counted = ", ".join(f"{count} {_format_kind(kind)}" for kind, count in kinds.items())
            return f"{counted}; the last {self._format_instant(events.time[positions[-1]])}"
        if which == "longest":
            # argmax takes a NaN for the largest: a call of unknown length must not be the longest.
            positions = positions[[np.nan_to_num(events.duration_s[positions], nan=-1.0).argmax()]]
        position = positions[0 if which in ("first", "answer") else -1]
        return f"{_format_kind(EVENT_KINDS[events.kind[position]])}, {self._format_instant(events.time[position])}"

    def _find_answers(self) -> IntArray:
        """Find the positions of our attempts after the person's last touch."""
        inbound, attempts = self._find_events("inbound"), self._find_events("outbound")
        time = self._blocks.events.time
        return attempts[time[attempts] > time[inbound[-1]]] if len(inbound) else attempts[:0]

    def _find_events(self, name: str) -> IntArray:
        """Find the positions of the events of a set that this moment sees, in order of time."""
        events = self._blocks.events
        if name == "reached":
            return np.flatnonzero(
                np.isin([EVENT_KINDS[kind] for kind in events.kind], OUTBOUND) & (events.reached == 1)
            )
        if name == "outbound":
            return np.flatnonzero(events.is_attempt)
        kinds = _EVENT_SETS.get(name, (name,))
        return np.array([at for at, kind in enumerate(events.kind) if EVENT_KINDS[kind] in kinds], np.intp)

    def _describe_clinic(self, what: str) -> str:
        """Name a clinic with its distance, or list clinics.

        One clinic: ``nearest``, ``second``, ``any`` (nearest of all), ``preferred``. A list: ``in reach``,
        ``offering``.
        """
        geo, clinics = self._blocks.geo, self._practice.clinics
        if not clinics:
            return ""
        km = geo.all_km[0]
        # Infinity, not NaN: a clinic at an unknown distance sorts last and is never within the radius.
        offered = np.where(geo.offers[0] & ~np.isnan(km), km, np.inf)
        if what in ("in reach", "offering"):
            service = self._blocks.text.service[0] >= 0
            selected = offered <= geo.radius_km if what == "in reach" else geo.offers[0] & service
            names = ", ".join(clinics[clinic].name for clinic in np.flatnonzero(selected))
            return f"clinics {names}" if names else ""
        if what == "any":
            offered = np.where(np.isnan(km), np.inf, km)
        order = np.argsort(offered, kind="stable")
        clinic = {"preferred": geo.preferred[0], "second": order[1] if len(order) > 1 else -1}.get(what, order[0])
        if clinic < 0 or (what != "preferred" and not np.isfinite(offered[clinic])):
            return ""
        return f"clinic {clinics[clinic].name}" + ("" if np.isnan(km[clinic]) else f", {km[clinic]:,.0f} km")

    def _describe_service(self, _: str) -> str:
        """Name the service asked for, and where it was asked for."""
        service = self._blocks.text.service[0]
        if service < 0:
            return ""
        where = "chosen on the form" if self._blocks.fields.service[0] >= 0 else "named in the message"
        return f"service {self._practice.services[service].name}, {where}"

    def _describe_rule(self, what: str) -> str:
        """Describe a rule of the service asked for as practice.toml has it.

        ``ages``, ``referral``, ``payers``; or ``payers anywhere``.
        """
        if what == "payers anywhere":
            every = dict.fromkeys(payer for service in self._practice.services for payer in service.payers)
            return "taken for some service: " + _shorten(", ".join(every))
        position = self._blocks.text.service[0]
        if position < 0:
            return ""
        service = self._practice.services[position]
        return {
            "ages": f"for ages {service.ages[0]} to {service.ages[1]}",
            "referral": "requires a referral" if service.referral_required else "requires no referral",
            "payers": "payers taken: " + (_shorten(", ".join(service.payers)) or "any"),
        }[what]

    def _describe_field(self, name: str) -> str:
        """Show a field and its value."""
        value = self._batch.lead_column(name)[0]
        # NaN and NaT are the only values that differ from themselves.
        if value is None or value != value:
            return ""
        if name in LEADS.by_name and LEADS.column(name).kind == "yes_no":
            value = "yes" if value else "no"
        if isinstance(value, float):
            value = f"{value:g}"
        shown = value if isinstance(value, str) else self._format_instant(value)
        return f"{name.removeprefix(CUSTOM_PREFIX).replace('_', ' ')}: {_shorten(shown)}"

    def _describe_form(self, names: str) -> str:
        """List which of these fields are filled in, by name only."""
        filled = [
            name for name in names.split(",") if name in self._batch.columns and self._blocks.fields.is_given(name)[0]
        ]
        return "given: " + ", ".join(filled).replace("_", " ") if filled else ""

    def _describe_record(self, name: str) -> str:
        """Count the earlier leads behind a rate."""
        if self._batch.lead_column(name)[0] is None:
            return ""
        count = int(self._blocks.history.count_leads(name)[0])
        shared = name.removesuffix("_id").replace("_", " ")
        return f"{count:,} earlier lead{'s' * (count != 1)} with the same {shared}, known before this moment"

    def _describe_clock(self, what: str) -> str:
        """Show a time on a clock, or the opening hours.

        ``arrival`` and ``cutoff`` at the practice, ``lead`` where the lead lives; ``opening hours``.
        """
        if what == "opening hours":
            return f"open {self._batch.context.business_time.describe()}"
        if what == "lead":
            local = self._blocks.clock.lead_local_time[0]
            zone = load_zip_map().zone[self._blocks.fields.zip_row[0]]
            return "" if np.isnat(local) else f"there it is {_format_time(local)} ({load_zip_map().zones[zone]})"
        instant = self._batch.column("created_at")[0] if what == "arrival" else self._batch.cutoff[0]
        if np.isnat(instant):
            return ""
        written = self._format_instant(instant)
        # Midnight stands for a day whose time of day nobody knows.
        return f"arrived {written.removesuffix(', 00:00')}" if what == "arrival" else f"now {written}"

    def _describe_place(self, _: str) -> str:
        """Say how the lead's location is known."""
        if not self._blocks.geo.has_location[0]:
            return ""
        by_coordinates = not np.isnan(self._batch.lead_column("latitude")[0] + self._batch.lead_column("longitude")[0])
        return "coordinates" if by_coordinates else f"ZIP code {self._batch.lead_column('postal_code')[0]}"

    @cached_property
    def _spans(self) -> list[EvidenceSpan]:
        """The pieces of the message that counted, as the signals read it."""
        arrived = self._batch.local_time(self._batch.lead_column("created_at"))[0]
        written = None if np.isnat(arrived) else arrived.astype("datetime64[D]").item()
        message = self._batch.lead_column("message")[0]
        phrases = self._batch.context.reader.find_spans(message, written, float(self._batch.labels.days[0]))
        # A phrase is the better quotation; learned words stand in where there is none.
        quoted = {span.meaning for span in phrases}
        words = find_label_spans(message, self._batch.labels, self._batch.readings.reader.label_words)
        return phrases + [span for span in words if span.meaning not in quoted]

    def _format_instant(self, instant: np.datetime64) -> str:
        """Format an instant on the practice's clock."""
        return _format_time(self._batch.local_time(np.array([instant]))[0])


def _format_time(local: np.datetime64) -> str:
    """Format a local time as people write it: "Thu 5 March 2026, 09:30"."""
    moment = local.item()
    return f"{moment:%a} {moment.day} {moment:%B %Y, %H:%M}"


def _format_kind(kind: str) -> str:
    """Format an event's kind in words."""
    return kind.replace("_", " ")


def _shorten(text: str) -> str:
    """Put the text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_CHARACTERS else line[: MAX_CHARACTERS - 3].rstrip() + "..."


def _quote(text: str) -> str:
    """Put the text in quotation marks."""
    return f'"{_shorten(text)}"'


def _merge_overlaps(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Merge pieces that overlap, left to right."""
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(pieces):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined
