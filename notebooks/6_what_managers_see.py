# %% [markdown]
# # 6. What managers see
# What brings patients, what loses them, what is coming, and how sure is that? The tables of the desk's insights,
# computed from the synthetic practice of `make demo`, whose truth is known.
# For your own practice, replace `demo.data` and `demo.practice` by its folder and its `practice.toml`.

# %%
import matplotlib.pyplot as plt
import pandas as pd

import leadlight
from features.practice_file.practice_toml import read_practice
from leadlight.demo import open_demo
from serving.desk.queue.catalog_names import build_resolvers
from serving.insights.estimates import Estimate
from serving.insights.figure_tables import to_plain
from serving.insights.insight_report import read_and_compute

plt.style.use("leadlight.notebook")
demo = open_demo()
practice = read_practice(demo.practice)
tables = leadlight.read(demo.data, practice=practice)
report = read_and_compute(tables, practice, build_resolvers(practice))
for sentence in report.sentences:
    print(f"- {sentence.claim} {sentence.advice} [{sentence.figure}]")

# %% [markdown]
# ## Every table is a frame
# A figure with an interval is three columns: the figure and the ends of its 90% interval.


# %%
frame = pd.json_normalize(to_plain(report.tables["funnel_by_channel"])["rows"])
columns = ["channel", "inquiries", "booked_rate.value", "booked_rate.low", "booked_rate.high"]
frame.reindex(columns=columns).round(3)

# %% [markdown]
# ## What a treated patient costs, by channel
# Where two intervals overlap, the data cannot tell which channel is cheaper.

# %%
costs = report.tables["money_by_channel"]
known = [(row[0], row[[c.name for c in costs.columns].index("per_treated")]) for row in costs.rows]
known = [(name, cost) for name, cost in known if isinstance(cost, Estimate) and cost.is_known]
_, axes = plt.subplots(figsize=(7, 3))
for name, cost in known:
    axes.plot([cost.low, cost.high], [name, name], color="#12647f")
    axes.plot(cost.value, name, "o", color="#12647f")
axes.set(title="Cost per treated patient, 90% intervals", xlabel="dollars", xlim=(0, None))
plt.show()

# %% [markdown]
# ## Did earlier outlooks hold?
# Each line is what the outlook of four weeks said on the day before they began, with what was known then; the cross is
# what came.

# %%
past = report.tables["outlook_past"]
_, axes = plt.subplots(figsize=(7, 3.4))
for period, said, came, _ in past.rows:
    axes.plot([said.low, said.high], [period, period], color="#12647f")
    axes.plot(came, period, "x", color="#b3261e")
axes.set(title="Bookings of four weeks: said, and came", xlabel="bookings", xlim=(0, None))
axes.invert_yaxis()
plt.show()
print(*past.notes)

# %% [markdown]
# ## Does credit follow cause?
# In the synthetic practice the first of several visits causes nothing. The rules divide the bookings among all touches
# nonetheless; the interval stands on journeys that booked and on those that did not.

# %%
credit = pd.json_normalize(to_plain(report.tables["credit_by_source"])["rows"])
shown = ["source", "journeys", "least", "most", "more_bookings.low", "more_bookings.high", "verdict"]
credit.reindex(columns=shown).round(0)

# %% [markdown]
# Next, with your own leads: `7_your_own_export`.
