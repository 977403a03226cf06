"""What do the CRM hooks bring, where leads are kept? The same intake as every other program's.

Lives here: the hooks' narrow door (``hooks.door.LeadDoor``) in front of the store. Does not live here: translating a CRM's words (``hooks``), keeping (``intake``).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from serving.errors import RequestError
from serving.hooks.door import FieldChange
from serving.intake import Asked, Intake

__all__ = ["KeptDoor"]

_HOOK = Asked("hook")


class KeptDoor:
    """A ``LeadDoor`` that keeps what comes.

    Parameters
    ----------
    intake : Intake
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def upsert_lead(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Create or change the lead, and its score; what is None was emptied in the CRM, and is taken back."""
        answer = self._intake.put_lead(dict(payload), _HOOK)[1]
        return {name: value for name, value in answer.items() if name not in ("created", "changed")}

    def apply_changes(self, lead_id: str, changes: Sequence[FieldChange]) -> Mapping[str, Any] | None:
        """Refused as not ready: the store does not keep yet when a CRM itself changed a field, so a late delivery could undo a newer value."""
        raise RequestError(503, "no_versions", "Single changes of fields are not kept yet; let a workflow send the whole lead.", retryable=True)

    def add_events(self, lead_id: str, events: Sequence[Mapping[str, Any]]) -> None:
        """Note what happened."""
        self._intake.add_events(lead_id, {"events": [dict(one) for one in events]}, _HOOK)

    def add_outcome(self, lead_id: str, outcome: Mapping[str, Any]) -> None:
        """Note what became of it."""
        self._intake.add_outcome(lead_id, {name: value for name, value in outcome.items() if value is not None}, _HOOK)

    def forget_lead(self, lead_id: str) -> None:
        """Delete the person; one that is not known is as good as forgotten."""
        self._intake.forget(lead_id)
