"""Does a lead get the same score in a file and as a payload, however it is spelled?"""

from zoneinfo import ZoneInfo

from tests.bench.lead_changes import invent_leads
from tests.bench.respellings import MOST_MOVED, POINT, Scorer, compare, list_respellings
from tests.bench.stranger_respellings import list_stranger_respellings


def test_no_respelling_moves_a_score(bundle, tmp_path):
    respellings = list_respellings(ZoneInfo(bundle.practice.timezone))

    moved, tried = compare(Scorer(bundle, tmp_path), invent_leads()[:9], respellings)

    assert len(respellings) == 60 and tried > 500
    assert [(one.way, one.respelling, one.lead) for one in moved] == []


def test_at_most_one_in_a_hundred_of_the_spellings_of_strangers_moves_a_score(bundle, tmp_path):
    respellings = list_stranger_respellings(ZoneInfo(bundle.practice.timezone))

    moved, tried = compare(Scorer(bundle, tmp_path), invent_leads()[:9], respellings)

    assert len(respellings) == 76 and tried > 900
    assert [(one.way, one.respelling, one.lead) for one in moved if one.grade_changed] == []
    assert sum(not abs(one.after - one.before) <= POINT for one in moved) <= MOST_MOVED * tried
