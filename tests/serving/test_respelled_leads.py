"""Does a lead get the same score in a file and as a payload, however it is spelled?"""

from zoneinfo import ZoneInfo

from tests.bench.respellings import Scorer, compare, invent_leads, list_respellings


def test_no_respelling_moves_a_score(bundle, tmp_path):
    respellings = list_respellings(ZoneInfo(bundle.practice.timezone))

    moved, tried = compare(Scorer(bundle, tmp_path), invent_leads()[:9], respellings)

    assert len(respellings) == 60 and tried > 500
    assert [(one.way, one.respelling, one.lead) for one in moved] == []
