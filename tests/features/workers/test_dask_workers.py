"""Do Dask's workers do what a loop does, and is a scheduler that is gone said in words? Needs the extra ``scale``."""

import pytest

from features.errors import WorkersError
from features.workers.dask_workers import DaskWorkers
from features.workers.local_workers import run_in_order
from tests.features.workers.dask_processes import dask_processes, require_dask  # noqa: F401  (a fixture)


def test_a_scheduler_that_is_killed_is_said_at_once_and_whenever_it_is_asked_again(dask_processes):  # noqa: F811
    with DaskWorkers(dask_processes.address) as workers:
        assert run_in_order(workers, abs, 5) == [0, 1, 2, 3, 4]
        results = workers.run(abs, range(1_000))
        next(results)
        dask_processes.scheduler.kill()

        with pytest.raises(WorkersError, match="was lost, expected it to answer until the run ends"):
            list(results)
        with pytest.raises(WorkersError, match="was lost, expected it to answer until the run ends"):
            list(workers.run(abs, range(3)))


def test_an_address_where_nothing_answers_is_said(monkeypatch):
    require_dask()
    monkeypatch.setattr("features.workers.dask_workers._SECONDS_TO_CONNECT", 1)

    with pytest.raises(WorkersError, match="no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        DaskWorkers("tcp://127.0.0.1:9")


def test_a_scheduler_without_workers_is_said(monkeypatch):
    monkeypatch.setattr("features.workers.dask_workers._SECONDS_TO_CONNECT", 1)

    with require_dask().LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as cluster:
        with pytest.raises(WorkersError, match="has no worker after 1 seconds, expected one or more. Start them with"):
            DaskWorkers(cluster.scheduler_address)


class ForeignTask:
    """A task of a module that the cluster does not have."""

    def __call__(self, number):
        return number

    def __reduce__(self):
        return _import_what_is_missing, (0,)


def _import_what_is_missing(number):
    raise ModuleNotFoundError("No module named 'serving'")


@pytest.mark.parametrize(
    ("task", "found"),
    [(ForeignTask(), "the scheduler cannot read the tasks"), (_import_what_is_missing, "No module named 'serving'")],
    ids=["scheduler", "worker"],
)
def test_a_cluster_that_cannot_import_the_tasks_is_said(task, found):
    options = {"n_workers": 1, "processes": False, "dashboard_address": None}

    with require_dask().LocalCluster(**options) as cluster, DaskWorkers(cluster.scheduler_address) as workers:
        with pytest.raises(WorkersError, match=f"has another installation .{found}., expected the same Leadlight"):
            list(workers.run(task, range(2)))


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)

    with pytest.raises(WorkersError, match="Install it with: pip install 'leadlight.scale.'"):
        DaskWorkers("tcp://127.0.0.1:9")
