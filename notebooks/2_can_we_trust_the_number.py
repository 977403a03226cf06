# %% [markdown]
# # 2. Can we trust the number?
# The champion of `make demo`: its metrics on leads that came later than all it learned from, what MLflow keeps of the
# run, and, since the practice is synthetic, the known truth beside its scores. Nothing is trained here.

# %%
import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd

import leadlight
from leadlight.demo import open_demo
from training.bundle.holdout_scores import read_holdout_scores
from training.dataset.labels import label_leads
from training.evaluation.metrics import calibration_bins

plt.style.use("leadlight.notebook")
demo = open_demo()
model = leadlight.load("champion", demo.home)
bundle = model.bundle
figures = bundle.figures
print(f"Version {model.version}: {figures['verdict']['verdict']}. {figures['verdict']['why']}")
print(f"Learned from {figures['leads']:,} leads; held out: {figures['held_out']}.")

# %% [markdown]
# ## Is it better than what one would do without it?
# Every metric with its 95% interval, on the held-out leads.

# %%
pd.DataFrame(
    {
        scorer: {metric: f"{value:.3f} [{low:.3f} {high:.3f}]" for metric, (value, low, high) in metrics.items()}
        for scorer, metrics in figures["scorers"].items()
    }
).fillna("-")

# %% [markdown]
# ## Is it equally good every time?
# Folds go forward in time: each is scored by a model of all earlier ones. MLflow keeps their metrics as a curve.
# Without the next line MLflow would look for its runs in this folder.

# %%
mlflow.set_tracking_uri(demo.tracking_uri)
client = mlflow.MlflowClient()
version = client.get_model_version_by_alias(bundle.name, "champion")
history = client.get_metric_history(version.run_id, "fold_auc")
_, axes = plt.subplots(figsize=(5, 2.8))
axes.plot([point.step for point in history], [point.value for point in history], marker="o")
axes.set(title="Ranking, fold by fold", xlabel="fold, in time", ylabel="AUC", ylim=(0.5, 1))
axes.set_xticks([point.step for point in history])
plt.show()
runs = mlflow.search_runs(search_all_experiments=True)
columns = ["tags.version", "metrics.auc", "metrics.log_loss", "metrics.calibration_error", "params.trees"]
runs.reindex(columns=columns).round(3)

# %% [markdown]
# ## Are the probabilities right?
# The scores of the held-out leads are kept beside the models, under keyed hashes of their ids. Ten groups of equal
# size: predicted against what happened, with the 95% interval of the group's share.

# %%
tables = leadlight.read(demo.data, practice=demo.practice)
outcome = label_leads(tables, bundle.practice, bundle.label)
held_out = read_holdout_scores(demo.home, bundle.sha256).look_up(tables.leads["lead_id"].to_numpy(object))
is_known = ~np.isnan(held_out) & ~np.isnan(outcome)
label, probability = outcome[is_known], held_out[is_known]
predicted, observed, counts = (np.array(column) for column in zip(*calibration_bins(label, probability), strict=True))
_, axes = plt.subplots(figsize=(4.8, 4.4))
axes.plot([0, predicted.max()], [0, predicted.max()], color="#75808c", linestyle="--", linewidth=1)
axes.errorbar(predicted, observed, yerr=1.96 * np.sqrt(observed * (1 - observed) / counts), marker="o", capsize=3)
axes.set(title=f"Reliability, {len(label):,} held-out leads", xlabel="predicted", ylabel="observed")
plt.show()
print(f"Of twenty groups of later leads, {100 * figures['band_held']:.0f}% had a rate within the band of earlier ones.")

# %% [markdown]
# ## What is the order worth?
# Calling from the highest score down: how many of the bookings have been reached. The dotted line is a random order,
# the gray one a perfect one.

# %%
order = np.argsort(-probability)
called = np.arange(1, len(label) + 1) / len(label)
_, axes = plt.subplots(figsize=(5.2, 4))
axes.plot(100 * called, 100 * np.cumsum(label[order]) / label.sum(), label="Leadlight")
axes.plot([0, 100 * label.mean(), 100], [0, 100, 100], color="#c3c9cf", linewidth=1, label="perfect")
axes.plot([0, 100], [0, 100], color="#75808c", linestyle=":", label="random")
axes.set(title="Gains", xlabel="leads called, of 100", ylabel="bookings reached, of 100")
axes.legend()
plt.show()
for share in (0.1, 0.2, 0.5):
    reached = label[order][: round(share * len(label))].sum() / label.sum()
    print(f"The first {100 * share:.0f} in 100 calls reach {100 * reached:.0f} in 100 bookings.")

# %% [markdown]
# ## For whom does it hold?
# Predicted minus observed, part by part; where the interval crosses zero, the data cannot tell it from chance.

# %%
parts = pd.DataFrame(
    [
        {"part": f"{group}: {part['name'].replace('_', ' ')}", **dict(zip(("gap", "low", "high"), part["gap"]))}
        for group in ("Channel", "Clinic asked for")
        for part in figures["slices"].get(group, {"parts": []})["parts"]
    ]
)[::-1]
_, axes = plt.subplots(figsize=(6.5, 0.6 + 0.26 * len(parts)))
axes.hlines(parts["part"], 100 * parts["low"], 100 * parts["high"])
axes.plot(100 * parts["gap"], parts["part"], "o")
axes.axvline(0, color="#75808c", linewidth=1)
axes.set(title="Predicted minus observed", xlabel="bookings per 100 leads")
plt.show()

# %% [markdown]
# ## How far from the truth?
# The practice is synthetic, so each lead's chance at arrival is known. Held-out leads only.

# %%
truth = pd.read_parquet(demo.data / "truth" / "truth.parquet").set_index("lead_id")["p_booked_30d_at_arrival"]
known = truth.reindex(tables.leads["lead_id"][is_known]).to_numpy()
_, axes = plt.subplots(figsize=(4.8, 4.4))
axes.hexbin(known, probability, gridsize=30, bins="log", cmap="Blues", mincnt=1)
axes.plot([0, 1], [0, 1], color="#75808c", linestyle="--", linewidth=1)
axes.set(title="Predicted against the known truth", xlabel="true chance at arrival", ylabel="predicted")
plt.show()
print(f"Correlation with the truth: {np.corrcoef(known, probability)[0, 1]:.2f}")

# %% [markdown]
# ## Did it see the future, and are its reasons true?

# %%
for finding in figures["findings"]:
    print(f"{finding['code']} {finding['verdict']}: {finding['sentence']}")

# %% [markdown]
# Next: `3_what_intake_will_read`.
