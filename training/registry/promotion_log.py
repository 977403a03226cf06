"""Who made which model the champion, when and on what grounds? A chain of signed lines that can only grow.

Lives here: appending a line, reading the lines back and verifying them, one promotion at a time.
Does not live here: what is promoted (``promotion``), the findings (``promotion_contract``), following a chain of hashes
(``features.logs.hash_chain``).

Each line holds the sha256 of the line before it and is signed (HMAC-SHA256, RFC 2104) with a key that only this
installation has: ``LEADLIGHT_SIGNING_KEY``, or one that is made once and kept beside the log, readable by its owner
alone. A line that was changed, removed or inserted is found.
"""

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
from typing import Any

from features.file_permissions import make_private_folder
from features.logs.hash_chain import FIRST_HASH, ChainLine, hash_line, verify_chain
from features.secret_sources import read_secret
from training.errors import PromotionError

__all__ = ["PromotionEntry", "PromotionLog"]

_FILE_KEYS = {"previous_version": "before", "verdicts": "found", "previous_hash": "previous"}
"""Field -> key in the file, where the two differ; the signature covers the keys, so they must not change."""


@dataclass(frozen=True)
class PromotionEntry:
    """One line.

    Parameters
    ----------
    action : {"promote", "rollback"}
    version, sha256 : str
        Of the model that became champion.
    previous_version : str
        Version of the champion that it replaced; empty for the first.
    verdicts : dict
        Code of each check -> its verdict.
    waived : tuple of str
        Codes that failed and were waived.
    by, because : str
        Who signed the waiver and why; empty where nothing was waived and nobody was named.
    """

    action: str
    version: str
    sha256: str
    previous_version: str
    verdicts: dict[str, str] = field(default_factory=dict)
    waived: tuple[str, ...] = ()
    by: str = ""
    because: str = ""
    at: str = ""
    previous_hash: str = ""
    signature: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the entry under the keys of the file."""
        return {_FILE_KEYS.get(name, name): value for name, value in asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "PromotionEntry":
        """Return the entry that ``to_dict`` wrote; TypeError where a key is missing or unknown."""
        fields = {key: name for name, key in _FILE_KEYS.items()}
        entry = cls(**{fields.get(key, key): value for key, value in values.items()})
        return replace(entry, waived=tuple(entry.waived))


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
    def lock(self) -> Iterator[None]:
        """Let nobody else promote while the block lasts.

        A second process waits for its turn, and then sees what the first has done.
        """
        make_private_folder(self._folder)
        with open(self.path.with_suffix(".lock"), "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def read_entries(self) -> list[PromotionEntry]:
        """Return every line, oldest first.

        Raises
        ------
        PromotionError
            If the chain was changed: which line, and what to do.
        """
        lines = self._read_lines()
        entries = [self._parse_line(line) for line in lines]
        verification = verify_chain(
            self._to_chain_line(number, line, entry)
            for number, (line, entry) in enumerate(zip(lines, entries, strict=True), 1)
        )
        if verification.broken is not None:
            raise PromotionError(
                f"promotions: line {verification.broken} of {self.path.name} is not what was signed: "
                f"{verification.why}. Somebody changed it, or the signing key is another one. Find out which before "
                "anything is promoted; the service keeps the model it has."
            )
        return [entry for entry in entries if entry is not None]

    def append(self, entry: PromotionEntry) -> PromotionEntry:
        """Sign the entry and write it; it is on the disk before this returns."""
        lines = self._read_lines()
        entry = replace(
            entry,
            at=datetime.now(UTC).isoformat(timespec="seconds"),
            previous_hash=hash_line(lines[-1]) if lines else FIRST_HASH,
        )
        entry = replace(entry, signature=self._sign(entry))
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, (json.dumps(entry.to_dict(), ensure_ascii=False) + "\n").encode())
            # The alias moves next, so the line must be on the disk before.
            os.fsync(handle)
        finally:
            os.close(handle)
        return entry

    def _read_lines(self) -> list[str]:
        """Return the lines of the file; none where nothing was promoted yet."""
        if not self.path.is_file():
            return []
        # Not splitlines(): it would also cut at the line separators that JSON leaves unescaped in a text (U+2028).
        text = self.path.read_text(encoding="utf-8")
        return text.removesuffix("\n").split("\n") if text else []

    @staticmethod
    def _parse_line(line: str) -> PromotionEntry | None:
        """Return the entry of a line; None where it cannot be read."""
        try:
            return PromotionEntry.from_dict(json.loads(line))
        except (ValueError, TypeError, AttributeError):
            return None

    def _to_chain_line(self, number: int, line: str, entry: PromotionEntry | None) -> ChainLine:
        """Return a line with its links, and whether its signature holds."""
        if entry is None:
            return ChainLine(number, None, hash_line(line), "it cannot be read")
        is_signed = hmac.compare_digest(entry.signature, self._sign(entry))
        return ChainLine(number, entry.previous_hash, hash_line(line), None if is_signed else "its signature differs")

    def _sign(self, entry: PromotionEntry) -> str:
        """Return the HMAC-SHA256 over everything but the signature itself."""
        text = json.dumps(replace(entry, signature="").to_dict(), ensure_ascii=False, sort_keys=True)
        return hmac.new(self._key, text.encode(), sha256).hexdigest()

    @property
    def _key(self) -> bytes:
        """The installation's key, made when there is none yet."""
        if secret := read_secret("LEADLIGHT_SIGNING_KEY"):
            return secret.encode()
        path = self._folder / "key"
        try:
            # O_EXCL lets one of two processes make the key; the other reads it.
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_hex(32).encode())
        return path.read_bytes()
