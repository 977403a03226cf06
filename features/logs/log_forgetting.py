"""What do the logs of scores still hold of a lead? A hash, and nothing once it is forgotten or its lines are old.

Lives here: deleting a lead's lines from the request log and the challenger's, deleting old days, hashing the ids that
versions before wrote as they were.
Does not live here: the lines (``prediction_log``, ``shadow_log``), the files (``daily_jsonl``), the store.
"""

import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from features.logs.daily_jsonl import DailyFiles
from features.logs.installation_key import IdHasher, is_log_id
from features.logs.prediction_log import to_log_id

__all__ = ["delete_lead_lines", "delete_old_days", "hash_old_ids"]

_FOLDERS = ("requests", "shadow")
_LEAD_ID = re.compile(rb'"lead_id":("(?:[^"\\]|\\.)*")')
"""A line's id as JSON."""
_KEYED_ID = re.compile(r'^\{[^{\[]{0,200}?"lead_id":"([^"\\]*)"')
"""An id among the first fields of a line, where every version wrote it."""


def delete_lead_lines(home: Path, lead_ids: Iterable[str]) -> int:
    """Delete every line about some leads under ``home``; return how many. Their scores can no longer be replayed."""
    hasher = IdHasher.of_home(home)
    # Under the second name where an earlier version wrote the line.
    names = {json.dumps(name).encode() for lead_id in lead_ids for name in (hasher.log_id(lead_id), to_log_id(lead_id))}
    return sum(DailyFiles(home / folder).delete_lines(_LEAD_ID, names) for folder in _FOLDERS) if names else 0


def delete_old_days(home: Path, before: date) -> int:
    """Delete the files of days before a day; return how many."""
    return sum(DailyFiles(home / folder).delete_before(before) for folder in _FOLDERS)


def hash_old_ids(home: Path) -> int:
    """Hash the ids in lines of versions that wrote them as they were; return how many files were rewritten."""
    hasher = IdHasher.of_home(home)
    return sum(DailyFiles(home / folder).rewrite_lines(lambda line: _hash_id(line, hasher)) for folder in _FOLDERS)


def _hash_id(line: str, hasher: IdHasher) -> str | None:
    """Return a line with its lead's id hashed; None where it is already, or where the line is damaged."""
    # Nearly every line is one of today's: its id is found without reading the rest of several kilobytes.
    keyed = _KEYED_ID.search(line)
    if keyed is not None and is_log_id(keyed[1]):
        return None
    try:
        lead_id = json.loads(line)["lead_id"]
    except (ValueError, KeyError, TypeError):
        return None
    # A number that an earlier version hashed without a key cannot be read back; forgetting still finds it.
    if not isinstance(lead_id, str) or is_log_id(lead_id) or lead_id.startswith("sha256:"):
        return None
    # In place: the other fields stay as they are to the bit, and with them the receipt.
    return line.replace(f'"lead_id":{json.dumps(lead_id)}', f'"lead_id":{json.dumps(hasher.log_id(lead_id))}', 1)
