"""Is a report computed once, kept, and never waited for longer than a page may take?"""

import threading
import time
from dataclasses import replace

import pytest

from features.errors import DataError, LeadlightError
from features.practice.practice import Practice
from serving.errors import RequestError
from serving.insights.insight_cache import InsightCache
from serving.insights.scope.report_scope import ReportScope

PRACTICE = Practice(name="Prairie Oak")


class CountingComputer:
    """Computes reports, counts how often, and waits for a signal before it answers."""

    def __init__(self, report, fault=None):
        self.report, self.fault, self.calls = report, fault, []
        self.may_answer = threading.Event()
        self.may_answer.set()

    def __call__(self, practice, scope):
        self.calls.append((practice.name, scope.months))
        assert self.may_answer.wait(10)
        if self.fault is not None:
            raise self.fault
        return replace(self.report, scope=scope)


def test_a_report_is_computed_once_for_each_number_of_months(report):
    computer = CountingComputer(report)
    cache = InsightCache(computer)

    months = [cache.get_report(PRACTICE, ReportScope(months)).months for months in (12, 12, 6, 12)]

    assert months == [12, 12, 6, 12] and computer.calls == [("Prairie Oak", 12), ("Prairie Oak", 6)]


def test_an_old_report_is_shown_while_a_new_one_is_computed(report):
    computer = CountingComputer(report)
    cache = InsightCache(computer, fresh_seconds=0.0)
    first = cache.get_report(PRACTICE, ReportScope(12))
    computer.may_answer.clear()

    again = cache.get_report(PRACTICE, ReportScope(12))

    assert again is first and len(computer.calls) == 2
    computer.may_answer.set()


def test_nobody_waits_longer_than_a_page_may_take(report):
    computer = CountingComputer(report)
    computer.may_answer.clear()
    cache = InsightCache(computer, wait_seconds=0.05)

    with pytest.raises(RequestError, match="being computed") as caught:
        cache.get_report(PRACTICE, ReportScope(12))

    assert (caught.value.status, caught.value.retryable) == (503, True)
    computer.may_answer.set()


def test_another_practice_file_is_another_report(report):
    computer = CountingComputer(report)
    cache = InsightCache(computer)

    cache.get_report(PRACTICE, ReportScope(12))
    cache.get_report(Practice(name="Other"), ReportScope(12))

    assert [name for name, _ in computer.calls] == ["Prairie Oak", "Other"]


def test_records_that_allow_no_figure_say_why(report):
    cache = InsightCache(CountingComputer(report, DataError("insights: found 1 leads and no outcome.")))

    with pytest.raises(RequestError, match="no outcome") as caught:
        cache.get_report(PRACTICE, ReportScope(12))

    assert caught.value.code == "no_insights"


@pytest.mark.parametrize("fault", [LeadlightError("no answer"), DataError("unreadable"), ValueError("secret")])
def test_a_refresh_that_fails_keeps_the_report_there_is_and_is_tried_again_soon(report, fault):
    computer = CountingComputer(report)
    cache = InsightCache(computer, fresh_seconds=0.0, retry_seconds=0.2)
    first = cache.get_report(PRACTICE, ReportScope(12))
    computer.fault = fault

    def ask():
        answer = cache.get_report(PRACTICE, ReportScope(12))
        wait_until_idle(cache)
        return answer

    assert [ask() for _ in range(3)] == [first] * 3 and len(computer.calls) == 2
    time.sleep(0.25)
    assert ask() is first and len(computer.calls) == 3


def test_a_first_failure_is_tried_again_soon(report):
    computer = CountingComputer(report, LeadlightError("the process ended with code -9"))
    cache = InsightCache(computer, retry_seconds=0.1)
    with pytest.raises(RequestError, match="could not be computed") as caught:
        cache.get_report(PRACTICE, ReportScope(12))
    computer.fault = None
    time.sleep(0.15)

    assert cache.get_report(PRACTICE, ReportScope(12)).months == 12 and caught.value.code == "insights_failed"


def wait_until_idle(cache):
    deadline = time.monotonic() + 10
    while any(entry.running is not None for entry in cache._entries.values()):
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_failure_tells_a_page_nothing_of_its_cause(report):
    cache = InsightCache(CountingComputer(report, ValueError("secret value")))

    with pytest.raises(RequestError, match="could not be computed") as caught:
        cache.get_report(PRACTICE, ReportScope(12))

    assert "secret" not in caught.value.message
    assert (caught.value.status, caught.value.code, caught.value.retryable) == (503, "insights_failed", True)
