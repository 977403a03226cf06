"""Is a filter read from an address and written into one, and refused where no inquiry has it?"""

import pytest

from serving.errors import RequestError
from serving.insights.scope.report_scope import ReportScope, parse_scope, require_known_names

CHOICES = {"channel": ("Phone call", "Web form"), "clinic": tuple(f"Clinic {i}" for i in range(20))}


def test_an_address_is_read_back_as_it_was_written():
    from urllib.parse import parse_qsl

    scope = ReportScope(6, (("channel", "Phone call"), ("clinic", "Plano & Frisco")))

    assert parse_scope(dict(parse_qsl(scope.to_query()))) == scope
    assert ReportScope().to_query() == ""


def test_an_empty_filter_is_none_and_other_parameters_are_no_filter():
    assert parse_scope({"channel": "", "campaign": "x", "person": "P1"}) == ReportScope()


def test_an_unknown_name_is_refused_with_the_known_ones_and_never_repeated():
    with pytest.raises(RequestError, match="Expected one of: Phone call, Web form") as refusal:
        require_known_names(ReportScope(12, (("channel", "Jane Roe 555-0123"),)), CHOICES)

    assert refusal.value.status == 422 and "Jane" not in str(refusal.value)


def test_a_long_list_of_names_is_cut():
    with pytest.raises(RequestError, match=r"Clinic 11, \.\.\.\."):
        require_known_names(ReportScope(12, (("clinic", "Nowhere"),)), CHOICES)


def test_a_filter_by_what_inquiries_do_not_have_is_refused():
    with pytest.raises(RequestError, match="The inquiries have no service: leave this filter out"):
        require_known_names(ReportScope(12, (("service", "MRI"),)), CHOICES)
