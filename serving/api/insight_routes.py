"""What do programs read of the insights? ``/v1/insights`` and its sections: the same tables as the page and the files.

Lives here: the routes. Does not live here: the figures (``serving.insights``), the pages for people
(``serving.desk.routes.insight_routes``)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from serving.api.thread_pools import ThreadPools
from serving.desk.desk_service import Desk
from serving.errors import RequestError
from serving.http.responses import json_reply, reply_to_errors
from serving.insights.figure_tables import to_plain
from serving.insights.insight_cache import InsightCache
from serving.insights.insight_report import InsightReport
from serving.insights.report_sections import SECTIONS
from serving.insights.scope.report_scope import ReportScope, parse_scope
from serving.insights.sentences.sentence import Sentence

__all__ = ["INSIGHT_ADDRESSES", "InsightRoutes"]

INSIGHT_ADDRESSES = ("/v1/insights", *(f"/v1/insights/{name}" for name in SECTIONS))
"""Addresses of the insights, for keys of managers."""


class InsightRoutes:
    """The insights for programs; without a store each answers 503.

    Parameters
    ----------
    desk : Desk or None
    cache : InsightCache or None
    pools : ThreadPools
    """

    def __init__(self, desk: Desk | None, cache: InsightCache | None, pools: ThreadPools) -> None:
        self._desk, self._cache, self._pools = desk, cache, pools

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [Route(address, reply_to_errors(self.read_insights), methods=["GET"]) for address in INSIGHT_ADDRESSES]

    async def read_insights(self, request: Request) -> Response:
        """Return the summary with the names of the sections, or the tables of one section."""
        scope = parse_scope(request.query_params)
        name = request.url.path.removeprefix("/v1/insights").strip("/")
        try:
            report = await self._pools.insights.run(lambda: self._get_report(scope))
        except RequestError as fault:
            if fault.code != "no_insights":
                raise
            return json_reply({"available": False, "reason": fault.message})
        return json_reply(describe_section(report, name) if name else describe_report(report))

    def _get_report(self, scope: ReportScope) -> InsightReport:
        if self._desk is None or self._cache is None:
            raise RequestError(503, "store_unavailable", "The service has no store at hand.", retryable=True)
        return self._cache.get_report(self._desk.engine.bundle.practice, scope)


def describe_report(report: InsightReport) -> dict[str, Any]:
    """Return the summary: the sentences, the alarms, what is wrong with the data, and which sections there are."""
    return _describe_moment(report) | {
        "sentences": list(map(_describe_sentence, report.sentences)),
        "more_sentences": list(map(_describe_sentence, report.more_sentences)),
        "silent_sources": [
            {"dimension": item.dimension, "name": item.name, "days": item.days, "expected": round(item.expected, 2)}
            for item in report.alarms
        ],
        "data_doubts": [{"code": item.code, "text": item.text, "serious": item.is_serious} for item in report.doubts],
        "sections": [name for name in SECTIONS if report.get_section(name)],
    }


def _describe_sentence(sentence: Sentence) -> dict[str, str]:
    """Return a sentence as JSON can hold it."""
    return {
        "claim": sentence.claim,
        "advice": sentence.advice,
        "figure": sentence.figure,
        "evidence": sentence.evidence,
    }


def describe_section(report: InsightReport, name: str) -> dict[str, Any]:
    """Return the tables of a section, and why a filter leaves some out."""
    tables = [to_plain(table) for table in report.get_section(name)]
    left_out = {"left_out": report.left_out[name]} if name in report.left_out else {}
    return _describe_moment(report) | {"tables": tables} | left_out


def _describe_moment(report: InsightReport) -> dict[str, Any]:
    """Return what the figures are of."""
    return {
        "available": True,
        "as_of": f"{report.as_of}Z",
        "months": report.months,
        "filters": dict(report.scope.filters),
        "leads": report.leads,
        "receipt": {"number": report.receipt.number} | report.receipt.to_plain(),
    }
