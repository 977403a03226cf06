"""What does a practice's file hold, and what was the truth? Sixteen kinds of invented worlds, each with a trouble.

They share no code with the invented practice (``features.synthetic``): a course seller's leads over 300 days, and
those of the next 60 days, whose true probability is known. The file of day 300 holds all leads that came until then;
the answer of a lead is blank until it is given.

    still        nothing changes
    turning      from day 260 on many more say yes, and one source loses its meaning
    drifting     what each field is worth wanders from week to week, and so does the level
    returning    a third of the people come again; who said no once tends to say no again
    late         answers take up to 60 days, a yes longer than a no
    biased       a yes is always entered; half of the noes never are, and of one source hardly any
    sparse       a third of the leads come through an interface that sends half of the fields, more of them every month
    codes        600 campaigns and 40 courses under numbers, each with its own worth
    interplay    thresholds, a best middle, and fields that mean something only together
    rare         one lead in twenty says yes
    twice        a fourth of the leads are entered twice within hours, some with a field changed
    channel      one source is opened on day 220 and brings a third of the leads from then on, unlike any other
    redefined    from day 220 on only who also paid counts as a yes, the wealthy more often
    seasonal     the level swings every 90 days, twice as high at its best as at its worst
    bots         from day 285 on a third of the leads are machines that never say yes; most look alike
    tiny         a practice whose file holds 150 leads"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit, logit

__all__ = ["CATEGORIES", "KINDS", "LATER_KINDS", "NUMBERS", "InventedWorld", "invent_world"]

KINDS = ("still", "turning", "drifting", "returning", "late", "biased", "sparse", "codes", "interplay", "rare")
LATER_KINDS = ("twice", "channel", "redefined", "seasonal", "bots", "tiny")
"""Written when the learner's constants had been chosen by the others."""
DAYS, LATER_DAYS, LEADS_A_DAY = 300, 60, 14
START = pd.Timestamp("2024-02-01")
_SOURCES = ("fair", "search", "partner", "flyer", "webinar")
_SENT_BY_INTERFACE = ("source", "region", "pages")
NUMBERS, CATEGORIES = ("pages", "income", "hours"), ("source", "employed", "region", "campaign", "course")


@dataclass(frozen=True)
class InventedWorld:
    """The leads of 360 days in the order of arrival.

    Parameters
    ----------
    leads : DataFrame of shape (n, fields)
        With every answer, also those that come after day 300.
    truth : float array of shape (n,)
        The probability of a yes.
    is_later : bool array of shape (n,)
        Arrived after day 300.
    """

    leads: pd.DataFrame
    truth: np.ndarray
    is_later: np.ndarray

    @property
    def end(self) -> pd.Timestamp:
        """Day 300."""
        return START + pd.Timedelta(days=DAYS)

    def keep_newest(self, leads: int) -> "InventedWorld":
        """Return the world of a practice whose file has only so many leads before day 300."""
        kept = slice(max(0, int((~self.is_later).sum()) - leads), None)
        return InventedWorld(self.leads.iloc[kept].reset_index(drop=True), self.truth[kept], self.is_later[kept])

    def read_file_of_the_end(self) -> pd.DataFrame:
        """Return what the practice's file held on day 300: blank answers where none was given yet."""
        known = self.leads[~self.is_later].copy()
        open_answers = ~(known["answered"] <= _format_times(pd.Series([self.end]))[0])
        known.loc[open_answers, ["signed", "answered"]] = None
        return known


def invent_world(kind: str, seed: int) -> InventedWorld:
    """Invent one world."""
    random = np.random.default_rng([seed, (*KINDS, *LATER_KINDS).index(kind)])
    count = (DAYS + LATER_DAYS) * LEADS_A_DAY
    day = np.sort(random.uniform(0, DAYS + LATER_DAYS, count))
    fields = _invent_fields(random, count)
    if kind == "channel":
        opened = day > 220
        fields["source"] = np.where(opened & (random.random(count) < 0.33), 4, fields["source"] % 4)
    if kind == "bots":
        bots = (day > 285) & (random.random(count) < 0.33)
        alike = bots & (random.random(count) < 0.8)
        fields["pages"] = np.where(alike, 1, fields["pages"])
        fields["hours"] = np.where(alike, 2, fields["hours"])
    log_odds = _compute_log_odds(kind, random, day, fields)
    who = np.arange(count)
    if kind == "returning":
        again = random.random(count) < 0.35
        who[again] = (who * random.random(count)).astype(int)[again]
        log_odds = log_odds + random.normal(0, 1.2, count)[who]
    if kind == "bots":
        log_odds = np.where(bots, -7.0, log_odds)
    truth = expit(log_odds)
    if kind == "redefined":
        truth = np.where(day > 220, truth * expit(0.5 + 1.5 * (np.log(fields["income"]) - 10)), truth)
    signed = random.random(count) < truth
    wait = random.exponential(3, count)
    if kind == "late":
        wait = np.minimum(random.exponential(np.where(signed, 22, 9)), 60)
    answered = _format_times(START + pd.to_timedelta(day + wait, unit="D"))
    leads = pd.DataFrame(
        {
            "no": [f"A{number}" for number in range(count)],
            "asked": _format_times(START + pd.to_timedelta(day, unit="D")),
            "who": [f"W{number}" for number in who],
            **_write_fields(fields),
            "signed": np.where(signed, "y", "n"),
            "answered": answered,
        }
    )
    if kind == "twice":
        leads, truth, day = _enter_twice(random, leads, truth, day)
    if kind == "biased":
        entered = np.where(fields["source"] == 2, 0.15, 0.5)
        leads.loc[~signed & (random.random(count) > entered), ["signed", "answered"]] = None
    if kind == "sparse":
        through = random.random(count) < 0.15 + 0.5 * day / day.max()
        hidden = [name for name in (*NUMBERS, *CATEGORIES) if name not in _SENT_BY_INTERFACE]
        leads.loc[through, hidden] = None
    world = InventedWorld(leads, truth, day > DAYS)
    return world.keep_newest(150) if kind == "tiny" else world


def _enter_twice(
    random: np.random.Generator, leads: pd.DataFrame, truth: np.ndarray, day: np.ndarray
) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Add a second row of a fourth of the leads, hours after the first, with the same answer at the same time."""
    again = np.flatnonzero(random.random(len(leads)) < 0.25)
    second_day = day[again] + random.uniform(0.01, 0.2, len(again))
    second = leads.iloc[again].copy()
    second["no"] = [f"B{number}" for number in again]
    second["asked"] = _format_times(START + pd.to_timedelta(second_day, unit="D"))
    second.loc[random.random(len(again)) < 0.3, "source"] = "search"
    # An answer that came before the second entry is entered with it.
    second["answered"] = np.maximum(second["answered"], second["asked"])
    order = np.argsort(np.concatenate([day, second_day]), kind="stable")
    both = pd.concat([leads, second], ignore_index=True).iloc[order].reset_index(drop=True)
    return both, np.concatenate([truth, truth[again]])[order], np.concatenate([day, second_day])[order]


def _invent_fields(random: np.random.Generator, count: int) -> dict[str, np.ndarray]:
    """Invent what the leads say of themselves."""
    return {
        "source": random.choice(len(_SOURCES), count, p=(0.1, 0.4, 0.2, 0.2, 0.1)),
        "pages": random.poisson(4, count),
        "income": np.round(random.lognormal(10, 0.5, count)),
        "hours": random.integers(2, 59, count),
        "employed": random.random(count) < 0.6,
        "region": random.integers(0, 9, count),
        # A few campaigns bring most leads; most bring a few.
        "campaign": (600 * random.random(count) ** 2.5).astype(int),
        "course": random.integers(0, 40, count),
    }


def _compute_log_odds(
    kind: str, random: np.random.Generator, day: np.ndarray, fields: dict[str, np.ndarray]
) -> np.ndarray:
    """Return the log-odds of a yes, without what is special about the person."""
    pull = random.normal(0, 0.8, len(_SOURCES))[fields["source"]]
    place = random.normal(0, 0.3, 9)[fields["region"]]
    wealth, interest = np.log(fields["income"]) - 10, np.log1p(fields["pages"]) - 1.5
    log_odds = -0.9 + pull + place + 0.5 * interest + 0.7 * wealth * fields["employed"]
    if kind == "turning":
        return np.where(day > 260, log_odds - pull + 1.1, log_odds)
    if kind == "drifting":
        week = (day // 7).astype(int)
        level, worth = (np.cumsum(random.normal(0, step, week.max() + 1))[week] for step in (0.08, 0.1))
        return log_odds + level + worth * interest + np.roll(worth, 7) * wealth
    if kind == "codes":
        campaign, course = random.normal(0, 0.8, 600), random.normal(0, 0.6, 40)
        return log_odds + campaign[fields["campaign"]] + course[fields["course"]]
    if kind == "interplay":
        middle = 1.2 - np.abs(fields["hours"] - 26) / 12
        return log_odds + middle + np.where((fields["pages"] > 5) ^ fields["employed"], 0.9, -0.9)
    if kind == "channel":
        # What speaks for a yes elsewhere speaks against it here.
        return np.where(fields["source"] == 4, -1.8 - 0.6 * interest + 0.2 * wealth, log_odds)
    if kind == "seasonal":
        return log_odds + 0.5 * np.sin(2 * np.pi * day / 90)
    if kind == "rare":
        return log_odds + logit(0.05) + 0.3
    return log_odds


def _write_fields(fields: dict[str, np.ndarray]) -> dict[str, object]:
    """Write the fields as an export does."""
    return {
        "source": np.array(_SOURCES)[fields["source"]],
        "pages": fields["pages"],
        "income": fields["income"],
        "hours": fields["hours"],
        "employed": np.where(fields["employed"], "yes", "no"),
        "region": [f"R{number}" for number in fields["region"]],
        "campaign": [f"{10_000 + number}" for number in fields["campaign"]],
        "course": [f"{number + 1}" for number in fields["course"]],
    }


def _format_times(times: object) -> np.ndarray:
    """Format times as an export does."""
    return pd.DatetimeIndex(times).strftime("%Y-%m-%dT%H:%M:%SZ").to_numpy(object)
