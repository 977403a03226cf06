"""What do the logs of scores still hold of a lead? Nothing, once it is forgotten or its lines are old.

Lives here: deleting a lead's lines from the request log and the challenger's, deleting old days.
Does not live here: the lines (``prediction_log``, ``shadow_log``), the files (``daily_jsonl``), the store.
"""

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from features.logs.daily_jsonl import DailyFiles
from features.logs.prediction_log import to_log_id

__all__ = ["delete_lead_lines", "delete_old_days"]

_FOLDERS = ("requests", "shadow")


def delete_lead_lines(home: Path, lead_ids: Iterable[str]) -> int:
    """Delete every line about some leads under ``home``; return how many. Their scores can no longer be replayed."""
    texts = [f'"lead_id":{json.dumps(to_log_id(lead_id))}' for lead_id in lead_ids]
    return sum(DailyFiles(home / folder).delete_lines(texts) for folder in _FOLDERS) if texts else 0


def delete_old_days(home: Path, before: date) -> int:
    """Delete the files of days before a day; return how many."""
    return sum(DailyFiles(home / folder).delete_before(before) for folder in _FOLDERS)
