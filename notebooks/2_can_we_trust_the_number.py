# %% [markdown]
# # 2. Can we trust the number?
# The model that `make demo` trained, its figures on later leads, and the known truth of the invented practice beside
# them.

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
# Every figure with its 95% interval, on leads that came later than all it learned from.

# %%
figures = pd.DataFrame(
    {who: {metric: str(value) for metric, value in metrics.items()} for who, metrics in evaluation.figures.items()}
)
print(evaluation.parts)
print(figures.fillna("-").to_string())

# %% [markdown]
# ## Did what it said happen?
# Ten groups of later leads, equal in size: said against happened.

# %%
said, happened, counts = (
    np.array(column) for column in zip(*calibration_bins(evaluation.label, evaluation.probability), strict=True)
)
_, axes = plt.subplots(figsize=(4.8, 4.6))
axes.plot([0, said.max()], [0, said.max()], color="#9aa5b1", linestyle="--", linewidth=1)
axes.errorbar(
    said, happened, yerr=1.96 * np.sqrt(happened * (1 - happened) / counts), color="#1f6f8b", marker="o", capsize=3
)
axes.set(title="Do the probabilities hold?", xlabel="said", ylabel="happened")
plt.show()
print(
    f"Of twenty groups of later leads, {100 * evaluation.band_held:.0f} in 100 had a rate that the band of earlier leads allowed."
)

# %% [markdown]
# ## How far from the truth?
# Only here, where the practice is invented, is the truth known: what each lead's chance really was on arrival.

# %%
truth = pd.read_parquet(data / "truth" / "truth.parquet").set_index("lead_id")["p_booked_30d_at_arrival"]
moments = Moments.single(to_utc_times(tables.leads["created_at"]))
batch = Batch.from_tables(tables, moments.of_lead, moments.cutoff, trained.bundle.context)
scored = trained.bundle.score(batch, explain=False)
_, axes = plt.subplots(figsize=(4.8, 4.6))
axes.hexbin(truth.reindex(batch.lead_ids), scored.probability, gridsize=35, bins="log", cmap="Blues", mincnt=1)
axes.plot([0, 1], [0, 1], color="#9aa5b1", linestyle="--", linewidth=1)
axes.set(title="Said against the known truth, at arrival", xlabel="true chance", ylabel="said")
plt.show()

# %% [markdown]
# The picture holds the leads it learned from as well, so it flatters a little; the table above does not.
#
# ## Did it see the future, and are its reasons true?

# %%
for finding in trained.findings:
    print(f"{finding.code} {finding.verdict}: {finding.sentence}")

# %% [markdown]
# Next: `3_what_intake_will_read.py`.
