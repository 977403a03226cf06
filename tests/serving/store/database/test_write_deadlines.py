"""Does a writer wait as long as its request may, and no longer?"""

import threading
import time

import pytest

from serving.errors import StoreUnavailable
from serving.store.database.write_deadlines import limit_waiting, seconds_to_wait
from serving.store.store import Store


def test_a_writer_gives_up_at_its_deadline_and_the_next_one_waits_as_ever(settings):
    with Store.open(settings) as first, Store.open(settings) as other:
        with first.transaction():
            begun = time.monotonic()
            with (
                pytest.raises(StoreUnavailable, match="another writer did not finish in time"),
                limit_waiting(begun + 0.5),
                other.transaction(),
            ):
                pass
            waited = time.monotonic() - begun
        with other.transaction() as at:
            assert at.leads.count() == 0

    assert 0.4 < waited < 3


def test_of_two_deadlines_the_earlier_counts_and_each_thread_has_its_own():
    now, elsewhere = time.monotonic(), []
    with limit_waiting(now + 5), limit_waiting(now + 60):
        here = seconds_to_wait(30)
        thread = threading.Thread(target=lambda: elsewhere.append(seconds_to_wait(30)))
        thread.start()
        thread.join()

    assert here <= 5 and elsewhere == [30] and seconds_to_wait(30) == 30
