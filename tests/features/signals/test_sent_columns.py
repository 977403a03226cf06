"""Do flags say whether a field was sent, in words of their own and in the group of the field's reason?"""

import numpy as np

from features.blocks import Blocks
from features.column_words import name_column
from features.registry import CATALOGUE
from features.signals.custom_columns import build_signal_from_spec, describe_signal
from features.signals.sent_columns import build_sent_signal, build_sent_signals, find_sent_columns
from features.testing import one_lead


def test_a_flag_is_built_again_from_its_description():
    flag = build_sent_signal("custom:Total {Visits}", "custom:Total {Visits}")

    again = build_signal_from_spec(describe_signal(flag))

    assert again == flag and flag.describe_value(0.0) == "Total (Visits) not provided by this source"


def test_flags_share_the_group_of_the_fields_own_reason():
    flags = build_sent_signals([CATALOGUE["valid_phone"], CATALOGUE["was_referred"]], {"phone", "referrer", "message"})

    assert {flag.name: flag.group for flag in flags} == {
        "sent:phone": "contact_data",
        "sent:referrer": "was_referred",
        "sent:message": "was_referred",
    }


def test_what_the_practice_counts_itself_has_no_flag():
    assert build_sent_signals([CATALOGUE["earlier_enquiries"]], {"earlier_enquiries"}) == []


def test_a_flag_is_1_for_a_field_that_was_left_empty_and_0_for_one_that_was_not_sent():
    flags = [build_sent_signal(name, name) for name in ("phone", "email")]
    lead = one_lead(phone=None)

    assert [flag.compute(lead, Blocks(lead)).tolist() for flag in flags] == [[1.0], [0.0]]
    assert find_sent_columns([CATALOGUE["valid_phone"], *flags]) == {"phone": 1, "email": 2}
    np.testing.assert_array_equal([name_column("email"), name_column("custom:Tier")], ["Email", "Tier"])
