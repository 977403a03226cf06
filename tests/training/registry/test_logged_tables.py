"""Does MLflow show of a table its columns, its rows and one digest, and no value and no address?"""

import json

from training.registry.logged_tables import TrainingTable, list_training_tables


def test_a_table_has_schema_rows_and_digest_and_no_place():
    columns = {"created_at": "time", "age": "number", "new": "yes_no", "channel": "category"}
    table = TrainingTable("leads", {"rows": 7, "columns": columns}, "ab" * 32)

    stored = table.to_dict()

    assert json.loads(stored["profile"]) == {"num_rows": 7, "num_columns": 4}
    types = [(column["name"], column["type"]) for column in json.loads(stored["schema"])["mlflow_colspec"]]
    assert types == [("created_at", "datetime"), ("age", "double"), ("new", "boolean"), ("channel", "string")]
    assert (stored["name"], stored["digest"], stored["source"]) == ("leads", "ab" * 16, '{"tags": {}}')


def test_every_table_of_the_run_is_listed_with_its_own_sum(bare_trained):
    tables = {table.name: table for table in list_training_tables(bare_trained.bundle)}

    sums = bare_trained.bundle.figures["provenance"]["data_sha256"]
    assert set(tables) == {"leads", "events", "outcomes", "spend"}
    assert all(sums[name].startswith(table.digest) for name, table in tables.items())
