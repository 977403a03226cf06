"""What was a column judged to be? A verdict with its evidence in figures, and the reason to leave the column out.

Lives here: ``Verdict``. Does not live here: judging (``column_judgement``).
"""

from dataclasses import dataclass
from typing import Literal

__all__ = ["NOTHING", "Verdict"]

_BARRED_KINDS = ("sex", "age", "a barred subject")


@dataclass(frozen=True)
class Verdict:
    """Hold what a column was judged to be.

    Parameters
    ----------
    outcome : {"personal", "doubtful", "nothing"}
        A doubtful column is left out and named; ``keep_on_purpose`` keeps it.
    kind : str
        What it holds, such as "phone numbers" or "staff"; empty for nothing.
    evidence : str
        The figures, without any value.
    """

    outcome: Literal["personal", "doubtful", "nothing"]
    kind: str = ""
    evidence: str = ""

    @property
    def identifies_person(self) -> bool:
        """Whether the values may identify a person; an age or a sex does not, although it never enters the score."""
        return self.outcome != "nothing" and self.kind not in _BARRED_KINDS

    @property
    def reason(self) -> str | None:
        """Return why the column is left out, in words; None if it may be used.

        >>> Verdict("personal", "phone numbers", "its header says so").reason
        'personal data (phone numbers: its header says so)'
        """
        if self.outcome == "nothing":
            return None
        if self.kind in _BARRED_KINDS:
            return f"barred: {self.kind} never enters the score ({self.evidence})"
        if self.kind == "staff":
            return f"about staff, which never enters a score ({self.evidence})"
        opening = "personal data" if self.outcome == "personal" else "perhaps personal data, left out to be safe"
        return f"{opening} ({self.kind}: {self.evidence})"


NOTHING = Verdict("nothing")
