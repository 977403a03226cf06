"""Which files may leave the house, and what do they leave out?"""

import pytest

from features.errors import DataError
from features.practice.practice import Practice
from serving.insights.insight_report import compute_insights
from serving.insights.scope.report_scope import ReportScope
from serving.insights.sharing.shared_report import compute_shareable, make_shareable, require_shareable


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (ReportScope(11), "Expected one of 3, 6, 12, 24"),
        (ReportScope(12, (("channel", "a"), ("clinic", "b"))), "found 2 filters. Expected at most one"),
        (ReportScope(6, (("channel", "a"),)), "a filter over 6 months. Expected 12"),
    ],
)
def test_files_that_could_be_subtracted_unchecked_are_refused(scope, words):
    with pytest.raises(DataError, match=words):
        require_shareable(scope)


def test_the_usual_file_is_the_same_whatever_other_files_there_are(columns):
    report, shared = compute_shareable(lambda scope: compute_insights(columns, Practice(), scope), ReportScope())

    assert repr(shared.tables) == repr(make_shareable(report).tables)


def test_a_filtered_file_says_what_it_leaves_out(columns):
    name = columns.categories["channel"].names[0]
    scope = ReportScope(12, (("channel", name),))

    report, shared = compute_shareable(lambda scope: compute_insights(columns, Practice(), scope), scope)

    assert report.leads - shared.leads < 10 and shared.scope == scope and not shared.win_backs
    assert {"change", "outlook", "credit", "silence", "compare"} <= set(shared.left_out)
    assert "people" not in shared.tables and all(sentence.evidence in shared.tables for sentence in shared.sentences)


def test_a_filter_by_a_name_that_nobody_has_is_refused_before_the_others_are_computed(columns):
    asked = []

    def compute(scope):
        asked.append(scope)
        return compute_insights(columns, Practice(), scope)

    with pytest.raises(DataError, match="no inquiry has this service"):
        compute_shareable(compute, ReportScope(12, (("service", "Nothing"),)))
    assert len(asked) == 2
