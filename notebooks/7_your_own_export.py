# %% [markdown]
# # 7. Your own export, in ten minutes
# From a CRM's CSV file to a first model and its reasons. As it stands it reads a file made from the synthetic practice,
# with a CRM's headers, dates and words. For your own file, change the line `export = ...` and run the cells from the
# top; nothing leaves this machine and your file is only read. Read the output before you share it: it names the columns
# of your file, and some of their values.

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
example = folder / "export.csv"
crm.to_csv(example, index=False)

# %%
export = example  # your own file goes here, such as Path("leads.csv")

# %% [markdown]
# ## Minute 1: which column is which?
# Each guess with its reason. Questions are asked where the file cannot tell; read them.

# %%
profile = profile_export(export)
for question in (*profile.date_doubts, *profile.label_doubts, *profile.notes):
    print("?", question)
pd.DataFrame(profile.to_rows(), columns=["column", "filled", "distinct", "used as", "why"])

# %% [markdown]
# The mapping is a file. Where a guess is wrong, correct it by hand: move a line from `[custom]` to `[leads]`, give it
# our name, and answer the questions under `[label]`.

# %%
mapping = folder / "mapping.toml"
text = render_document(profile)
mapping.write_text(text, encoding="utf-8")
print("\n".join(line.partition(" # ")[0] for line in text.splitlines() if line and line[0] != "#"))

# %% [markdown]
# ## Minute 3: what does the practice offer?
# A draft of services, clinics and payers in your leads' own spellings. It works as it is; it works better corrected. A
# guess in a line that begins with `#` counts once that sign is removed: here the time zone, which the dates of the file
# do not tell.

# %%
draft = draft_practice(leadlight.read(export, mapping))
practice = folder / "practice.toml"
write_draft(draft, practice, force=True)
practice.write_text(practice.read_text(encoding="utf-8").replace("# timezone = ", "timezone = "), encoding="utf-8")
pd.DataFrame(draft.summarize(), columns=["found", "entries", "spellings", "not assigned", "left out"])

# %% [markdown]
# ## Minute 4: is the file read as you meant it?

# %%
tables = leadlight.read(export, mapping, practice)
print(tables.report())

# %% [markdown]
# ## Minute 5: a first model
# Few trees, so that it is quick; nothing is written or registered. The verdict is a sentence: ready, borderline, or use
# the rules.

# %%
settings = leadlight.Settings(folds=2, most_trees=60, resamples=30, threads=1)
model = leadlight.train(tables, practice=practice, settings=settings)
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
# The highest and the lowest of the last 200 rows, in the words that the desk would read.

# %%
scores = model.score(export, reasons=True, at="arrival").tail(200)
ranked = scores.sort_values("probability", ascending=False)
pd.concat([ranked.head(4), ranked.tail(2)])[["lead_id", "score", "grade", "reason_1", "reason_2"]]

# %%
features = model.features(export, at="arrival")
parts = model.contributions(export, at="arrival")[list(features.columns)]
family = pd.Series({signal.name: signal.family.replace("_", " ") for signal in model.bundle.signals})
strength = parts.T.groupby(family).sum().T.abs().mean().sort_values().tail(10)
axes = strength.plot.barh(figsize=(6.5, 3.2))
axes.set(title="What it goes by, in families of signals", xlabel="mean absolute log-odds")
plt.show()

# %% [markdown]
# ## Then
# ```
# leadlight train --data export.csv --mapping mapping.toml --practice practice.toml
# ```
# does the same in full, writes the report, registers the model in MLflow and compares it with the one in use. Calls and
# replies beside the leads teach more than a flat file: a folder with `leads`, `events` and `outcomes`.
