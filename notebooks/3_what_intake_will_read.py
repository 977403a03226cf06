# %% [markdown]
# # 3. What intake will read
# The sentences behind a score: how often each is shown, how far it moves scores, and one lead in full. Uses the model
# that `make demo` trained.

# %%
from collections import Counter
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from features.batch import Batch
from features.explain.reasons import Explainer
from features.point_in_time.outcomes import add_practice_records
from features.point_in_time.scoring_moments import Moments
from features.practice_file.practice_toml import read_practice
from features.tables.tables import read_tables
from serving.scoring.score_words import odds_in_words
from training.bundle import Bundle

data = Path(".demo/data")
bundle = Bundle.load(".demo/report/bundle")
tables = read_tables(data, bundle.mapping, read_practice(data / "practice.toml"), scoring=True)
moments = Moments.single(np.full(len(tables.leads), tables.as_of))
batch = Batch.from_tables(
    tables, moments.of_lead, moments.cutoff, add_practice_records(bundle.context, tables, bundle.label)
)
scored = bundle.score(batch)
explained = Explainer.of(bundle.signals, bundle.hidden_reasons).explain(scored)

# %% [markdown]
# ## Which reasons do people see?

# %%
counts = Counter((reason.signals[0], reason.effect) for lead in explained for reason in lead.reasons)
table = pd.Series(counts).unstack(fill_value=0)
table = table.loc[table.sum(axis=1).sort_values().tail(18).index]
axes = table.plot.barh(stacked=True, figsize=(7.5, 5.2), color={"lowers": "#b0563b", "raises": "#1f6f8b"})
axes.set(title="Reasons shown, by their first signal", xlabel="leads")
plt.show()

# %% [markdown]
# ## Do they add up?
# Base, the reasons shown and everything else are the score, to 1e-9. This is exact, not an explanation after the fact.

# %%
sums = np.array(
    [lead.base + sum(reason.log_odds for reason in lead.reasons) + lead.everything_else for lead in explained]
)
print(f"Largest difference over {len(sums):,} leads: {np.abs(sums - scored.log_odds).max():.1e} log-odds")
print("Not shown, because they failed the faithfulness check:", ", ".join(bundle.hidden_reasons) or "none")

# %% [markdown]
# ## One lead in full
# The open lead in the middle of the queue: its chance, its band, its reasons.

# %%
row = int(np.argsort(scored.probability)[len(scored.probability) // 2])
print(
    odds_in_words(float(scored.probability[row]), bundle),
    f"(between {100 * scored.low[row]:.0f} and {100 * scored.high[row]:.0f})",
)
reasons = explained[row].reasons
_, axes = plt.subplots(figsize=(7, 2.6))
axes.barh(
    [reason.text for reason in reasons][::-1],
    [reason.log_odds for reason in reasons][::-1],
    color=["#1f6f8b" if r.raises else "#b0563b" for r in reasons][::-1],
)
axes.axvline(0, color="#1d2b3a", linewidth=0.8)
axes.set(xlabel="log-odds", title="Why")
plt.show()

# %% [markdown]
# A score supports the order of calls; a person decides. It is not triage. Next: `4_retrain_and_compare.py`.
