"""In which order do the tests run, when two processes share them?

pytest-xdist's ``worksteal`` gives the first half of the list to one process and the second half to the other; whoever
is done takes tests from the end of the other's list. So each half begins with its long tests and ends with short ones:
the first with those that need a trained model, the second with journeys and the service. A process that needs what the
other is just making would have to wait for it.

Before its long tests the second half has those of the house and of the store, which run few compiled loops: on a
clean checkout numba takes half a minute to compile them all, and what the first process has compiled by then the second
reads.
"""

from collections.abc import Callable, Sequence

import pytest

__all__ = ["arrange_tests", "order_for_two"]

_OF_TRAINING = frozenset({"trained", "bare_trained", "registered", "bare_registered"})
_LONG = ("tests/journeys/", "tests/notebooks/", "tests/serving/")
_UNCOMPILED = ("tests/house/", "tests/serving/accounts/", "tests/serving/store/")


def arrange_tests(items: list[pytest.Item]) -> None:
    """Order the tests in place; those of one file stay together, since they share its fixtures."""
    items.sort(key=lambda item: not item.nodeid.startswith(_UNCOMPILED))
    files = [item.nodeid.partition("::")[0] for item in items]
    learned = {
        file for file, item in zip(files, items, strict=True) if not _OF_TRAINING.isdisjoint(_get_fixtures(item))
    }
    items[:] = [
        items[row]
        for row in order_for_two(
            files,
            lambda file: file in learned or file.startswith("tests/training/"),
            lambda file: file.startswith((*_UNCOMPILED, *_LONG)),
        )
    ]


def order_for_two(
    files: Sequence[str], begins_first: Callable[[str], bool], begins_second: Callable[[str], bool]
) -> list[int]:
    """Return the order of tests by their files.

    >>> order_for_two(["a", "b", "c", "d", "e", "f"], lambda file: file == "e", lambda file: file == "c")
    [4, 0, 1, 2, 3, 5]
    """
    first = [row for row, file in enumerate(files) if begins_first(file)]
    second = [row for row, file in enumerate(files) if begins_second(file) and not begins_first(file)]
    begun = {*first, *second}
    rest = [row for row in range(len(files)) if row not in begun]
    # xdist cuts the list at half of the tests, rounded down.
    short = max(0, len(files) // 2 - len(first))
    return [*first, *rest[:short], *second, *rest[short:]]


def _get_fixtures(item: pytest.Item) -> Sequence[str]:
    """Return the names of the fixtures that a test needs; an example in a docstring needs none."""
    return getattr(item, "fixturenames", ())
