"""What does each signal of one lead rest on? The words of the message, the events, the clinic, the field: computed on
demand.

Lives here: every kind of source that a signal may name as its evidence, and reading it for one lead at one moment.
Does not live here: which signal rests on what (``@signal(evidence=...)``), what its value says (``catalogue``).

Evidence quotes the message and shows fields as they were given. It is for the person who works on that lead, on a
terminal or a desk: never for a log, an error, a file or a model. It knows what the signals know: nothing at or after
the cutoff."""

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

__all__ = ["MAX_CHARACTERS", "Evidence"]

MAX_CHARACTERS = 80
"""A quotation or a value is cut here."""

_MOST_QUOTED = 4
_EVENT_SETS = {
    "inbound": INBOUND,
    "outbound": OUTBOUND,
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
    >>> Evidence(lead).of(CATALOGUE["urgency_phrases"])
    ('"urgent", "call me a.s.a.p."',)
    >>> Evidence(lead).of(CATALOGUE["distance_to_offering_clinic"])
    ('clinic Downtown, 4 km', 'ZIP code 02139')
    """

    def __init__(self, batch: Batch, blocks: Blocks | None = None) -> None:
        """Of a batch of one lead and one moment.

        Raises
        ------
        SignalError
            If the batch holds another number of moments.
        """
        if len(batch) != 1 or batch.leads != 1:
            raise SignalError(
                f"evidence: found {len(batch)} moments of {batch.leads} leads, expected one of one; take a single lead out of the batch."
            )
        self._batch, self._blocks = batch, blocks or Blocks(batch)
        self._practice = batch.context.practice

    def of(self, one: Signal) -> tuple[str, ...]:
        """What the signal's value rests on, one short text for each source that says something. A column read as it
        stands rests on itself."""
        sources = one.evidence or tuple(f"field:{need}" for need in one.needs)
        found = (getattr(self, f"_{kind}")(what) for kind, _, what in (source.partition(":") for source in sources))
        return tuple(dict.fromkeys(text for text in found if text))

    def _words(self, groups: str) -> str:
        """Pieces of the message as they were written: of phrase groups, ``days``, ``service``, ``links``, or how it
        begins (``all``).
        """
        message = self._batch.of_leads("message")[0]
        if message is None:
            return ""
        if groups == "all":
            return _quoted(message)
        if groups == "telling":
            return self._telling()
        if groups == "links":
            pieces = [found.span() for found in LINK.finditer(message)]
        else:
            wanted = set(groups.split(","))
            pieces = [(mark.start, mark.stop) for mark in self._marks if mark.meaning in wanted]
        texts = list(dict.fromkeys(message[start:stop] for start, stop in _apart(pieces)))
        return ", ".join(map(_quoted, texts[:_MOST_QUOTED])) + (", ..." if len(texts) > _MOST_QUOTED else "")

    def _telling(self) -> str:
        """The words of the message that the practice's past says most about, as they were meant, the strongest first."""
        knowledge, read = self._batch.context, self._batch.readings
        held = (
            -1
            if knowledge.word_weights is None
            else int(np.searchsorted(knowledge.word_weights.since, self._batch.cutoff[0], side="right")) - 1
        )
        if held < 0:
            return ""
        worth = knowledge.token_weights[held]
        said = sorted({int(one) for one in read.tokens if worth[one] != 0}, key=lambda one: -abs(worth[one]))
        return ", ".join(
            f"{_quoted(knowledge.reader.words[one])} {'speaks for' if worth[one] > 0 else 'speaks against'} it"
            for one in said[:_MOST_QUOTED]
        )

    def _event(self, what: str) -> str:
        """Events strictly before the cutoff: ``first``, ``last``, ``longest`` or ``all`` of a set of kinds, on the
        practice's clock; ``answer``: our next attempt after the person's last touch."""
        which, _, name = what.partition(" ")
        chosen = self._answer() if which == "answer" else self._events(name)
        if not len(chosen):
            return ""
        if which == "all" and len(chosen) > 1:
            kinds = Counter(EVENT_KINDS[kind] for kind in self._blocks.events.kind[chosen])
            counted = ", ".join(f"{count} {_spoken(kind)}" for kind, count in kinds.items())
            return f"{counted}; the last {self._when(self._blocks.events.time[chosen[-1]])}"
        if which == "longest":
            chosen = chosen[[np.nan_to_num(self._blocks.events.duration_s[chosen], nan=-1.0).argmax()]]
        place = chosen[0 if which in ("first", "answer") else -1]
        return f"{_spoken(EVENT_KINDS[self._blocks.events.kind[place]])}, {self._when(self._blocks.events.time[place])}"

    def _answer(self) -> IntArray:
        """Places of our attempts after the person's last touch."""
        heard, tried = self._events("inbound"), self._events("outbound")
        time = self._blocks.events.time
        return tried[time[tried] > time[heard[-1]]] if len(heard) else tried[:0]

    def _events(self, name: str) -> IntArray:
        """Places of the events of a set that this moment sees, in the order of time."""
        events = self._blocks.events
        if name == "reached":
            return np.flatnonzero(
                np.isin([EVENT_KINDS[kind] for kind in events.kind], OUTBOUND) & (events.reached == 1)
            )
        wanted = _EVENT_SETS.get(name, (name,))
        return np.array([place for place, kind in enumerate(events.kind) if EVENT_KINDS[kind] in wanted], np.intp)

    def _clinic(self, what: str) -> str:
        """A clinic by name with its distance: ``nearest``, ``second`` and ``any`` (nearest of all), ``preferred``;
        names: ``in reach``, ``offering``."""
        geo, clinics = self._blocks.geo, self._practice.clinics
        if not clinics:
            return ""
        km = geo.all_km[0]
        offered = np.where(geo.offers[0] & ~np.isnan(km), km, np.inf)
        if what in ("in reach", "offering"):
            service = self._blocks.text.service[0] >= 0
            chosen = offered <= geo.radius_km if what == "in reach" else geo.offers[0] & service
            return (
                "clinics " + ", ".join(clinics[place].name for place in np.flatnonzero(chosen)) if chosen.any() else ""
            )
        order = np.argsort(offered if what != "any" else np.where(np.isnan(km), np.inf, km), kind="stable")
        place = {"preferred": geo.preferred[0], "second": order[1] if len(order) > 1 else -1}.get(what, order[0])
        if place < 0 or (what != "preferred" and not np.isfinite(offered[place] if what != "any" else km[place])):
            return ""
        return f"clinic {clinics[place].name}" + ("" if np.isnan(km[place]) else f", {km[place]:,.0f} km")

    def _service(self, _: str) -> str:
        """The service asked for, and where it was said."""
        service = self._blocks.text.service[0]
        if service < 0:
            return ""
        where = "chosen on the form" if self._blocks.fields.service[0] >= 0 else "named in the message"
        return f"service {self._practice.services[service].name}, {where}"

    def _rule(self, what: str) -> str:
        """A rule of the service asked for as practice.toml has it: ``ages``, ``referral``, ``payers``; or ``payers
        anywhere``.
        """
        if what == "payers anywhere":
            every = dict.fromkeys(payer for service in self._practice.services for payer in service.payers)
            return "taken for some service: " + _short(", ".join(every))
        position = self._blocks.text.service[0]
        if position < 0:
            return ""
        service = self._practice.services[position]
        return {
            "ages": f"for ages {service.ages[0]} to {service.ages[1]}",
            "referral": "requires a referral" if service.referral_required else "requires no referral",
            "payers": "payers taken: " + (_short(", ".join(service.payers)) or "any"),
        }[what]

    def _field(self, name: str) -> str:
        """A field and what was given in it."""
        value = self._batch.of_leads(name)[0]
        if value is None or value != value:
            return ""
        if name in LEADS.by_name and LEADS.column(name).kind == "yes_no":
            value = "yes" if value else "no"
        shown = value if isinstance(value, str) else f"{value:g}" if isinstance(value, float) else self._when(value)
        return f"{name.removeprefix(CUSTOM_PREFIX).replace('_', ' ')}: {_short(shown)}"

    def _form(self, names: str) -> str:
        """Which of these fields are filled in, by name alone."""
        given = [
            name for name in names.split(",") if name in self._batch.columns and self._blocks.fields.is_given(name)[0]
        ]
        return "given: " + ", ".join(given).replace("_", " ") if given else ""

    def _record(self, name: str) -> str:
        """How many earlier leads stand behind a rate."""
        if self._batch.of_leads(name)[0] is None:
            return ""
        count = int(self._blocks.history.count_leads(name)[0])
        shared = name.removesuffix("_id").replace("_", " ")
        return f"{count:,} earlier lead{'s' * (count != 1)} with the same {shared}, known before this moment"

    def _clock(self, what: str) -> str:
        """A time on a clock: ``arrival`` and ``cutoff`` at the practice, ``lead`` where the lead lives; or the
        ``opening hours``.
        """
        if what == "opening hours":
            return f"open {self._batch.context.business_time.words()}"
        if what == "lead":
            there = self._blocks.clock.lead_local_time[0]
            zone = load_zip_map().zone[self._blocks.fields.zip_row[0]]
            return "" if np.isnat(there) else f"there it is {_said(there)} ({load_zip_map().zones[zone]})"
        instant = self._batch.column("created_at")[0] if what == "arrival" else self._batch.cutoff[0]
        return "" if np.isnat(instant) else f"{'arrived' if what == 'arrival' else 'now'} {self._when(instant)}"

    def _place(self, _: str) -> str:
        """How we know where the lead is."""
        if not self._blocks.geo.has_location[0]:
            return ""
        by_coordinates = not np.isnan(self._batch.of_leads("latitude")[0] + self._batch.of_leads("longitude")[0])
        return "coordinates" if by_coordinates else f"ZIP code {self._batch.of_leads('postal_code')[0]}"

    @cached_property
    def _marks(self) -> list:
        """The pieces of the message that counted, read as the signals read it."""
        arrived = self._batch.local_time(self._batch.of_leads("created_at"))[0]
        written = None if np.isnat(arrived) else arrived.astype("datetime64[D]").item()
        return self._batch.context.reader.find_spans(self._batch.of_leads("message")[0], written)

    def _when(self, instant: np.datetime64) -> str:
        """An instant on the practice's clock."""
        return _said(self._batch.local_time(np.array([instant]))[0])


def _said(local: np.datetime64) -> str:
    """A clock's time as people write it: "Thu 5 March 2026, 09:30"."""
    moment = local.item()
    return f"{moment:%a} {moment.day} {moment:%B %Y, %H:%M}"


def _spoken(kind: str) -> str:
    """An event's kind in words."""
    return kind.replace("_", " ")


def _short(text: str) -> str:
    """The text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_CHARACTERS else line[: MAX_CHARACTERS - 3].rstrip() + "..."


def _quoted(text: str) -> str:
    """The text as a quotation."""
    return f'"{_short(text)}"'


def _apart(pieces: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pieces that overlap joined into one, left to right."""
    joined: list[tuple[int, int]] = []
    for start, stop in sorted(pieces):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined
