"""Do a score and a hand-off keep out of each other's way: in the outbox, and in the CRM's record?"""

from serving.crm.outbound.field_groups import HAND_OFF, SCORE


def test_no_field_and_no_destination_is_in_both():
    assert not set(SCORE.names) & set(HAND_OFF.names)
    assert {SCORE.name_destination("odoo"), HAND_OFF.name_destination("odoo")} == {"odoo", "odoo:hand_off"}


def test_what_says_which_is_newer_is_written_with_the_rest():
    assert all(group.moment in group.names for group in (SCORE, HAND_OFF))
