"""Which leads does a search find? By the person, by service or clinic, and by words of the message.

Lives here: finding them in the store and on the lists, each once. Does not live here: the page (``pages``), how a
message is searched (``serving.store.repositories.leads``).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from serving.desk.queue.queue_board import QueueSnapshot
from serving.errors import RequestError
from serving.store.repositories.queue_rows import QueueRow
from serving.store.transaction import Transaction

__all__ = ["SearchResults", "search_leads"]

_MAX_MATCHES = 50
_MIN_QUERY_LENGTH, _MIN_MESSAGE_LETTERS = 2, 3


@dataclass(frozen=True)
class SearchResults:
    """What a search found, each lead once.

    Parameters
    ----------
    person, catalog, message : list of int
        Rows of the snapshot, in the order of the call list: found by the person (name, contact, id), by service or
        clinic, by words of the message.
    other_ids : list of str
        Leads that are on no list, those found by the person first.
    """

    person: list[int]
    catalog: list[int]
    message: list[int]
    other_ids: list[str]

    @property
    def numbers(self) -> list[int]:
        """All rows."""
        return [*self.person, *self.catalog, *self.message]


def search_leads(transaction: Transaction, snapshot: QueueSnapshot, query: str) -> SearchResults:
    """Find leads by what was typed: a name, a phone number, an e-mail address, a lead's id, a service or clinic, or
    words of a message.

    Raises
    ------
    RequestError
        422 for fewer than two letters.
    """
    text = query.strip()
    if len(text) < _MIN_QUERY_LENGTH:
        raise RequestError(
            422,
            "invalid_search",
            f"Type at least {_MIN_QUERY_LENGTH} letters or digits of what you are looking for.",
        )
    words = re.findall(r"\w+", text)
    ids = transaction.find_leads(email=text, phone=text)
    exact = [text] if transaction.leads.get(text) is not None else []
    named = transaction.names.find_leads(text, 2 * _MAX_MATCHES)
    # Two letters begin some word of nearly every message.
    is_telling = max(map(len, words), default=0) >= _MIN_MESSAGE_LETTERS
    written = transaction.leads.find_by_message(words, _MAX_MATCHES) if is_telling else []
    folded = text.casefold()
    mentions = [row.lead_id for row in snapshot.columns.rows if _mentions(row, folded)]
    person = list(dict.fromkeys([*exact, *ids, *named]))
    catalog = [lead_id for lead_id in mentions if lead_id not in person]
    known = {*person, *catalog}
    row_numbers = snapshot.columns.row_numbers
    others = [each for each in dict.fromkeys([*person, *written]) if each not in row_numbers]
    groups = (person, catalog, [each for each in written if each not in known])
    by_person, by_catalog, by_message = (_sort_by_call_order(snapshot, group)[:_MAX_MATCHES] for group in groups)
    return SearchResults(by_person, by_catalog, by_message, others[:_MAX_MATCHES])


def _sort_by_call_order(snapshot: QueueSnapshot, lead_ids: Sequence[str]) -> list[int]:
    """Return the rows of those of these leads that are on a list, in the order in which they would be called."""
    rank = {int(snapshot.queue_rows[position]): place for place, position in enumerate(snapshot.order.rows)}
    numbers = [snapshot.columns.row_numbers[each] for each in lead_ids if each in snapshot.columns.row_numbers]
    return sorted(numbers, key=lambda number: rank.get(number, len(rank)))


def _mentions(row: QueueRow, folded: str) -> bool:
    """Whether a row's id, service or clinic contains a case-folded text."""
    texts = (row.lead_id, row.service_requested or "", row.preferred_clinic or "")
    return any(folded in text.casefold() for text in texts)
