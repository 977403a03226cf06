# %% [markdown]
# # 5. Promote, refuse, roll back
# A practice retrains every month and nobody looks at every model. Which ones would have reached the desk? The synthetic
# practice, month by month: ordinary months, one whose export was broken, one whose past was rewritten, one in which the
# world changed. Everything is done in a separate folder; the champion of this machine stays what it is.

# %%
import tempfile
from dataclasses import replace
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from features.array_types import DAY
from features.logs.prediction_log import PredictionLog
from features.point_in_time.outcomes import read_outcomes
from features.practice_file.practice_toml import read_practice
from features.tables.tables import read_tables
from training.bundle import find_bundle
from training.checks.serving_parity import sample_requests
from training.dataset.as_of import cut_tables_as_of
from training.registry.promotion import promote, rollback
from training.registry.promotion_log import PromotionLog
from training.registry.retraining import describe_changes, retrain_champion
from training.registry.training_run import RunOptions, run_training
from training.settings import Settings

data = Path(".demo/data")
practice = read_practice(data / "practice.toml")
tables = read_tables(data, practice=practice)
home = Path(tempfile.mkdtemp(prefix="leadlight-story-"))
month = 30 * DAY

# %% [markdown]
# ## The first champion, five months before the end
# There is nothing to compare it with, so it is promoted by its own findings; with few leads they may not be enough, and
# then somebody signs. The service scores some leads with it, and logs its answers.

# %%
first = run_training(
    cut_tables_as_of(tables, tables.as_of - 5 * month),
    practice,
    Settings(resamples=20, most_trees=60, folds=3, moments_hours=(0, 24)),
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
PredictionLog(home).write(
    sample_requests(
        cut_tables_as_of(tables, tables.as_of - 4 * month - 2 * DAY),
        find_bundle("leadlight@champion", home)[0],
        count=120,
    )
)

# %% [markdown]
# ## Four exports that came afterwards
# Booking confirmations with the time of the enquiry; a form that stopped sending messages; web forms that book half as
# often; and an ordinary month.

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
months = {
    "an ordinary month": ordinary,
    "the past was rewritten": rewritten,
    "the form sends no message": emptied,
    "the world changed": changed,
}

# %% [markdown]
# ## The contract's verdicts
# Five lines each. A model is promoted only where the contract holds.

# %%
runs = {}
for name, export in months.items():
    runs[name] = retrain_champion(export, practice, RunOptions("leadlight", home, home / "retrained", budget=0.5))
    print(f"--- {name}")
    print("\n".join(describe_changes(runs[name])))
    if runs[name].contract.holds:
        promote(home, "leadlight", runs[name].version)
        print(f"leadlight/{runs[name].version} is the champion now.")

# %%
codes = sorted({finding.code for run in runs.values() for finding in run.contract.findings})
shown = np.array([[1.0 if code in run.contract.failing else 0.0 for code in codes] for run in runs.values()])
_, axes = plt.subplots(figsize=(8, 2.4))
axes.imshow(shown, cmap="Reds", vmin=0, vmax=1.4, aspect="auto")
axes.set_xticks(range(len(codes)), codes, rotation=60)
axes.set_yticks(range(len(runs)), list(runs))
axes.set_title("Which check stops which model (red)")
plt.show()

# %% [markdown]
# ## And back
# The previous champion is the same sealed bundle, so its scores are what they were. The log says who promoted what, and
# that no line was changed.

# %%
if len(PromotionLog(home, "leadlight").read_entries()) > 1:
    print("back to leadlight/" + rollback(home, "leadlight", "notebook", "to show it").version)
for entry in PromotionLog(home, "leadlight").read_entries():
    verdicts = dict(sorted(entry.verdicts.items()))
    print(entry.action, entry.version, "after", entry.previous_version or "none", verdicts)
