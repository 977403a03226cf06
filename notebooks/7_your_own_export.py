# %% [markdown]
# # 7. Your own export, in ten minutes
# From a CRM's CSV file to a first model and its reasons. As it stands it reads a file made from the synthetic practice,
# with a CRM's headers, dates and words. Put your own file into `export` and run the cells from the top; nothing leaves
# this machine. Show the output to nobody before you have read it: the columns of your file are named in it.

# %%
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

import leadlight
from features.practice_file.draft import draft_practice
from features.practice_file.draft_writer import write_draft
from features.profiling.export_profile import profile_export
from features.profiling.mapping_document import render_document
from leadlight.demo import open_demo

plt.style.use("leadlight.notebook")
demo = open_demo()
folder = Path(tempfile.mkdtemp(prefix="leadlight-export-"))
leads = pd.read_parquet(demo.data / "leads.parquet").tail(1_500)
outcomes = pd.read_parquet(demo.data / "outcomes.parquet")
ends = outcomes[outcomes["stage"].isin(["booked", "lost"])].drop_duplicates("lead_id").set_index("lead_id")
columns = {
    "lead_id": "Record ID",
    "created_at": "Create Date",
    "channel": "Original Source",
    "service_requested": "What can we help with?",
    "message": "Comments",
    "postal_code": "ZIP/Postal Code",
    "payer": "Insurance",
    "preferred_clinic": "Location",
    "pages_viewed": "Number of Pageviews",
}
crm = leads[list(columns)].rename(columns=columns)
crm["Create Date"] = leads["created_at"].dt.tz_convert("America/Chicago").dt.strftime("%m/%d/%Y %I:%M %p")
crm["Lead Status"] = leads["lead_id"].map(ends["stage"]).map({"booked": "Appointment booked", "lost": "Closed lost"})
crm["Lead Status"] = crm["Lead Status"].fillna("In progress")
closed = leads["lead_id"].map(ends["occurred_at"])
crm["Close Date"] = closed.dt.tz_convert("America/Chicago").dt.strftime("%m/%d/%Y %I:%M %p")
export = folder / "export.csv"  # your own file goes here
crm.to_csv(export, index=False)

# %% [markdown]
# ## Minute 1: which column is which?
# Each guess with its reason. Questions are asked where the file cannot tell; read them.

# %%
profile = profile_export(export)
for question in (*profile.date_doubts, *profile.label_doubts, *profile.notes):
    print("?", question)
pd.DataFrame(profile.to_rows(), columns=["column", "filled", "distinct", "used as", "why"])

# %% [markdown]
# The mapping is a file. Correct it by hand where a guess is wrong: here one column was kept as it is, and it says which
# service is asked for.

# %%
mapping = folder / "mapping.toml"
text = render_document(profile)
if '"What can we help with?" = ' in text:
    text = "\n".join(line for line in text.splitlines() if not line.startswith('"What can we help with?" = '))
    text = text.replace("[leads]", '[leads]\nservice_requested = "What can we help with?"')
mapping.write_text(text, encoding="utf-8")
print("\n".join(line.partition(" # ")[0] for line in text.splitlines() if line and line[0] != "#"))

# %% [markdown]
# ## Minute 3: what does the practice offer?
# A draft of services, clinics and payers in your leads' own spellings. It works as it is; it works better corrected.

# %%
draft = draft_practice(leadlight.read(export, mapping))
write_draft(draft, folder / "practice.toml", force=True)
pd.DataFrame(draft.summarize(), columns=["found", "entries", "spellings", "not assigned", "left out"])

# %% [markdown]
# ## Minute 4: is the file read as you meant it?

# %%
tables = leadlight.read(export, mapping, folder / "practice.toml")
print(tables.report())

# %% [markdown]
# ## Minute 5: a first model
# Few trees, so that it is quick; nothing is written or registered. The verdict is a sentence: ready, borderline, or use
# the rules.

# %%
settings = leadlight.Settings(folds=2, most_trees=60, resamples=30, threads=1)
model = leadlight.train(tables, practice=folder / "practice.toml", settings=settings)
figures = model.bundle.figures
print(f"{figures['verdict']['verdict'].upper()}. {figures['verdict']['why']}")
auc = {name: metrics["auc"] for name, metrics in figures["scorers"].items() if "auc" in metrics}
_, axes = plt.subplots(figsize=(6, 2.4))
for name, (value, low, high) in list(auc.items())[::-1]:
    axes.plot([low, high], [name, name], color="#12647f")
    axes.plot(value, name, "o", color="#12647f")
axes.axvline(0.5, color="#75808c", linestyle="--", linewidth=1)
axes.set(title="Ranking of leads it had not seen, 95% intervals", xlabel="AUC (0.5: chance)")
plt.show()

# %% [markdown]
# What it found that you should look at: columns that know the outcome, too few leads, a form that broke.

# %%
for finding in figures["findings"]:
    if finding["verdict"] == "fails":
        print(f"{finding['code']}: {finding['sentence']}")

# %% [markdown]
# ## Minute 8: the scores, and why
# The highest and the lowest of the newest leads, in the words that the desk would read.

# %%
newest = crm.drop(columns=["Lead Status", "Close Date"]).tail(200)
scores = model.score(newest, reasons=True, at="arrival")
ranked = scores.sort_values("probability", ascending=False)
pd.concat([ranked.head(4), ranked.tail(2)])[["lead_id", "score", "grade", "reason_1", "reason_2"]]

# %%
features = model.features(newest, at="arrival")
parts = model.contributions(newest, at="arrival")[list(features.columns)]
family = pd.Series({signal.name: signal.family.replace("_", " ") for signal in model.bundle.signals})
strength = parts.T.groupby(family).sum().T.abs().mean().sort_values().tail(10)
axes = strength.plot.barh(figsize=(6.5, 3.2))
axes.set(title="What it goes by, in families of signals", xlabel="log-odds, mean of absolute values")
plt.show()

# %% [markdown]
# ## Then
# ```
# leadlight train --data export.csv --mapping mapping.toml --practice practice.toml
# ```
# does the same in full, writes the report, registers the model in MLflow and compares it with the one in use. Calls and
# replies beside the leads teach more than a flat file: a folder with `leads`, `events` and `outcomes`.
