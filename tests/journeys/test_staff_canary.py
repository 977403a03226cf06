"""Does it make no difference to a model who booked, and does none of their names get into it or its logs?"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.batch import Batch
from features.mapping.column_mapping import Mapping
from features.point_in_time.scoring_moments import Moments
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import invent
from features.tables.tables import read_tables
from training.pipeline import train
from training.registry.mlflow_tracking import log_training_run
from training.settings import Settings

NAMES = ("Quillfeather", "Zanzibarwort", "Plumbagot")
SETTINGS = Settings(most_trees=10, resamples=5, folds=2, threads=1, moments_hours=(0.0,))


@pytest.fixture(scope="module")
def runs(tmp_path_factory, copy_new_homes):
    """Two runs on the same leads, with other people at every event and outcome; the second one registered."""
    folder = tmp_path_factory.mktemp("staff")
    invent(400, seed=5).write(folder / "data")
    practice, rng, results = read_practice(folder / "data" / "practice.toml"), np.random.default_rng(0), []
    for _ in range(2):
        for name in ("events", "outcomes"):
            frame = pd.read_parquet(folder / "data" / f"{name}.parquet")
            frame["staff_id"] = rng.choice(NAMES, len(frame))
            frame.to_parquet(folder / "data" / f"{name}.parquet")
        tables = read_tables(folder / "data", Mapping.identity(), practice)
        results.append((train(tables, practice, SETTINGS, tables.mapping), tables))
    result = results[1][0]
    bundle = result.bundle.write(folder / "made" / "bundle")
    log_training_run(replace(result, bundle=bundle), folder / "made" / "bundle", [], SETTINGS, folder / "home")
    return results, folder


def test_other_people_make_the_same_model_and_the_same_scores(runs):
    (first, tables), (second, other_tables) = runs[0]

    assert first.bundle.model_text == second.bundle.model_text
    probabilities = []
    for bundle, scored in ((first.bundle, tables), (first.bundle, other_tables), (second.bundle, other_tables)):
        moments = Moments.single(np.full(len(scored.leads), scored.as_of))
        batch = Batch.from_tables(scored, moments.of_lead, moments.cutoff, bundle.context)
        probabilities.append(bundle.score(batch, explain=False).probability)
    assert set(tables.outcomes["staff_id"]) == set(NAMES) and len(np.unique(probabilities[0])) > 20
    np.testing.assert_array_equal(probabilities[0], probabilities[1])
    np.testing.assert_array_equal(probabilities[0], probabilities[2])


def test_no_name_of_theirs_stands_in_the_model_or_in_what_is_logged_of_it(runs):
    folder = runs[1]
    files = [path for room in ("made", "home") for path in (folder / room).rglob("*") if path.is_file()]

    found = [(path.name, name) for path in files for name in NAMES if name.encode() in path.read_bytes()]

    assert len(files) > 10 and found == []
