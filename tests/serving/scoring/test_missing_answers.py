"""Which question should be asked next?"""

import pytest

from serving.scoring import missing_answers
from serving.scoring.missing_answers import QUESTIONS, asks_of
from serving.scoring.read_lead import ReadLead


def test_what_is_asked_is_unknown_and_would_move_this_score_the_most_first(engine, now):
    lead = engine.read({"lead_id": "1", "channel": "web_form", "postal_code": "02110"})

    found = asks_of(engine, lead, now)

    assert 1 <= len(found) <= 3 and not {one.field for one in found} & {"channel", "postal_code"}
    moves = [one.highest - one.lowest for one in found]
    assert moves == sorted(moves, reverse=True) and min(moves) >= 0.005
    for one in found:
        assert one.question == QUESTIONS[one.field]
    best = found[0]
    tried = [
        engine.score_read([ReadLead(lead.converted | {best.field: answer}, ())], now)[0].probability
        for answer in missing_answers._answers(engine)[best.field]
    ]
    tried.append(engine.score_read([lead], now)[0].probability)
    assert (best.lowest, best.highest) == pytest.approx((min(tried), max(tried)), abs=1e-12)


def test_nobody_who_wants_no_contact_is_asked_and_who_said_all_is_asked_nothing(engine, now):
    assert asks_of(engine, engine.read({"lead_id": "1", "do_not_contact": True}), now) == []
    full = engine._full_lead(now)
    assert asks_of(engine, ReadLead(full, ()), now) == []
