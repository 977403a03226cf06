"""What does one line of a list show? Rows of the queue -> values for the templates.

Lives here: a lead's line on the queue, the nurture list and the search results. Does not live here: the pages around it
(``page_models``), the order (``serving.desk.queue``)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from serving.desk.pages.display_text import DisplayText
from serving.desk.queue.queue_board import QueueSnapshot
from serving.scoring.informative_facts import choose_list_reason
from serving.store.repositories.queue_rows import QueueRow

__all__ = ["REASONS_PER_LEAD", "LeadListItem", "build_list_items"]

REASONS_PER_LEAD = 3
_PERCENTAGE = re.compile(r"\d+ ?% likely to book")


@dataclass(frozen=True)
class LeadListItem:
    """One lead on a list.

    Parameters
    ----------
    name : str
        What the person is called; empty where it is not known.
    lane : str
        As shown: urgent, callback due, normal or nurture.
    is_ready : bool
        Whether it may be called now.
    why_here : str
        Why it is at its position.
    answer : dict
        What was shown with its last score; empty where there is none.
    stage : str
        How far we have come; see ``serving.scoring.lead_stage``.
    late : bool
        Whether it waits longer than the practice wants.
    owner : str
        Who works on it, and until when it is held for them.
    is_held : bool
        Whether ``owner`` says that it is held: a sentence of ours. Otherwise it is a name alone.
    """

    lead: QueueRow
    name: str
    lane: str
    is_ready: bool
    why_here: str
    answer: dict[str, Any]
    waiting: str
    late: bool
    calls: int
    stage: str
    owner: str
    callback: str
    follow_up: str
    is_held: bool

    @property
    def wants_soon(self) -> bool:
        """Whether the person says that they want it soon."""
        return bool(self.answer.get("wants_soon"))

    @property
    def reason(self) -> str:
        """The one reason worth reading on a list; empty where there is none."""
        reasons = self.answer.get("reasons") or []
        return choose_list_reason([reason for reason in reasons if not _repeats_service(reason)])

    @property
    def section(self) -> str:
        """The part of the call list it stands in."""
        if self.lane in ("urgent", "callback due"):
            return self.lane
        return "ready" if self.is_ready else "later"

    @property
    def why_now(self) -> str:
        """The one thing to know before opening it: why it comes first or must wait, else the reason for its score."""
        if self.section == "urgent":
            # Its heading says "possible emergency" already, and the reason for a score is not why it is here.
            return "Read the message first" if self.why_here == "Possible emergency" else self.why_here
        if self.section != "ready":
            return self.why_here
        # The percentage stands in the same row already.
        return self.reason or ("" if _PERCENTAGE.fullmatch(self.why_here) else self.why_here)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """The strongest reasons: text, and "raises" or "lowers"."""
        reasons = (
            (self.answer.get(f"reason_{position}"), self.answer.get(f"reason_{position}_effect"))
            for position in range(1, REASONS_PER_LEAD + 1)
        )
        return [(text, effect) for text, effect in reasons if text]


def _repeats_service(reason: Mapping[str, Any]) -> bool:
    """Return whether a reason says which service is wanted, which the row says already.

    >>> _repeats_service({"text": "Wants: MRI scan", "signals": ["service_offered", "service_requested"]})
    True
    """
    return "service_requested" in (reason.get("signals") or ()) and ": " in reason["text"]


def build_list_items(
    snapshot: QueueSnapshot,
    numbers: Sequence[int],
    answers: Mapping[int, dict[str, Any]],
    owners: Mapping[str, str],
    names: Mapping[str, str],
    calling: frozenset[str] = frozenset(),
) -> list[LeadListItem]:
    """Return the lines of a list for these rows of the snapshot.

    Parameters
    ----------
    answers : mapping
        Number of a score -> what was shown with it.
    owners : mapping
        Who works here -> name to show.
    names : mapping
        Lead -> what the person is called.
    calling : frozenset of str
        Leads with whom somebody is on the phone.
    """
    display = DisplayText.of(snapshot.engine.bundle.practice, snapshot.now)
    items = []
    for number in numbers:
        lead = snapshot.columns.rows[number]
        minutes = display.count_minutes_since(lead.created_at)
        target = display.get_target_minutes(lead.channel)
        calls = int(snapshot.columns.arrays["calls"][number])
        is_held = lead.held_until is not None and lead.held_until > display.now
        owner = owners.get(lead.owner, lead.owner) if lead.owner else ""
        items.append(
            LeadListItem(
                lead,
                names.get(lead.lead_id, ""),
                snapshot.get_lane(number),
                snapshot.is_ready(number),
                snapshot.explain_position(number),
                answers.get(lead.score, {}),
                display.format_age(minutes),
                not calls and minutes > target and snapshot.columns.stages[number].is_open,
                calls,
                snapshot.columns.stages[number].name,
                _describe_owner(owner, display.format_time(lead.held_until), lead.lead_id in calling)
                if is_held
                else owner,
                display.format_moment(lead.callback_at),
                display.format_moment(lead.follow_up_at),
                is_held,
            )
        )
    return items


def _describe_owner(owner: str, until: str, is_calling: bool) -> str:
    """Say who works on a lead now: "On the phone: Ben R.", or until when it is held for them.

    >>> _describe_owner("Ben R.", "9:15 AM", True), _describe_owner("Ben R.", "9:15 AM", False)
    ('On the phone: Ben R.', 'Ben R. until 9:15 AM')
    """
    return f"On the phone: {owner}" if is_calling else f"{owner} until {until}"
