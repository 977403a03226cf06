"""Who made which model the champion, when, on what grounds? A chain of signed lines that can only grow.

Lives here: appending a line, reading the chain and proving it whole, one promotion at a time.
Does not live here: what is promoted (``promotion``), what was found (``contract``).

Each line names the sha256 of the line before it and is signed (HMAC-SHA256, RFC 2104) with a key that only this
installation has: ``LEADLIGHT_SIGNING_KEY``, or one that is made once and kept beside the ledger, readable by its owner
alone. A line that was changed, taken out or put in is found."""

import fcntl
import hmac
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from features.secret_sources import read_secret
from training.errors import PromotionError

__all__ = ["PromotionEntry", "PromotionLog"]

_FIRST = "0" * 64


@dataclass(frozen=True)
class PromotionEntry:
    """One line.

    Parameters
    ----------
    action : {"promote", "rollback"}
    version, sha256 : str
        Of the model that became champion.
    before : str
        Version of the champion that it took the place of; empty for the first.
    found : dict
        Code of each check -> its verdict.
    waived : tuple of str
        Codes that failed and were signed for.
    by, because : str
        Who signed and why; empty where nothing was waived and nobody was named.
    """

    action: str
    version: str
    sha256: str
    before: str
    found: dict[str, str] = field(default_factory=dict)
    waived: tuple[str, ...] = ()
    by: str = ""
    because: str = ""
    at: str = ""
    previous: str = ""
    signature: str = ""


class PromotionLog:
    """The promotions of one model.

    Parameters
    ----------
    home : Path
        mlruns.
    name : str
        Of the model.
    """

    def __init__(self, home: Path, name: str) -> None:
        self._folder, self.path = home / "promotions", home / "promotions" / f"{name}.jsonl"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else promotes while the block lasts: a second process waits for its turn, and then finds what the
        first has done.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_suffix(".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def entries(self) -> list[PromotionEntry]:
        """Every line, oldest first.

        Raises
        ------
        PromotionError
            If the chain was changed: which line, and what to do.
        """
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.is_file() else []
        found, previous = [], _FIRST
        for number, line in enumerate(lines, 1):
            try:
                entry = PromotionEntry(
                    **{name: tuple(value) if name == "waived" else value for name, value in json.loads(line).items()}
                )
            except (ValueError, TypeError):
                entry = None
            if (
                entry is None
                or entry.previous != previous
                or not hmac.compare_digest(entry.signature, self._signature(entry))
            ):
                raise PromotionError(
                    f"promotions: line {number} of {self.path.name} is not what was signed. Somebody changed it, or the signing key is another. "
                    "Find out which before anything is promoted; the service goes on with the model it has."
                )
            found.append(entry)
            previous = sha256(line.encode()).hexdigest()
        return found

    def append(self, entry: PromotionEntry) -> PromotionEntry:
        """Sign the entry and write it, to the disk before this returns."""
        lines = self.path.read_text(encoding="utf-8").splitlines() if self.path.is_file() else []
        entry = replace(
            entry,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            previous=sha256(lines[-1].encode()).hexdigest() if lines else _FIRST,
        )
        entry = replace(entry, signature=self._signature(entry))
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(asdict(entry), ensure_ascii=False) + "\n").encode())
            os.fsync(handle)
        finally:
            os.close(handle)
        return entry

    def _signature(self, entry: PromotionEntry) -> str:
        """HMAC-SHA256 over everything but the signature itself."""
        said = json.dumps(asdict(replace(entry, signature="")), ensure_ascii=False, sort_keys=True)
        return hmac.new(self._key, said.encode(), sha256).hexdigest()

    @property
    def _key(self) -> bytes:
        """The installation's key; made when there is none yet."""
        if given := read_secret("LEADLIGHT_SIGNING_KEY"):
            return given.encode()
        path = self._folder / "key"
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        return path.read_bytes()
