"""What does a hook do without a store? It scores the lead it gets and stores nothing.

Lives here: a gateway to the engine alone, for workflows and tools that send the full lead and read the answer.
Does not live here: storing leads (``serving.leads.crm_gateway``).

A single change, an event or an outcome makes sense only for a stored lead: it is refused with status 503, so the sender
tries again."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import numpy as np

from serving.crm.ports import FieldChange
from serving.errors import RequestError
from serving.leads.request_reading import check_lead_not_ahead
from serving.scoring.engine import Engine

__all__ = ["StatelessLeadGateway", "UnkeptLeadGateway"]


class StatelessLeadGateway:
    """A ``LeadGateway`` that scores and stores nothing.

    Parameters
    ----------
    engine : callable
        Returns the engine in use.
    clock : callable
        Returns the current time, datetime64[us] in UTC.
    """

    def __init__(self, engine: Callable[[], Engine], clock: Callable[[], np.datetime64]) -> None:
        self._engine, self._clock = engine, clock

    def for_crm(self, crm: str) -> "StatelessLeadGateway":
        """Return this gateway: it is the same for every CRM."""
        return self

    def upsert_lead(self, payload: Mapping[str, Any], as_of: datetime | None = None) -> Mapping[str, Any]:
        """Score the lead."""
        lead = {name: value for name, value in payload.items() if value is not None}
        engine, now = self._engine(), self._clock()
        lead_read = engine.read(lead)
        check_lead_not_ahead(lead_read.converted, now)
        return engine.answer_leads([lead_read], now)[0]

    def apply_changes(self, lead_id: str, changes: Sequence[FieldChange]) -> Mapping[str, Any] | None:
        """Refuse."""
        _refuse_without_store()

    def add_events(self, lead_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Refuse."""
        _refuse_without_store()

    def add_outcome(self, lead_id: str, outcome: Mapping[str, Any]) -> None:
        """Refuse."""
        _refuse_without_store()

    def forget_lead(self, lead_id: str) -> None:
        """Do nothing: nothing is stored."""


class UnkeptLeadGateway(StatelessLeadGateway):
    """What a test key's calls meet: a score, of a lead that is not kept, with what comes with it."""

    def add_events(self, lead_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Keep nothing."""

    def add_outcome(self, lead_id: str, outcome: Mapping[str, Any]) -> None:
        """Keep nothing."""


def _refuse_without_store() -> NoReturn:
    message = "This service stores no leads yet, so it cannot apply a change. Send it again once a store is set up."
    raise RequestError(503, "no_store", message, retryable=True)
