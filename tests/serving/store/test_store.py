"""Is no row dated before what it follows, when the machine's clock is set back?"""

from datetime import timedelta

from serving.store.database.entities import Lead


def dates(store) -> list:
    with store.reading() as at:
        return [row.at for row in at.audit.list_rows()]


def test_a_clock_that_steps_back_is_said_and_dates_nothing_before_the_last_write(store, clock, caplog):
    with store.transaction() as at:
        at.leads.put(Lead("L-1", {"channel": "phone"}))
    first = clock.now
    clock.forward(minutes=-10)
    for channel in ("chat", "web_form"):
        with store.transaction() as at:
            moment = at.now
            at.leads.put(Lead("L-1", {"channel": channel}))

    said = [record.getMessage() for record in caplog.records if "clock" in record.getMessage()]
    assert moment == first and store.seconds_behind == 600.0
    assert len(said) == 1 and "600.0 seconds behind the last write" in said[0]
    assert dates(store) == sorted(dates(store)) and max(dates(store)) == first

    store.seconds_behind = 0.0
    store.check_clock()
    assert store.seconds_behind == 600.0

    clock.forward(minutes=10, seconds=1)
    with store.transaction() as at:
        assert at.now == first + timedelta(seconds=1)
    assert store.seconds_behind == 0.0 and store.verify_audit().broken is None
