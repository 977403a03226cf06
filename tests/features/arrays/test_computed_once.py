"""Is a value computed once for each object, and does no object wait for another?"""

import threading

from features.arrays.computed_once import computed_once


class Reading:
    """Counts how often its value was computed, which may wait for something."""

    def __init__(self, wait=lambda: None):
        self.wait, self.times = wait, 0

    @computed_once
    def value(self):
        """The value."""
        self.wait()
        self.times += 1
        return self.times


def test_a_value_is_computed_when_it_is_asked_for_and_then_kept():
    reading = Reading()

    assert "value" not in vars(reading)
    assert (reading.value, reading.value, Reading().value) == (1, 1, 1)
    assert Reading.value.__doc__ == "The value."


def test_an_object_does_not_wait_until_another_has_its_value():
    other = Reading()
    # With one lock for all objects, the thread that computes this value would keep the other one from its own.
    thread = threading.Thread(target=lambda: other.value)

    def let_the_other_go_first():
        thread.start()
        thread.join(timeout=10)

    assert Reading(let_the_other_go_first).value == 1
    assert vars(other).get("value") == 1
