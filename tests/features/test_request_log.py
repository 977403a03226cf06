"""Does the log write what changed, and only so much of it from memory?"""

import numpy as np

from features import request_log
from features.request_log import Request, RequestLog, read_requests


def said(lead_id, log_odds):
    """What was said of a lead."""
    return Request(lead_id, np.datetime64("2026-03-05", "us"), "ab12", True, np.array([1.5], np.float32), log_odds, None)


def written(home):
    """Whom the lines are about, in their order."""
    return [one.lead_id for one in read_requests(home)]


def test_the_same_once_more_is_no_new_line_and_another_score_is_one(tmp_path):
    log = RequestLog(tmp_path)

    for log_odds in (0.1, 0.1, 0.2):
        log.write_changed([said("L-1", log_odds)])

    assert written(tmp_path) == ["L-1", "L-1"]


def test_leads_of_whom_nothing_was_written_for_longest_are_forgotten(tmp_path, monkeypatch):
    monkeypatch.setattr(request_log, "_REMEMBERED_LEADS", 2)
    log = RequestLog(tmp_path)
    log.write_changed([said("L-1", 0.1), said("L-2", 0.1)])
    log.write_changed([said("L-1", 0.2), said("L-3", 0.1)])

    log.write_changed([said("L-1", 0.2), said("L-2", 0.1), said("L-3", 0.1)])

    assert written(tmp_path) == ["L-1", "L-2", "L-1", "L-3", "L-2"]
