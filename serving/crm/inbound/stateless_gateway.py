"""What does a hook do without a store? It scores what it is sent and keeps nothing.

Lives here: a door with an engine behind it, for workflows and tools that send the whole lead and read the answer.
Does not live here: keeping leads (``serving.store``).

What only makes sense beside what is known of a lead (one change, an event, an outcome) is refused as not ready, so that
the sender tries again."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NoReturn

import numpy as np

from serving.crm.ports import FieldChange
from serving.errors import RequestError
from serving.scoring.engine import Engine

__all__ = ["StatelessLeadGateway"]


class StatelessLeadGateway:
    """A ``LeadDoor`` that scores and forgets.

    Parameters
    ----------
    engine : callable
        Gives the engine in use.
    clock : callable
        Gives now, datetime64[us] in UTC.
    """

    def __init__(self, engine: Callable[[], Engine], clock: Callable[[], np.datetime64]) -> None:
        self._engine, self._clock = engine, clock

    def for_crm(self, crm: str) -> "StatelessLeadGateway":
        """The same door."""
        return self

    def upsert_lead(self, payload: Mapping[str, Any], as_of: datetime | None = None) -> Mapping[str, Any]:
        """The score of what was sent."""
        given = {name: value for name, value in payload.items() if value is not None}
        return self._engine().score([given], self._clock())[0].model_dump()

    def apply_changes(self, lead_id: str, changes: Sequence[FieldChange]) -> Mapping[str, Any] | None:
        """Refused."""
        _needs_a_store()

    def add_events(self, lead_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Refused."""
        _needs_a_store()

    def add_outcome(self, lead_id: str, outcome: Mapping[str, Any]) -> None:
        """Refused."""
        _needs_a_store()

    def forget_lead(self, lead_id: str) -> None:
        """Nothing to do: nothing was kept."""


def _needs_a_store() -> NoReturn:
    said = "This service keeps no leads yet, so it cannot take a change of one. Send it again once a store is set up."
    raise RequestError(503, "no_store", said, retryable=True)
