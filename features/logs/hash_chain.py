"""Was any line of a log changed since it was written? Each line holds the hash of the line before it.

Lives here: the hash of a line, verifying a chain, naming the first line that is broken.
Does not live here: what a line says and where it is kept (``serving.store.database.audit_chain``,
``training.registry.promotion_log``).

A chain shows a line that was changed, removed or inserted. Lines cut off at the end show only beside a hash noted
elsewhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

__all__ = ["FIRST_HASH", "ChainLine", "ChainVerification", "hash_line", "verify_chain"]

FIRST_HASH = "0" * 64
"""The hash before the first line."""


@dataclass(frozen=True)
class ChainLine:
    """One line as it is read back.

    Parameters
    ----------
    number : int
        Number that the line gives itself, from 1.
    previous_hash : str or None
        Hash of the line before it, as this line states it; None where the line cannot be read.
    line_hash : str
        Hash by which the next line must name this one.
    fault : str, optional
        What is wrong with the line's own content.
    """

    number: int
    previous_hash: str | None
    line_hash: str
    fault: str | None = None


@dataclass(frozen=True)
class ChainVerification:
    """The result of verifying a chain.

    Parameters
    ----------
    rows : int
        Valid lines.
    head : str
        Hash of the last of them.
    broken : int or None
        Number of the first broken line; None when all are valid.
    why : str
    """

    rows: int
    head: str
    broken: int | None = None
    why: str = ""


def hash_line(text: str) -> str:
    """Return the hash of a line whose text includes the hash of the line before it.

    >>> hash_line(f"{FIRST_HASH} promoted 1")[:12]
    'bd122d75a054'
    """
    return sha256(text.encode()).hexdigest()


def verify_chain(lines: Iterable[ChainLine], head: str | None = None) -> ChainVerification:
    """Verify a chain from its first line.

    Parameters
    ----------
    lines : iterable of ChainLine, in order
    head : str, optional
        A hash noted earlier, which must still be in the chain.

    >>> first = ChainLine(1, FIRST_HASH, hash_line("a"))
    >>> verify_chain([first, ChainLine(2, hash_line("a"), hash_line("b"))]).broken is None
    True
    >>> verify_chain([first, ChainLine(2, hash_line("c"), hash_line("b"))]).why
    'it does not follow the line before it'
    """
    count, last_hash, head_seen = 0, FIRST_HASH, head in (None, FIRST_HASH)
    for line in lines:
        fault = _find_fault(line, count + 1, last_hash)
        if fault is not None:
            return ChainVerification(count, last_hash, count + 1, fault)
        count, last_hash = count + 1, line.line_hash
        # A cut chain is whole in itself. Only a hash noted somewhere else shows that its end is missing.
        head_seen = head_seen or last_hash == head
    if not head_seen:
        return ChainVerification(
            count,
            last_hash,
            count + 1,
            "the hash noted earlier is in no line: lines were cut off, or this is another chain",
        )
    return ChainVerification(count, last_hash)


def _find_fault(line: ChainLine, number: int, previous_hash: str) -> str | None:
    """Return what is wrong with a line; None when it follows the one before and its content is intact."""
    if line.number != number:
        return f"line {number} is missing; the next one is {line.number}"
    # An unreadable line names no predecessor, so its own fault is the one to report.
    if line.previous_hash is not None and line.previous_hash != previous_hash:
        return "it does not follow the line before it"
    return line.fault
