# %% [markdown]
# # 4. Retrain and compare
# Would a model that we could have trained three months ago have done as well on the leads since? Only that older model
# is trained here, on what was known then. The champion needs no training: its scores of leads that it had not seen were
# kept when it was trained.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import leadlight
from features.array_types import DAY
from features.calendar.timezones import to_utc_times
from leadlight.demo import open_demo
from training.bundle.holdout_scores import read_holdout_scores
from training.dataset.as_of import cut_tables_as_of
from training.dataset.labels import label_leads
from training.evaluation.metrics import Bootstrap, evaluate

plt.style.use("leadlight.notebook")
demo = open_demo()
champion = leadlight.load("champion", demo.home)
tables = leadlight.read(demo.data, practice=demo.practice)
horizon = champion.bundle.horizon_days * DAY
then = tables.as_of - 3 * horizon

# %% [markdown]
# ## The older model
# It sees what was known on that day: later leads, calls and outcomes are cut away.

# %%
settings = leadlight.Settings(folds=2, most_trees=60, resamples=20, moments_hours=(0, 24), threads=1)
older = leadlight.train(cut_tables_as_of(tables, then), practice=demo.practice, settings=settings)
verdict = older.bundle.figures["verdict"]
print(f"As of {str(then)[:10]}: {older.bundle.figures['leads']:,} leads, {verdict['verdict']}")

# %% [markdown]
# ## The same later leads
# Those that arrived after that day, whose outcome is known by now, and that neither model had seen. Both score them as
# of their arrival.

# %%
lead_ids = tables.leads["lead_id"].to_numpy(object)
outcome = label_leads(tables, champion.bundle.practice, champion.bundle.label)
newer_scores = read_holdout_scores(demo.home, champion.bundle.sha256).look_up(lead_ids)
is_later = (to_utc_times(tables.leads["created_at"]) > then) & ~np.isnan(outcome) & ~np.isnan(newer_scores)
label = outcome[is_later]
scored = older.score(demo.data, at="arrival", as_trained=True).set_index("lead_id")
probabilities = {
    "older": scored.loc[lead_ids[is_later], "probability"].to_numpy(),
    "champion": newer_scores[is_later],
}
metrics = {
    name: evaluate(label, probability, np.arange(len(label)), Bootstrap(200))
    for name, probability in probabilities.items()
}
print(f"{len(label):,} later leads, {100 * label.mean():.1f} in 100 booked")
pd.DataFrame({name: {metric: str(value) for metric, value in row.items()} for name, row in metrics.items()})

# %% [markdown]
# ## Is the difference more than chance?
# Paired by lead: log loss of the older model minus that of the champion, resampled.

# %%
losses = {
    name: -np.log(np.where(label == 1, probability, 1 - probability)) for name, probability in probabilities.items()
}
difference = losses["older"] - losses["champion"]
resamples = np.random.default_rng(7).choice(difference, (2_000, len(difference))).mean(axis=1)
low, high = np.percentile(resamples, (2.5, 97.5))
_, axes = plt.subplots(figsize=(6, 2.8))
axes.hist(resamples, bins=50)
axes.axvspan(low, high, color="#12647f", alpha=0.12)
axes.axvline(0, color="#1d2b3a", linewidth=1)
axes.set(title="What the champion gains (to the right of the line)", xlabel="log loss saved", yticks=[])
plt.show()
print(
    f"{difference.mean():+.4f} [{low:+.4f} {high:+.4f}]: {'more' if low * high > 0 else 'no more'} than chance explains"
)

# %% [markdown]
# ## What would the desk notice?
# The two scores of each lead, and how many leads would have another grade.

# %%
grades = {name: champion.bundle.grades.assign(probability) for name, probability in probabilities.items()}
_, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6))
left.scatter(probabilities["older"], probabilities["champion"], s=7, alpha=0.4, linewidths=0)
left.plot([0, 1], [0, 1], color="#75808c", linestyle="--", linewidth=1)
left.set(title="Lead by lead", xlabel="older", ylabel="champion", xlim=(0, 1), ylim=(0, 1))
moves = pd.crosstab(grades["older"], grades["champion"]).reindex(index=list("ABCD"), columns=list("ABCD"), fill_value=0)
right.imshow(moves, cmap="Blues")
for (row, column), count in np.ndenumerate(moves.to_numpy()):
    right.text(column, row, count, ha="center", va="center", color="w" if count > moves.to_numpy().max() / 2 else "k")
right.set_xticks(range(4), list("ABCD"))
right.set_yticks(range(4), list("ABCD"))
right.set(title="Grades", xlabel="champion", ylabel="older")
plt.show()
print(
    f"{100 * (grades['older'] != grades['champion']).mean():.0f}% of leads would have another grade; "
    f"scores correlate {np.corrcoef(*probabilities.values())[0, 1]:.2f}"
)

# %% [markdown]
# Next: `5_promote_refuse_roll_back`.
