# %% [markdown]
# # 1. Meet the leads
# Who contacts the practice, how, and with what result? The cells read the synthetic practice of `make demo`, from any
# folder; without it they make a small one, once, in a few minutes. For your own practice, replace `demo.data` and
# `demo.practice` by its folder and its `practice.toml`.

# %%
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import leadlight
from features.calendar.timezones import to_utc_times
from features.point_in_time.context import Context
from features.practice_file.practice_toml import read_practice
from leadlight.demo import open_demo

plt.style.use("leadlight.notebook")
demo = open_demo()
practice = read_practice(demo.practice)
tables = leadlight.read(demo.data, practice=practice)
print(tables.report())

# %% [markdown]
# ## How many leads come, and by which channel?
# One band for each channel, week by week; the six largest, and the others together.

# %%
leads = tables.leads
arrived = pd.Series(to_utc_times(leads["created_at"]), index=leads.index)
largest = leads["channel"].value_counts().index[:6]
channel = leads["channel"].where(leads["channel"].isin(largest), "other").str.replace("_", " ")
weeks = pd.crosstab(arrived.dt.to_period("W").dt.start_time, channel).iloc[1:-1]
axes = weeks[weeks.sum().sort_values(ascending=False).index].plot.area(figsize=(9, 3.6), linewidth=0, cmap="viridis")
axes.set(title="Leads a week, by channel", xlabel="", ylabel="leads")
axes.legend(loc="center left", bbox_to_anchor=(1, 0.5), reverse=True)
plt.show()

# %% [markdown]
# ## How many of them book?
# Of the leads that had the full time to book (the horizon, 30 days here): the share that did, with its 95% interval
# (Wilson 1927).

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
    pd.DataFrame({"channel": leads["channel"].str.replace("_", " "), "booked": soon})[ripe.to_numpy()]
    .groupby("channel")["booked"]
    .agg(["mean", "size"])
    .sort_values("mean")
)
share, count = by_channel["mean"], by_channel["size"]
middle = (share + 1.92 / count) / (1 + 3.84 / count)
half = 1.96 * np.sqrt(share * (1 - share) / count + 0.96 / count**2) / (1 + 3.84 / count)
_, axes = plt.subplots(figsize=(7, 3.6))
axes.errorbar(100 * middle, by_channel.index, xerr=100 * half, fmt="o", capsize=3)
axes.axvline(100 * soon[ripe.to_numpy()].mean(), color="#75808c", linestyle="--", linewidth=1)
axes.set(
    title=f"Booked within {practice.horizon_days} days (dashed: all leads)", xlabel="per 100 leads", xlim=(0, None)
)
plt.show()

# %% [markdown]
# ## What do they write?
# The share of messages that mention each topic; no message is shown here, and none leaves this machine.

# %%
reader = Context(practice).reader
has_message = leads["message"].notna()
readings = reader.read_all(leads.loc[has_message, "message"].to_numpy(object), arrived[has_message].to_numpy())
shares = pd.Series((readings.counts > 0).mean(axis=0), index=readings.groups).sort_values().tail(15)
axes = (100 * shares.rename(lambda name: name.replace("_", " "))).plot.barh(figsize=(7, 4.4))
axes.set(title=f"What {int(has_message.sum()):,} messages say", xlabel="per 100 messages")
plt.show()

# %% [markdown]
# ## When do they come?
# Day and hour on the practice's own clock: calls are answered when somebody is there, forms come at night.

# %%
local = arrived.dt.tz_localize("UTC").dt.tz_convert(practice.timezone)
hours = pd.crosstab(local.dt.day_of_week, local.dt.hour).reindex(index=range(7), columns=range(24), fill_value=0)
_, axes = plt.subplots(figsize=(8, 2.6))
image = axes.imshow(hours, cmap="Blues", aspect="auto")
axes.set_yticks(range(7), ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
axes.set(title="Leads by day and hour", xlabel="hour of the day")
plt.colorbar(image, ax=axes, label="leads")
plt.show()

# %% [markdown]
# Association, not cause: a channel that books more may simply be used by people who need care more. Next:
# `2_can_we_trust_the_number`.
