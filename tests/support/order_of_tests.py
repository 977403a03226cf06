"""In which order do the tests run, when several processes share them?

pytest-xdist's ``worksteal`` gives each process a share of the list; whoever is done takes tests from the end of
another's share. So each share begins with long tests and ends with short ones: the first with those that need a trained
model, the second with the service, the third with the journeys (with two processes, the second has both). A process
that needs what another is just making would have to wait for it. Three processes on two cores fill the time in which a
test waits for a browser or for a service to start.

Before their long tests the later shares have those of the house and of the store, which run few compiled loops: on a
clean checkout numba takes half a minute to compile them all, and what the first process has compiled by then the others
read.
"""

from collections.abc import Callable, Sequence

import pytest

__all__ = ["arrange_tests", "order_for_workers"]

_OF_TRAINING = frozenset({"trained", "bare_trained", "registered", "bare_registered"})
_JOURNEYS = ("tests/journeys/",)
_OF_SERVICE = ("tests/notebooks/", "tests/serving/")
_UNCOMPILED = ("tests/house/", "tests/serving/accounts/", "tests/serving/store/")


def arrange_tests(items: list[pytest.Item], workers: int) -> None:
    """Order the tests in place for so many processes; those of one file stay together, since they share its fixtures.

    Three is the most that the order knows: a fourth process begins with short tests.
    """
    items.sort(key=lambda item: not item.nodeid.startswith(_UNCOMPILED))
    files = [item.nodeid.partition("::")[0] for item in items]
    learned = {
        file for file, item in zip(files, items, strict=True) if not _OF_TRAINING.isdisjoint(_get_fixtures(item))
    }
    later = (_UNCOMPILED + _OF_SERVICE, _JOURNEYS) if workers > 2 else (_UNCOMPILED + _OF_SERVICE + _JOURNEYS,)
    begins = [
        lambda file: file in learned or file.startswith("tests/training/"),
        *(lambda file, folders=folders: file.startswith(folders) for folders in later),
    ]
    items[:] = [items[row] for row in order_for_workers(files, begins)]


def order_for_workers(files: Sequence[str], begins: Sequence[Callable[[str], bool]]) -> list[int]:
    """Return the order of tests by their files: as many shares as ``begins`` has members, each of which says with which
    files its share begins. A file begins the first share that takes it.

    >>> order_for_workers(["a", "b", "c", "d", "e", "f"], [lambda file: file == "e", lambda file: file == "c"])
    [4, 0, 1, 2, 3, 5]
    """
    share_of = [next((share for share, takes in enumerate(begins) if takes(file)), -1) for file in files]
    rest = [row for row, share in enumerate(share_of) if share < 0]
    order: list[int] = []
    for share in range(len(begins)):
        # xdist gives each process in turn its part of what is left, rounded down.
        end = len(order) + (len(files) - len(order)) // (len(begins) - share)
        order += [row for row, owner in enumerate(share_of) if owner == share]
        short = len(rest) if share == len(begins) - 1 else max(0, end - len(order))
        order, rest = order + rest[:short], rest[short:]
    return order


def _get_fixtures(item: pytest.Item) -> Sequence[str]:
    """Return the names of the fixtures that a test needs; an example in a docstring needs none."""
    return getattr(item, "fixturenames", ())
