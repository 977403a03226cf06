"""Does a receipt say what figures were computed from, and whether they were made again?"""

import json
from dataclasses import replace

import pytest

from features.practice.practice import Practice
from serving.insights.evidence.receipt import Receipt, compare_receipts, digest_columns, make_receipt
from serving.insights.figure_tables import HIDDEN, Column, FigureTable
from serving.insights.insight_report import compute_insights
from serving.insights.scope.report_scope import ReportScope
from serving.insights.sharing.shared_report import make_shareable


def test_the_same_data_gives_the_same_receipt(columns, report):
    again = compute_insights(columns, Practice(name="Prairie Oak")).receipt

    assert again == report.receipt and again.number == report.receipt.number
    assert compare_receipts(report.receipt, again) == []


def test_every_fact_of_a_lead_is_in_the_digest(columns):
    booked = dict(columns.known_days) | {"booked": columns.known_days["booked"] * 1.0000001}
    reason = columns.lost_reason.copy()
    reason[0] = "scheduling" if reason[0] is None else None
    changed = (replace(columns, known_days=booked), replace(columns, lost_reason=reason))

    assert len({digest_columns(each) for each in (columns, *changed)}) == 3


def test_what_differs_is_said(report):
    receipt = report.receipt
    other = replace(receipt, code="another", scope=ReportScope(6), figures="others")

    assert compare_receipts(receipt, other) == [
        "the code of the insights differs",
        "they are over other months or filters",
        "the figures differ",
    ]


def test_a_receipt_is_read_back_from_its_file(report):
    receipt = replace(report.receipt, scope=ReportScope(12, (("channel", "Phone call"),)))

    assert Receipt.from_plain(json.loads(json.dumps(receipt.to_plain()))) == receipt
    with pytest.raises((KeyError, TypeError)):
        Receipt.from_plain({"data": "x"})


def test_another_practice_file_is_another_receipt(columns):
    receipts = [make_receipt(columns, practice, ReportScope(), ()) for practice in (Practice(), Practice(name="Other"))]

    assert compare_receipts(*receipts) == ["the practice's settings differ"]


def test_the_digest_of_a_file_does_not_tell_what_is_hidden(report):
    table = FigureTable("t", "T", (Column("who", "W", "text", "d"), Column("n", "N", "count", "d", True)), (("a", 3),))
    hidden = [replace(table, rows=(("a", HIDDEN),)), replace(replace(table, rows=(("a", 4),)), rows=(("a", HIDDEN),))]
    receipts = [report.receipt.with_figures([each]) for each in hidden]

    assert receipts[0] == receipts[1] != report.receipt.with_figures([table])
    assert make_shareable(report).receipt.figures != report.receipt.figures


def test_the_command_names_the_moment_the_months_and_the_filter(report):
    receipt = replace(report.receipt, scope=ReportScope(12, (("clinic", 'Plano "North"'),)))

    assert f"--as-of {receipt.as_of} --months 12" in receipt.command
    assert '--clinic "Plano \\"North\\""' in receipt.command
