"""Are the written signals those that the model reads when it scores the same leads?"""

from dataclasses import replace

import numpy as np
import pandas as pd

from features.chunks.chunked_tables import read_in_chunks
from features.mapping.column_mapping import Mapping
from serving.scoring.file_features import write_features
from serving.scoring.file_scores import ScoringOptions, score_chunks
from tests.serving.cli.test_score import practice_folder  # noqa: F401  (a fixture)


def test_signals_are_those_that_were_scored(practice_folder, bundle, tmp_path):  # noqa: F811
    bundle, said = replace(bundle, mapping=Mapping.identity()), []
    options = ScoringOptions("arrival", as_trained=True, leads_at_once=400)

    leads = write_features(str(practice_folder), None, bundle, options, tmp_path / "signals.parquet", said.append)

    with read_in_chunks(str(practice_folder), bundle.mapping, bundle.practice, lambda *step: None, 400) as chunks:
        scored = [
            (batch.lead_ids, predictions.values)
            for batch, predictions in score_chunks(chunks, bundle, options, said.append, lambda *step: None)
        ]
    written = pd.read_parquet(tmp_path / "signals.parquet")
    assert leads == len(written) == 1_300 and "Scored as of the arrival of each lead" in said[1]
    assert written["lead_id"].tolist() == [lead_id for lead_ids, _ in scored for lead_id in lead_ids]
    expected = np.concatenate([values for _, values in scored])
    np.testing.assert_array_equal(written.drop(columns=["lead_id", "cutoff"]).to_numpy(), expected)
