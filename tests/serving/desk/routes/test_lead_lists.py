"""Does a list show the page that was asked for, and does the audit know each list by a name of ours?"""

from serving.accounts.sessions import SignedInUser
from serving.desk.pages.page_models import PAGE_LEADS
from serving.desk.queue.filters import QueueFilter
from serving.desk.routes.lead_lists import describe_list_read, read_list_items, read_listing

ANNA = SignedInUser("anna", "Anna", "desk", "", False)


def test_a_page_past_the_end_is_the_last_one(desk):
    snapshot, everything = desk.take_snapshot(), QueueFilter()
    total = len(snapshot.filter_rows(everything))
    last = read_listing(desk, snapshot, everything.with_page(999))

    assert total > PAGE_LEADS and last.match_count == total and last.queue_filter.page == -(-total // PAGE_LEADS)
    assert len(last.rows) == total - PAGE_LEADS * (last.queue_filter.page - 1)


def test_lines_come_in_the_order_of_the_rows_asked_for(desk):
    snapshot = desk.take_snapshot()
    numbers = snapshot.filter_rows(QueueFilter())[:3][::-1]

    items = read_list_items(desk, snapshot, numbers)

    assert [item.lead.lead_id for item in items] == [snapshot.columns.rows[number].lead_id for number in numbers]


def test_the_audit_names_no_list_that_an_address_made_up():
    assert describe_list_read(ANNA, "<script>", []).list_name == "call"
    assert describe_list_read(ANNA, "nurture", []).list_name == "nurture"
