"""How does Airflow keep the model current? Copy this file into the folder of DAGs.

Lives here: two DAGs, each task one command of ``leadlight`` on the machine of the service. ``check`` ends with 6 where
the new model must not be promoted, so ``promote`` does not run; ``monitor`` ends with 7 on an alarm.
"""

from datetime import datetime, timedelta

from airflow import DAG

try:
    from airflow.providers.standard.operators.bash import BashOperator
except ImportError:  # Airflow 2
    from airflow.operators.bash import BashOperator

HOME = "/var/lib/leadlight"
STORE = f"sqlite:///{HOME}/leadlight.db"
OPTIONS = {
    "env": {"LEADLIGHT_HOME": HOME, "PATH": "/opt/leadlight/bin:/usr/bin:/bin"},
    "append_env": True,
    "execution_timeout": timedelta(hours=6),
}

with DAG(
    "leadlight_retrain",
    description="Train again, compare with the champion, promote if the contract holds.",
    schedule="15 2 1 * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["leadlight"],
):
    # A backup is never overwritten: a name with the second lets the task run again.
    backup = BashOperator(
        task_id="backup", bash_command=f"leadlight backup {HOME}/backups/leads-$(date +%F-%H%M%S).db", **OPTIONS
    )
    retrain = BashOperator(task_id="retrain", bash_command=f"leadlight retrain --out {HOME}/retrained", **OPTIONS)
    check = BashOperator(
        task_id="check", bash_command=f"leadlight check --data {STORE} --review {HOME}/retrained/review.csv", **OPTIONS
    )
    promote = BashOperator(task_id="promote", bash_command="leadlight promote latest", **OPTIONS)
    backup >> retrain >> check >> promote

with DAG(
    "leadlight_monitor",
    description="Are the newest leads still those it learned from?",
    schedule="45 1 * * *",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    tags=["leadlight"],
):
    # An alarm stays until somebody acts: a second try would say the same.
    monitor = BashOperator(
        task_id="monitor", bash_command=f"leadlight monitor --data {STORE} --out {HOME}/monitor", retries=0, **OPTIONS
    )
