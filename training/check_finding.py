"""What did a check find? One kind of result for all checks."""

from dataclasses import dataclass, field

__all__ = ["Finding"]


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Parameters
    ----------
    code : str
        ``LC003``.
    verdict : {"holds", "fails", "not applicable"}
    sentence : str
        The result in words, with figures; no personal value.
    details : dict
        Column, signal or row -> what the check found about it.
    """

    code: str
    verdict: str
    sentence: str
    details: dict[str, str] = field(default_factory=dict)
