"""Is a lead found by whatever people know of it, each once, and by the person first?"""

import pytest

from serving.desk.lead_search import SearchResults, search_leads
from serving.errors import RequestError


@pytest.fixture(scope="module")
def desk(make_desk, tmp_path_factory, champion, desk_data):
    return make_desk(tmp_path_factory.mktemp("search"), champion, desk_data)


def search(desk, query) -> SearchResults:
    snapshot = desk.take_snapshot()
    with desk._store.reading() as transaction:
        return search_leads(transaction, snapshot, query)


@pytest.mark.parametrize("query", ["", " ", "a", " a "])
def test_one_letter_finds_nobody_and_says_so(desk, query):
    with pytest.raises(RequestError, match="Type at least 2 letters"):
        search(desk, query)


def test_an_id_is_the_persons_and_is_found_once_and_shown_first(desk):
    results = search(desk, "L5")
    ids = [desk.take_snapshot().columns.rows[number].lead_id for number in results.numbers]

    assert ids[0] == "L5" and len(ids) == len(set(ids)) and results.other_ids == []
    assert [desk.take_snapshot().columns.rows[number].lead_id for number in results.person] == ["L5"]


def test_a_service_is_found_in_the_order_of_the_call_list(desk):
    snapshot, results = desk.take_snapshot(), search(desk, "PHYSIO")
    place = {int(snapshot.queue_rows[position]): rank for rank, position in enumerate(snapshot.order.rows)}
    ranks = [place.get(number, len(place)) for number in results.catalog]

    assert 1 < len(ranks) <= 50 and ranks == sorted(ranks)
