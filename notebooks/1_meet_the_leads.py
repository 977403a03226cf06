# %% [markdown]
# # 1. Meet the leads
# Who contacts the practice, how, and with what result? Run `make demo` once; then every cell below reads `.demo/data`,
# the synthetic practice.
# To look at your own practice, name its folder and its practice.toml in the next cell.

# %%
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from features.calendar.timezones import to_utc_times
from features.point_in_time.context import Context
from features.practice_file.practice_toml import read_practice
from features.tables.tables import read_tables

data = Path(".demo/data")
practice = read_practice(data / "practice.toml")
tables = read_tables(data, practice=practice)
print(tables.report())

# %% [markdown]
# ## How many leads come, and by which channel?
# One band for each channel, week by week.

# %%
leads = tables.leads
arrived = pd.Series(to_utc_times(leads["created_at"]), index=leads.index)
weeks = pd.crosstab(arrived.dt.to_period("W").dt.start_time, leads["channel"])
axes = weeks[weeks.sum().sort_values(ascending=False).index].plot.area(figsize=(10, 3.6), linewidth=0, cmap="tab20")
axes.set(title="Leads a week, by channel", xlabel="", ylabel="leads")
axes.legend(frameon=False, ncols=4, fontsize=8)
plt.show()

# %% [markdown]
# ## How many of them book?
# Of the leads whose horizon is over: the share that booked within it, with the 95% interval of a share (Wilson 1927).

# %%
booked = (
    tables.outcomes[tables.outcomes["stage"] == "booked"]
    .groupby("lead_id")["occurred_at"]
    .min()
    .reindex(leads["lead_id"])
)
soon = (booked.to_numpy("datetime64[us]") - arrived.to_numpy()) <= np.timedelta64(practice.horizon_days, "D")
ripe = arrived + pd.Timedelta(days=practice.horizon_days) <= pd.Timestamp(tables.as_of)
by_channel = (
    pd.DataFrame({"channel": leads["channel"], "booked": soon})[ripe.to_numpy()]
    .groupby("channel")["booked"]
    .agg(["mean", "size"])
    .sort_values("mean")
)
share, count = by_channel["mean"], by_channel["size"]
middle = (share + 1.92 / count) / (1 + 3.84 / count)
half = 1.96 * np.sqrt(share * (1 - share) / count + 0.96 / count**2) / (1 + 3.84 / count)
_, axes = plt.subplots(figsize=(7, 3.6))
axes.errorbar(middle, by_channel.index, xerr=half, fmt="o", color="#1f6f8b", capsize=3)
axes.set(title=f"Booked within {practice.horizon_days} days", xlabel="share of leads", xlim=(0, None))
plt.show()

# %% [markdown]
# ## What do they write?
# The share of messages that mention each topic; no message is shown here, and none leaves this machine.

# %%
reader = Context(practice).reader
has_message = leads["message"].notna()
readings = reader.read_all(leads.loc[has_message, "message"].to_numpy(object), arrived[has_message].to_numpy())
shares = pd.Series((readings.counts > 0).mean(axis=0), index=readings.groups).sort_values().tail(15)
axes = shares.plot.barh(figsize=(7, 4.4), color="#1f6f8b")
axes.set(title=f"What {int(has_message.sum()):,} messages say", xlabel="share of messages")
plt.show()

# %% [markdown]
# Association, not cause: a channel that books more may simply be used by people who need care more. Next:
# `2_can_we_trust_the_number.py`.
