# %% [markdown]
# # 4. Retrain and compare
# Would the model we could have trained two months ago have done as well on the leads since? Old and new are scored on
# the same later leads.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from features.array_types import DAY
from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import add_practice_records
from features.practice_file.practice_toml import read_practice
from features.tables.tables import read_tables
from training.dataset.as_of import cut_tables_as_of
from training.dataset.labels import build_learning_set
from training.evaluation.metrics import Bootstrap, evaluate
from training.pipeline import train
from training.settings import Settings

data = Path(".demo/data")
practice = read_practice(data / "practice.toml")
tables = read_tables(data, practice=practice)
horizon = practice.horizon_days * DAY

# %% [markdown]
# ## Two models: as of 90 and as of 60 days before the end
# Each sees only what was known then; both are scored on the leads that arrived after the later day and whose outcome is
# known by now.

# %%
days = (3 * horizon, 2 * horizon)
models = [
    train(
        cut_tables_as_of(tables, tables.as_of - age), practice, Settings(resamples=50, folds=3, moments_hours=(0, 24))
    ).bundle
    for age in days
]
present = build_learning_set(tables, practice, practice.label)
later = present.arrival & (to_utc_times(tables.leads["created_at"])[present.moments.of_lead] > tables.as_of - days[-1])
moments, label = present.moments.take(later), present.label[later]
print(f"{len(label):,} later leads, {100 * label.mean():.1f} in 100 {practice.label}")

# %%
probabilities = [
    bundle.score(
        Batch.from_tables(
            tables, moments.of_lead, moments.cutoff, add_practice_records(bundle.context, tables, bundle.label)
        ),
        explain=False,
    ).probability
    for bundle in models
]
for name, probability in zip(("older", "newer"), probabilities, strict=True):
    metrics = evaluate(label, probability, moments.of_lead, Bootstrap(200))
    print(
        f"{name}: AUC {metrics['auc']}, log loss {metrics['log_loss']}, "
        f"calibration error {metrics['calibration_error']}"
    )

# %% [markdown]
# ## Is the difference more than chance?
# Paired by lead: log loss of the older less that of the newer, resampled.

# %%
losses = [-np.log(np.where(label == 1, probability, 1 - probability)) for probability in probabilities]
difference = losses[0] - losses[1]
resamples = np.random.default_rng(7).choice(difference, (400, len(difference))).mean(axis=1)
_, axes = plt.subplots(figsize=(6, 3))
axes.hist(resamples, bins=40, color="#1f6f8b")
axes.axvline(0, color="#1d2b3a", linewidth=1)
axes.set(title="What the newer model gains (to the right of the line)", xlabel="log loss, older less newer")
plt.show()

# %% [markdown]
# ## Would grades change?
# The share of leads with another grade: what the desk would notice of the retraining.

# %%
grades = [bundle.grades.assign(probability) for bundle, probability in zip(models, probabilities, strict=True)]
print(
    f"{100 * (grades[0] != grades[1]).mean():.0f}% of leads would have another grade; "
    f"scores correlate {np.corrcoef(*probabilities)[0, 1]:.2f}"
)
