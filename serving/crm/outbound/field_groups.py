"""Which fields of a CRM's record are written together? Those of a score, and those of a hand-off.

Lives here: their names, and which of them says what is newer. Does not live here: what they say
(``score_payload``, ``serving.desk.crm_notes``), requests (``hubspot_writer``, ``record_channel``).
"""

from dataclasses import dataclass

from serving.crm.outbound.score_payload import SCORE_FIELDS

__all__ = ["HAND_OFF", "SCORE", "FieldGroup"]


@dataclass(frozen=True)
class FieldGroup:
    """Fields that are written together.

    Parameters
    ----------
    topic : str
        Of each topic the outbox keeps only the newest message of a lead; empty for scores.
    names : tuple of str
        Our names, without a CRM's prefix.
    moment : str
        The field with the moment of the message: a record with a later one is left alone.
    """

    topic: str
    names: tuple[str, ...]
    moment: str

    def name_destination(self, crm: str) -> str:
        """Return the outbox's name for these fields of a CRM.

        >>> SCORE.name_destination("odoo"), HAND_OFF.name_destination("odoo")
        ('odoo', 'odoo:hand_off')
        """
        return f"{crm}:{self.topic}" if self.topic else crm


SCORE = FieldGroup("", SCORE_FIELDS, "scored_at")

HAND_OFF = FieldGroup(
    "hand_off", ("handed_off_to", "hand_off_answer_by", "hand_off_note", "handed_off_at"), "handed_off_at"
)
"""A score that is sent while a hand-off waits must not take its place, so they are separate messages."""
