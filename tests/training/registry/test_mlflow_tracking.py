"""Is MLflow left as it was found, so that a notebook that trains can go on with addresses of its own?"""

import os

import mlflow

from training.registry.mlflow_address import keep_variables
from training.registry.mlflow_tracking import tracking_at


def test_the_registry_follows_the_address_that_a_person_sets_after_our_block(tmp_path, copy_new_homes):
    before = mlflow.get_tracking_uri()
    own = f"sqlite:///{tmp_path / 'own.db'}"

    with keep_variables():
        with tracking_at(tmp_path):
            assert mlflow.get_registry_uri().endswith("mlflow.db")
        try:
            mlflow.set_tracking_uri(own)
            assert mlflow.get_registry_uri() == own
        finally:
            mlflow.set_tracking_uri(before)


def test_a_registry_that_a_person_chose_is_restored(tmp_path, copy_new_homes):
    chosen = f"sqlite:///{tmp_path / 'chosen.db'}"

    with keep_variables():
        mlflow.set_registry_uri(chosen)
        try:
            with keep_variables():
                # Chosen in Python, not by the variable, which would also be the address of our runs' registry.
                os.environ.pop("MLFLOW_REGISTRY_URI", None)
                with tracking_at(tmp_path):
                    assert mlflow.get_registry_uri() != chosen
            assert mlflow.get_registry_uri() == chosen
        finally:
            mlflow.set_registry_uri("")
