# %% [markdown]
# # 3. What intake will read
# What moves scores, which sentences people read about it, whether they add up, and one lead in full with a what-if.
# Uses the champion of `make demo`; nothing is trained here.

# %%
from collections import Counter

import matplotlib.pyplot as plt
import mlflow
import numpy as np
import pandas as pd
import shap

import leadlight
from leadlight.demo import open_demo
from training.report.feature_importance import format_signal_name

plt.style.use("leadlight.notebook")
demo = open_demo()
model = leadlight.load("champion", demo.home)
frames = {name: pd.read_parquet(demo.data / f"{name}.parquet") for name in ("leads", "events")}
newest = frames["leads"].sort_values("created_at").tail(1_000)
data = {"leads": newest, "events": frames["events"][frames["events"]["lead_id"].isin(newest["lead_id"])]}
scores = model.score(data, reasons=True, at="arrival")
grades = scores["grade"].value_counts().sort_index()
print(f"{len(scores):,} newest leads, as of their arrival. Grades: {grades.to_dict()}")

# %% [markdown]
# ## What moves scores?
# Each dot is a lead; to the right, the signal raised its score. Red: its value was high; gray: unknown. For categories,
# such as channel or source, the color is only a code. The contributions are exact Shapley values in log-odds, as the
# service computes them.

# %%
features = model.features(data, at="arrival")
parts = model.contributions(data, at="arrival")
names = list(features.columns)
readable = [format_signal_name(signal) for signal in model.bundle.signals]
explanation = shap.Explanation(
    parts[names].to_numpy(), (parts["base"] + parts["level"]).to_numpy(), features.to_numpy(), feature_names=readable
)
shap.plots.beeswarm(explanation, max_display=14, plot_size=(9, 5.5), show=False)
plt.title("What moved the scores of the newest leads")
plt.show()

# %% [markdown]
# ## How does one signal act?
# Three numbers with wide effects, known of most leads: value against contribution. A vertical spread at one value is
# what other signals do to it.

# %%
is_number = (features.nunique() > 12) & (features.notna().mean() > 0.4)
is_number &= np.array([signal.unit != "category" for signal in model.bundle.signals])
numbers = parts[names].std()[is_number].nlargest(3).index
_, panels = plt.subplots(1, 3, figsize=(10, 3.2), sharey=True)
for axes, name in zip(panels, numbers, strict=True):
    signal = model.bundle.signals[names.index(name)]
    axes.scatter(features[name], parts[name], s=8, alpha=0.35, linewidths=0)
    axes.axhline(0, color="#75808c", linewidth=1)
    axes.set(title=format_signal_name(signal)[:34], xlabel=signal.unit or "value")
    axes.title.set_fontsize(10)
panels[0].set_ylabel("log-odds added")
plt.show()

# %% [markdown]
# ## Which reasons do people see?
# In words, at most five for each lead.

# %%
shown = Counter(text for column in scores.filter(regex=r"^reason_\d$") for text in scores[column].dropna())
pd.Series(shown, name="leads").sort_values(ascending=False).head(12).rename_axis("reason").reset_index()

# %% [markdown]
# ## Do they add up?
# Base, level and parts are the score. This is exact, not an explanation after the fact.

# %%
log_odds = parts.sum(axis=1).to_numpy()
difference = np.abs(1 / (1 + np.exp(-log_odds)) - scores["probability"].to_numpy()).max()
print(f"Largest difference over {len(parts):,} leads: {difference:.1e} of probability")
print("Not shown, because they failed the faithfulness check:", ", ".join(model.bundle.hidden_reasons) or "none")

# %% [markdown]
# ## One lead in full
# The lead in the middle of the order: its chance, its band, and what raised and lowered it.

# %%
row = int(np.argsort(scores["probability"].to_numpy())[len(scores) // 2])
lead = scores.iloc[row]
print(f"{100 * lead['probability']:.0f} in 100 leads like this one book, grade {lead['grade']}")
print(f"band: {100 * lead['probability_low']:.0f} to {100 * lead['probability_high']:.0f} in 100")
for text in lead.filter(regex=r"^reason_\d$").dropna():
    print("-", text)
strongest = parts[names].iloc[row].abs().nlargest(9).index[::-1]
moved = parts[names].iloc[row][strongest]
_, axes = plt.subplots(figsize=(7.5, 3.4))
labels = [format_signal_name(model.bundle.signals[names.index(name)]) for name in strongest]
axes.barh(labels, moved, color=np.where(moved > 0, "#12647f", "#b4560f"))
axes.axvline(0, color="#1d2b3a", linewidth=0.8)
axes.set(xlabel="log-odds", title="Why: the nine strongest signals of one lead")
plt.show()

# %% [markdown]
# ## And what if?
# The same lead with other answers, one change at a time. This is what the model would say, not what a change would
# cause: who asks for an appointment differs from who does not.

# %%
one = newest[newest["lead_id"] == lead["lead_id"]]
changes = {
    "as it came": {},
    "asks for an appointment": {"message": "Could I come in for an appointment this week? Mornings are best."},
    "asks for the price only": {"message": "How much is it? Just looking at prices."},
    "writes nothing": {"message": None},
    "comes by referral": {"channel": "referral"},
    "comes by social ad": {"channel": "social_ad"},
    "lives far away": {"postal_code": "99501"},
}
touches = data["events"][data["events"]["lead_id"] == lead["lead_id"]]
answers = {
    name: model.score({"leads": one.assign(**change), "events": touches}, at="arrival").iloc[0]
    for name, change in changes.items()
}
_, axes = plt.subplots(figsize=(7, 3))
for name, answer in list(answers.items())[::-1]:
    axes.plot(100 * answer[["probability_low", "probability_high"]].astype(float), [name, name], color="#c3c9cf", lw=4)
    axes.plot(100 * answer["probability"], name, "o", color="#12647f")
axes.axvline(100 * answers["as it came"]["probability"], color="#75808c", linestyle="--", linewidth=1)
axes.set(title="What if? Chance and band", xlabel="bookings per 100 such leads", xlim=(0, None))
plt.show()

# %% [markdown]
# ## The same answers from MLflow
# Whoever has only MLflow loads the model there: a frame in, probability, grade and reasons out.

# %%
mlflow.set_tracking_uri(demo.tracking_uri)
served = mlflow.pyfunc.load_model("models:/leadlight@champion")
columns = [name for name in newest.columns if name in model.bundle.columns or name in ("lead_id", "created_at")]
rows = newest[columns].head(3).assign(cutoff=newest["created_at"].head(3)).astype(object)
rows = rows.where(rows.notna(), None)
served.predict(rows, params={"reasons": True})[["probability", "grade", "reason_1"]].round(3)

# %% [markdown]
# A score supports the order of calls; a person decides. It is not triage. Next: `4_retrain_and_compare`.
