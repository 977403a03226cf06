# %% [markdown]
# # 5. Promote, refuse, roll back
# A practice retrains every month and nobody looks at every model. Which ones would have reached the desk? The synthetic
# practice, month by month: an ordinary month, one whose past was rewritten, one whose form broke, one in which the
# world changed. Everything is done in a separate folder; the champion of this machine stays what it is.

# %%
import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.colors import ListedColormap

import leadlight
from features.array_types import DAY
from features.logs.prediction_log import PredictionLog, name_leads, read_newest_predictions
from features.point_in_time.outcomes import read_outcomes
from features.practice_file.practice_toml import read_practice
from leadlight.demo import open_demo
from training.bundle import find_bundle
from training.checks.drift import Drift
from training.checks.export_completeness import ExportCompleteness
from training.checks.history_unchanged import HistoryUnchanged
from training.checks.serving_parity import sample_requests
from training.dataset.as_of import cut_tables_as_of
from training.registry.promotion import promote, rollback
from training.registry.promotion_log import PromotionLog
from training.registry.retraining import describe_changes, retrain_champion
from training.registry.training_run import RunOptions, run_training

plt.style.use("leadlight.notebook")
logging.getLogger("mlflow").setLevel(logging.ERROR)
demo = open_demo()
practice = read_practice(demo.practice)
tables = leadlight.read(demo.data, practice=practice)
home = Path(tempfile.mkdtemp(prefix="leadlight-story-"))
month = 30 * DAY

# %% [markdown]
# ## The first champion, five months before the end
# There is nothing to compare it with, so it is promoted by its own findings; with few leads they may not be enough, and
# then somebody signs. The service scores some leads with it, and logs its answers.

# %%
settings = leadlight.Settings(resamples=20, most_trees=40, folds=2, moments_hours=(0, 24), threads=1)
first = run_training(
    cut_tables_as_of(tables, tables.as_of - 5 * month),
    practice,
    settings,
    RunOptions("leadlight", home, home / "first"),
)
print(first.champion_message)
if not first.contract.holds:
    promote(
        home,
        "leadlight",
        first.version,
        first.contract.failing,
        "notebook",
        "to have a first champion to tell the story with",
    )
champion, _ = find_bundle("leadlight@champion", home)
receipts = PredictionLog(home).write(
    sample_requests(cut_tables_as_of(tables, tables.as_of - 4 * month - 2 * DAY), champion, count=120)
)
print(f"{len(receipts)} answers with receipts")

# %% [markdown]
# ## Four exports that came afterwards
# An ordinary month; booking confirmations that carry the time of the inquiry; a form that stopped sending messages; and
# web forms that book half as often.

# %%
ordinary = cut_tables_as_of(tables, tables.as_of - 4 * month)
past = cut_tables_as_of(tables, tables.as_of - 3 * month)
booked = ~np.isnat(read_outcomes(past, "booked").converted_at)
stamped = pd.DataFrame(
    {
        "lead_id": past.leads["lead_id"][booked],
        "occurred_at": past.leads["created_at"][booked] + pd.Timedelta(minutes=1),
        "kind": "sms_in",
    }
)
rewritten = replace(past, events=pd.concat([past.events, stamped], ignore_index=True))
cut = cut_tables_as_of(tables, tables.as_of - 2 * month)
newest = cut.leads["created_at"] > cut.leads["created_at"].max() - pd.Timedelta(days=28)
emptied = replace(cut, leads=cut.leads.assign(message=cut.leads["message"].where(~newest, None)))
late = (tables.leads["created_at"] > tables.leads["created_at"].max() - pd.Timedelta(days=100)) & tables.leads[
    "channel"
].eq("web_form")
gone = set(tables.leads["lead_id"][late & (np.random.default_rng(3).random(len(tables.leads)) < 0.5)])
changed = replace(
    tables,
    outcomes=tables.outcomes[
        ~(
            tables.outcomes["lead_id"].isin(gone)
            & tables.outcomes["stage"].isin(["qualified", "booked", "attended", "treated"])
        )
    ],
)
exports = {
    "an ordinary month": ordinary,
    "the past was rewritten": rewritten,
    "the form sends no message": emptied,
    "the world changed": changed,
}

# %% [markdown]
# ## What an export tells before anything is trained
# Three of the checks need only the export and the champion: is it complete (LC014), is the past still what the service
# saw (LC015), are its leads still those that the champion learned from (LC012)?

# %%
answers = read_newest_predictions(home, champion.sha256, 120)
findings = {
    name: [
        ExportCompleteness(export, practice, "booked").run(),
        HistoryUnchanged(export, champion, list(name_leads(answers, export.leads["lead_id"], home))).run(),
        Drift(export, champion).run(),
    ]
    for name, export in exports.items()
}
for name, found in findings.items():
    print(f"--- {name}")
    for finding in found:
        print(f"{finding.code} {finding.verdict}: {finding.sentence}")

# %% [markdown]
# ## Retrained all the same: the contract's verdicts
# Five lines each. A model is promoted only where the contract holds. The rewritten month is refused whatever its
# figures are; the ordinary one takes the champion's place if it is not worse on leads that neither had seen.

# %%
runs = {}
for name in ("the past was rewritten", "an ordinary month"):
    runs[name] = retrain_champion(exports[name], practice, RunOptions("leadlight", home, home / "new", budget=0.5))
    print(f"--- {name}")
    print("\n".join(describe_changes(runs[name])))
    if runs[name].contract.holds:
        promote(home, "leadlight", runs[name].version)
        print(f"leadlight/{runs[name].version} is the champion now.")

# %%
verdicts = pd.DataFrame(
    {name: {finding.code: finding.verdict for finding in found} for name, found in findings.items()}
    | {
        f"{name}, retrained": {finding.code: finding.verdict for finding in run.contract.findings}
        for name, run in runs.items()
    }
).T.sort_index(axis=1)
shown = verdicts.replace({"not applicable": 0.25, "holds": 0.5, "fails": 0.75}).astype(float).fillna(0)
for name, run in runs.items():
    shown.loc[f"{name}, retrained", list(run.contract.failing)] = 1.0
_, axes = plt.subplots(figsize=(9, 2.8))
colors = ListedColormap(["w", "#dfe3e7", "#9cc5b4", "#e8b48a", "#b3261e"])
axes.imshow(shown, cmap=colors, vmin=0, vmax=1, aspect="auto")
axes.set_xticks(range(shown.shape[1]), shown.columns, rotation=60)
axes.set_yticks(range(len(shown)), shown.index)
axes.set_title("Green holds, orange warns, red blocks, gray does not apply")
plt.show()

# %% [markdown]
# ## And back
# The previous champion is the same sealed bundle, so its scores are what they were. The log says who promoted what, and
# that no line was changed.

# %%
if len(PromotionLog(home, "leadlight").read_entries()) > 1:
    print("back to leadlight/" + rollback(home, "leadlight", "notebook", "to show it").version)
pd.DataFrame(
    [
        {"action": entry.action, "version": entry.version, "after": entry.previous_version or "none", "by": entry.by}
        for entry in PromotionLog(home, "leadlight").read_entries()
    ]
)

# %% [markdown]
# Next: `6_what_managers_see`.
