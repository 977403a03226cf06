# %% [markdown]
# # 2. Can we trust the number?
# A model of the synthetic practice, its metrics on later leads, and the known truth beside them.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.point_in_time.scoring_moments import Moments
from features.practice_file.practice_toml import read_practice
from features.tables.tables import read_tables
from training.evaluation.metrics import calibration_bins
from training.pipeline import train
from training.settings import Settings

data = Path(".demo/data")
practice = read_practice(data / "practice.toml")
tables = read_tables(data, practice=practice)
trained = train(tables, practice, Settings(resamples=100))
evaluation = trained.evaluation

# %% [markdown]
# ## Is it better than what one would do without it?
# Every metric with its 95% interval, on leads that came later than all it learned from.

# %%
figures = pd.DataFrame(
    {
        scorer: {metric: str(value) for metric, value in metrics.items()}
        for scorer, metrics in evaluation.figures.items()
    }
)
print(evaluation.parts)
print(figures.fillna("-").to_string())

# %% [markdown]
# ## Are the probabilities right?
# Ten groups of later leads, equal in size: predicted against observed.

# %%
predicted, observed, counts = (
    np.array(column) for column in zip(*calibration_bins(evaluation.label, evaluation.probability), strict=True)
)
_, axes = plt.subplots(figsize=(4.8, 4.6))
axes.plot([0, predicted.max()], [0, predicted.max()], color="#9aa5b1", linestyle="--", linewidth=1)
axes.errorbar(
    predicted, observed, yerr=1.96 * np.sqrt(observed * (1 - observed) / counts), color="#1f6f8b", marker="o", capsize=3
)
axes.set(title="Do the probabilities hold?", xlabel="predicted", ylabel="observed")
plt.show()
print(
    f"Of twenty groups of later leads, {100 * evaluation.band_held:.0f}% had a rate within the band of earlier leads."
)

# %% [markdown]
# ## How far from the truth?
# The practice is synthetic, so the truth is known: what each lead's chance really was at arrival.

# %%
truth = pd.read_parquet(data / "truth" / "truth.parquet").set_index("lead_id")["p_booked_30d_at_arrival"]
moments = Moments.single(to_utc_times(tables.leads["created_at"]))
batch = Batch.from_tables(tables, moments.of_lead, moments.cutoff, trained.bundle.context)
scored = trained.bundle.score(batch, explain=False)
_, axes = plt.subplots(figsize=(4.8, 4.6))
axes.hexbin(truth.reindex(batch.lead_ids), scored.probability, gridsize=35, bins="log", cmap="Blues", mincnt=1)
axes.plot([0, 1], [0, 1], color="#9aa5b1", linestyle="--", linewidth=1)
axes.set(title="Predicted against the known truth, at arrival", xlabel="true chance", ylabel="predicted")
plt.show()

# %% [markdown]
# The picture includes the leads it learned from, so it is slightly too good; the table above is not.
#
# ## Did it see the future, and are its reasons true?

# %%
for finding in trained.findings:
    print(f"{finding.code} {finding.verdict}: {finding.sentence}")

# %% [markdown]
# Next: `3_what_intake_will_read.py`.
