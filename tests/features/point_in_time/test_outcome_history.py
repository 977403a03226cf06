"""Does the history of outcomes answer as of a moment, from published counts only?"""

import numpy as np

from features.point_in_time.outcome_history import PRIVATE_FIELDS, OutcomeHistory
from tests.features.point_in_time.invented_outcomes import NEVER, ask, days, make_history


def test_the_future_does_not_change_a_count():
    whole = make_history()
    until = np.datetime64("2026-02-10", "us")
    past = OutcomeHistory.merge_chunks([whole], until - np.timedelta64(1, "us"))
    moments = np.arange("2026-01-01", "2026-02-11", dtype="datetime64[D]")

    for channel in ("web", "phone", "fax", "only me"):
        np.testing.assert_array_equal(ask(whole, channel, *moments), ask(past, channel, *moments))


def test_a_file_and_the_practices_own_records_give_together_what_the_records_give():
    whole = make_history()
    known_early = OutcomeHistory.merge_chunks([whole], np.datetime64("2026-02-10T13:00", "us"))
    model = OutcomeHistory.from_arrays(known_early.to_arrays())

    together = model.merge_newer(whole)

    for name, counts in whole.counts.items():
        for part, array in counts.to_arrays("").items():
            np.testing.assert_array_equal(together.counts[name].to_arrays("")[part], array)
    moments = np.arange("2026-01-01", "2026-04-30", dtype="datetime64[D]")
    np.testing.assert_array_equal(ask(whole, "web", *moments, lead="L9"), ask(together, "web", *moments, lead="L9"))


def test_a_file_has_no_row_of_a_lead_and_nothing_of_people():
    history = make_history()

    arrays = history.to_arrays()

    restored = OutcomeHistory.from_arrays(arrays)
    assert not any(name in key for key in arrays for name in (*PRIVATE_FIELDS, "lead_keys"))
    assert len(restored.lead_keys) == 0 and restored.names == ("channel",)
    written = np.concatenate([array.astype(np.uint64) for array in arrays.values()])
    assert not np.isin(history.lead_keys, written).any()
    assert not any(np.isin(history.fields[name], written).any() for name in PRIVATE_FIELDS)


def test_the_newest_day_is_not_in_a_file_because_it_may_not_be_over():
    history = OutcomeHistory.of(
        np.array([f"L{number}" for number in range(10)], object),
        {"channel": np.full(10, "web", object)},
        days(0, 0, 0, 0, 0, 9, 9, 9, 9, 9),
        np.full(10, NEVER),
    )

    restored = OutcomeHistory.from_arrays(history.to_arrays())

    assert ask(restored, "web", "2026-03-01")[1].tolist() == [5]


def test_an_id_is_nobody_elses_however_alike_it_is_written():
    ids = np.array(["A-1", "A_1", "A 1", "12", "12.0", "12.00"], object)
    others = np.array([f"L{number}" for number in range(30)], object)
    everyone = np.concatenate([ids, others])
    columns = {"channel": np.full(len(everyone), "web", object), "person_id": everyone.copy()}
    known_at = days(*([0] * len(everyone)))
    booked_at = np.where(np.arange(len(everyone)) == 0, known_at, NEVER)
    history = OutcomeHistory.of(everyone, columns, known_at, booked_at)
    moment = days(*([3] * len(ids)))

    of_person, leads_of_person = history.rate("person_id", ids, np.full(len(ids), "new", object), moment)
    _, leads = history.rate("channel", np.full(len(ids), "web", object), ids, moment)

    assert leads_of_person.tolist() == [1] * len(ids) and len(set(of_person[1:].tolist())) == 1
    assert of_person[0] > of_person[1]
    assert leads.tolist() == [len(everyone) - 1] * len(ids)
