"""Which leads does a list show, and what does the audit note of it?

Lives here: one page of the filtered queue, the lines of any list, the audit's line for a list that was looked at.
Does not live here: what a line says (``serving.desk.pages.list_items``), filters (``serving.desk.queue.filters``).
"""

from collections.abc import Sequence
from datetime import UTC

from serving.accounts.sessions import SignedInUser
from serving.desk.desk_service import Desk
from serving.desk.pages.list_items import LeadListItem, build_list_items
from serving.desk.pages.page_models import (
    PAGE_LEADS,
    QueueListing,
)
from serving.desk.queue.filters import LISTS, QueueFilter
from serving.desk.queue.queue_board import QueueSnapshot
from serving.store.database.audit_chain import RecordRead

__all__ = ["describe_list_read", "read_list_items", "read_listing"]

_AUDITED_LISTS = (*LISTS, "nurture", "notices")


def read_listing(desk: Desk, snapshot: QueueSnapshot, queue_filter: QueueFilter) -> QueueListing:
    """Return one page of the filtered queue."""
    numbers = snapshot.filter_rows(queue_filter)
    page_number = min(queue_filter.page, max(1, -(-len(numbers) // PAGE_LEADS)))
    rows = read_list_items(desk, snapshot, numbers[(page_number - 1) * PAGE_LEADS : page_number * PAGE_LEADS])
    return QueueListing(rows, len(numbers), queue_filter.with_page(page_number))


def read_list_items(desk: Desk, snapshot: QueueSnapshot, numbers: Sequence[int]) -> list[LeadListItem]:
    """Return the lines of a list for these rows of the snapshot."""
    names = desk.read_names([snapshot.columns.rows[number].lead_id for number in numbers])
    now = snapshot.now.astype("datetime64[us]").item().replace(tzinfo=UTC)
    rows = [snapshot.columns.rows[number] for number in numbers]
    calling = desk.find_calling([row.lead_id for row in rows if row.held_until is not None and row.held_until > now])
    answers = desk.read_answers(snapshot, numbers)
    return build_list_items(snapshot, numbers, answers, desk.list_user_names(), names, calling)


def describe_list_read(user: SignedInUser, name: str, rows: Sequence[LeadListItem]) -> RecordRead:
    """Return what the audit notes of a list that a user looked at; an address may name any list, the audit no other."""
    ids = tuple(row.lead.lead_id for row in rows)
    return RecordRead(user.person_id, "listed", "desk", ids, name if name in _AUDITED_LISTS else "call")
