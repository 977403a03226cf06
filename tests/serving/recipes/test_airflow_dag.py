"""Are Airflow's tasks in the order in which nothing is promoted that was not checked?"""

import importlib.util

import pytest

from tests.serving.recipes.recipe_commands import RECIPES, run_dag_file


def test_a_model_is_promoted_only_after_the_check_that_may_fail():
    dag = run_dag_file()["leadlight_retrain"]

    assert [(task.task_id, task.next) for task in dag.tasks] == [
        ("backup", ["retrain"]),
        ("retrain", ["check"]),
        ("check", ["promote"]),
        ("promote", []),
    ]
    assert [task.bash_command.split()[1] for task in dag.tasks] == ["backup", "retrain", "check", "promote"]


def test_no_run_of_the_past_is_made_up_for_and_two_never_run_at_once():
    dags = run_dag_file()

    assert sorted(dags) == ["leadlight_monitor", "leadlight_retrain"]
    for dag in dags.values():
        assert dag.settings["catchup"] is False and dag.settings["max_active_runs"] == 1
        assert dag.settings["schedule"].count(" ") == 4
        assert all(task.options["env"]["LEADLIGHT_HOME"] and task.options["append_env"] for task in dag.tasks)


@pytest.mark.skipif(importlib.util.find_spec("airflow") is None, reason="Airflow is not installed here")
def test_airflow_itself_reads_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("AIRFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("AIRFLOW__CORE__LOAD_EXAMPLES", "False")
    try:
        from airflow.dag_processing.dagbag import DagBag
    except ImportError:  # before Airflow 3.2
        from airflow.models.dagbag import DagBag

    bag = DagBag(dag_folder=str(RECIPES / "airflow_dag.py"))

    assert bag.import_errors == {} and sorted(bag.dags) == ["leadlight_monitor", "leadlight_retrain"]
