"""Does a model that learned from people's pasts say when none are given?"""

from dataclasses import replace

import numpy as np
import pytest

import features.signals  # noqa: F401  (declares the signals)
from features.point_in_time.contact_index import ContactIndex
from features.point_in_time.missing_pasts import describe_missing_pasts
from features.registry import CATALOGUE
from features.testing import example_context


@pytest.mark.parametrize(
    ("name", "past"),
    [
        ("referrer_booking_rate", "earlier leads of the same referrer"),
        ("earlier_enquiries", "who inquired before"),
        ("person_booking_rate", "earlier inquiries of the same person"),
    ],
)
def test_what_a_bundle_cannot_know_is_said(name, past):
    context = replace(example_context(), history=example_context().history.publish(), contacts=None)

    assert past in describe_missing_pasts([CATALOGUE[name]], context)


def test_nothing_is_said_where_the_past_is_given_or_was_not_learned_from():
    context = replace(example_context(), contacts=ContactIndex.of({}, np.empty(0, "datetime64[us]")))
    learned = [CATALOGUE[name] for name in ("person_booking_rate", "earlier_enquiries", "channel_booking_rate")]

    assert describe_missing_pasts(learned, context) is None
    assert describe_missing_pasts([CATALOGUE["channel_booking_rate"]], replace(context, contacts=None)) is None
