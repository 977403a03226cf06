"""Does the invented practice keep its promises: outcomes drawn from the truth, desk hours, nothing known too early?"""

from datetime import date

import numpy as np
import pandas as pd
import phonenumbers
import pytest
from sklearn.metrics import roc_auc_score

from features import schema
from features.errors import DataError
from features.practice_file.practice_toml import read_practice
from features.synthetic import (
    call_desk_simulation,
    inquiries,
    locations,
    message_grammar,
    persons,
    seasonality,
    true_effects,
)
from features.synthetic.generator import PRACTICE_FILE, SyntheticPractice, invent

UNTIL = date(2026, 11, 1)
CUSTOM = ["pages_viewed", "device", "newsletter", "first_visit", "crm_status_note"]
DRIFT_FROM = pd.Timestamp("2026-09-01", tz="America/Chicago")


@pytest.fixture(scope="module")
def world() -> SyntheticPractice:
    return invent(8000, seed=11, until=UNTIL)


@pytest.fixture(scope="module")
def practice():
    return read_practice(PRACTICE_FILE)


@pytest.fixture(scope="module")
def ripe(world) -> pd.DataFrame:
    """Leads whose 30 days, and the time to write them down, were over at the export: truth beside what was drawn."""
    booked = world.outcomes[world.outcomes["stage"] == "booked"].set_index("lead_id")["occurred_at"]
    table = world.leads[["lead_id", "created_at", "channel", "campaign"]].merge(world.truth, on="lead_id")
    table["booked"] = (table["lead_id"].map(booked) - table["created_at"]) <= pd.Timedelta(days=30)
    return table[table["created_at"] < pd.Timestamp("2026-09-15", tz="UTC")]


def worst_z(probability: pd.Series, booked: pd.Series, variance: pd.Series) -> float:
    """The largest distance, in standard errors, between said and drawn in any tenth of the leads."""
    tenths = pd.qcut(probability.rank(method="first"), 10, labels=False)
    parts = pd.DataFrame({"gap": booked.astype(float) - probability, "variance": variance}).groupby(tenths).sum()
    return float((parts["gap"].abs() / np.sqrt(parts["variance"])).max())


def local(times: pd.Series) -> pd.Series:
    """Clock times in the practice's zone."""
    return times.dt.tz_convert("America/Chicago")


@pytest.mark.parametrize("column", ["p_booked_30d", "p_booked_30d_at_arrival"])
def test_in_every_tenth_as_many_leads_book_as_the_truth_says(ripe, column):
    probability = ripe[column]

    worst = worst_z(probability, ripe["booked"], probability * (1 - probability))

    assert worst < 4.0


def test_the_reach_of_the_desk_is_drawn_from_the_truth_too(world, ripe):
    calls = world.events[world.events["reached"].fillna(False) & world.events["kind"].eq("outbound_call")]["lead_id"]
    by_desk = ripe[~ripe["channel"].eq("inbound_call")]

    worst = worst_z(
        by_desk["p_reached"], by_desk["lead_id"].isin(calls), by_desk["p_reached"] * (1 - by_desk["p_reached"])
    )

    assert worst < 4.0


def test_the_truth_ranks_the_leads_well_but_not_perfectly(ripe):
    after_plan, at_arrival = (
        roc_auc_score(ripe["booked"], ripe[column]) for column in ("p_booked_30d", "p_booked_30d_at_arrival")
    )

    assert 0.75 < after_plan < 0.90
    assert 0.75 <= at_arrival <= 0.85
    assert at_arrival < after_plan


def test_between_18_and_30_percent_of_leads_book_within_30_days(ripe):
    assert 0.18 < ripe["booked"].mean() < 0.30


def test_most_bookings_come_within_ten_days_and_a_few_much_later(world):
    booked = world.outcomes[world.outcomes["stage"] == "booked"].set_index("lead_id")["occurred_at"]
    days = (booked - world.leads.set_index("lead_id")["created_at"].reindex(booked.index)).dt.total_seconds() / 86400

    assert 1.0 < days.median() < 5.0
    assert (days <= 10).mean() > 0.75
    assert 20 < days.max() < 60


def test_probabilities_are_probabilities_and_nobody_uncalled_is_reached(world):
    table = world.truth.set_index("lead_id")
    uncalled = table["p_reached"] == 0

    assert table.drop(columns="p_booked_when_reached").stack().between(0, 1).all()
    assert table["p_booked_when_reached"].isna().eq(uncalled).all()
    assert 0 < uncalled.mean() < 0.25


def test_the_same_arguments_give_the_same_bytes_and_another_seed_gives_others(tmp_path):
    folders = [tmp_path / name for name in ("one", "two", "other")]

    written = [invent(120, seed=seed, months=3).write(folder) for seed, folder in zip((5, 5, 6), folders, strict=True)]

    first, second, other = ([path.read_bytes() for path in paths] for paths in written)
    assert first == second
    assert first[0] != other[0]


def test_the_tables_stand_in_the_columns_of_the_schema(world):
    for name, table in schema.TABLES.items():
        frame = getattr(world, name)
        extra = [column for column in frame if column not in table.by_name]
        assert set(table.required_columns) <= set(frame), name
        assert extra == (CUSTOM if name == "leads" else []), name
        for column in (column for column in table.columns if column.allowed and column.name in frame):
            assert set(frame[column.name].dropna()) <= set(column.allowed), (name, column.name)
        for column in (column.name for column in table.columns if column.kind == "time" and column.name in frame):
            assert str(frame[column].dtype) == "datetime64[us, UTC]"


def test_every_kind_of_event_stage_and_loss_occurs(world):
    assert set(world.events["kind"]) == set(schema.EVENT_KINDS)
    assert set(world.outcomes["stage"]) == set(schema.STAGES)
    assert set(world.outcomes["reason"].dropna()) == set(schema.LOST_REASONS)


def test_lead_ids_are_unique_and_every_row_belongs_to_one_of_them(world):
    ids = set(world.leads["lead_id"])

    assert len(ids) == len(world.leads) == 8000
    assert set(world.events["lead_id"]) <= ids
    assert set(world.outcomes["lead_id"]) <= ids
    assert list(world.truth["lead_id"]) == list(world.leads["lead_id"])


def test_no_outcome_comes_before_its_lead_and_none_is_known_before_it_happened(world):
    table = world.outcomes.merge(world.leads[["lead_id", "created_at"]], on="lead_id")

    assert (table["occurred_at"] >= table["created_at"]).all()
    assert (table["recorded_at"] >= table["occurred_at"]).all()
    assert ((table["recorded_at"] - table["occurred_at"]) > pd.Timedelta(hours=12)).mean() > 0.10


def test_nothing_of_the_time_after_the_export_is_told(world):
    export = pd.Timestamp(UNTIL, tz="America/Chicago")

    assert world.leads["created_at"].max() < export
    assert world.events["occurred_at"].max() < export
    assert world.outcomes["recorded_at"].max() < export
    assert world.spend["day"].max() < export


def test_each_stage_happens_once_and_in_order(world):
    first = world.outcomes.pivot(index="lead_id", columns="stage", values="occurred_at")

    assert (first["booked"].dropna() >= first["reached"].reindex(first["booked"].dropna().index)).all()
    both = first.dropna(subset=["attended", "treated"])
    assert (both["attended"] >= both["booked"]).all() and (both["treated"] >= both["attended"]).all()


def test_the_desk_calls_only_in_its_hours_whatever_daylight_saving_does(world):
    times = local(world.events.loc[world.events["kind"] == "outbound_call", "occurred_at"])
    closed = set().union(*(seasonality.holidays(year) for year in (2025, 2026)))

    assert times.dt.hour.between(seasonality.OPENS, seasonality.CLOSES - 1).all()
    assert (times.dt.day_of_week < 5).all()
    assert not set(times.dt.date) & closed
    assert {
        times.dt.tz_convert("UTC").dt.hour.min(),
        times[times.dt.month == 1].dt.tz_convert("UTC").dt.hour.min(),
    } == {13, 14}


def test_the_desks_capacity_is_never_exceeded_but_in_the_peaks_used_up(world):
    times = local(world.events.loc[world.events["kind"] == "outbound_call", "occurred_at"])

    per_hour = times.dt.tz_localize(None).dt.floor("h").value_counts()

    assert per_hour.max() == world.calls_per_hour


def test_some_leads_are_never_called_and_some_late(world):
    first = world.events[world.events["kind"] == "outbound_call"].groupby("lead_id")["occurred_at"].min()
    table = world.leads[
        (world.leads["channel"] != "inbound_call")
        & world.leads["phone"].notna()
        & (world.leads["created_at"] < "2026-10-01")
    ]
    hours = (table["lead_id"].map(first) - table["created_at"]).dt.total_seconds() / 3600

    assert 0.01 < hours.isna().mean() < 0.15
    assert hours.quantile(0.25) < 0.5
    assert hours.quantile(0.9) > 24


def test_nobody_is_called_after_being_reached_or_after_booking(world):
    settled = (
        world.outcomes[world.outcomes["stage"].isin(["reached", "booked"])].groupby("lead_id")["occurred_at"].min()
    )
    calls = world.events[world.events["kind"] == "outbound_call"]

    assert not (calls["occurred_at"] > calls["lead_id"].map(settled)).any()


def test_people_who_asked_not_to_be_called_are_not_called(world):
    opted_out = set(world.leads.loc[world.leads["do_not_contact"] == "yes", "lead_id"])

    called = set(world.events.loc[world.events["kind"] == "outbound_call", "lead_id"])

    assert opted_out
    assert not opted_out & called


def test_the_last_two_months_drift(world):
    table = world.leads.merge(world.truth, on="lead_id")
    late = table["created_at"] >= DRIFT_FROM
    share = pd.crosstab(late, table["channel"], normalize="index")

    assert not (table.loc[~late, "campaign"] == "fall_social_blast").any()
    assert (table.loc[late, "campaign"] == "fall_social_blast").mean() > 0.10
    assert share.loc[True, "chat"] > 1.4 * share.loc[False, "chat"]
    assert table.loc[late, "p_booked_30d"].mean() < 0.8 * table.loc[~late, "p_booked_30d"].mean()


def test_the_same_people_inquire_again_in_another_format(world):
    digits = world.leads["phone"].str.replace(r"\D", "", regex=True).str.removeprefix("1").str[:10].dropna()
    raw = world.leads["phone"].dropna()

    assert digits.duplicated().mean() > 0.04
    assert digits.duplicated().sum() > 1.5 * raw.duplicated().sum()


def test_phones_are_of_the_exchange_that_nobody_has_and_mostly_valid(world):
    numbers = world.leads["phone"].dropna().sample(300, random_state=0)

    valid = [phonenumbers.is_valid_number(phonenumbers.parse(number.removesuffix(".0"), "US")) for number in numbers]

    assert 0.85 < np.mean(valid) < 1.0
    good = numbers[np.array(valid)].str.replace(r"\D", "", regex=True).str.removeprefix("1")
    assert (good.str[3:6] == "555").mean() > 0.97


def test_emails_are_of_example_domains(world):
    emails = world.leads["email"].dropna().str.strip().str.lower()
    well_formed = emails[emails.str.match(r"[^@\s]+@[\w.]+\.\w+$")]

    assert len(well_formed) > 0.9 * len(emails)
    assert well_formed.str.extract(r"@(.*)$")[0].isin(persons.EMAIL_DOMAINS).all()


def test_messages_differ_and_hold_what_makes_reading_hard(world):
    text = world.leads["message"].dropna()
    low = text.str.lower()

    assert text.nunique() > 0.93 * len(text)
    assert 0.2 < world.leads["message"].isna().mean() < 0.5
    for phrase in (
        "not urgent",
        "don't need an appointment",
        "test test",
        "first page of google",
        "cita",
        "<br",
        "my mom",
        "asap",
        "before the holidays",
        "how much",
    ):
        assert low.str.contains(phrase, regex=False).any(), phrase
    assert not text.str.contains(r"[{}]").any()


def test_what_is_not_said_is_not_said(practice):
    around = locations.build_catchment_area(practice)
    lead = {
        "kind": "genuine",
        "spanish": False,
        "relation": "self",
        "relation_in": "",
        "wish": 3,
        "payer": "Oscar",
        "zip_code": "75231",
        "city": "Dallas",
        "condition_named": False,
        "procedure_named": False,
        "details": 0,
        "service_in": "column",
        "payer_in": "column",
        "place_in": "",
        "existing_in": "",
        "referred_in": "",
        "existing": True,
        "intent": "price_only",
        "time_in": "",
        "time": "asap",
        "device": "desktop",
    }
    writer = message_grammar.MessageWriter(practice, seed=3)

    written = " ".join(writer.write_message(lead) for _ in range(300)).lower()

    assert len(around.codes) > 300
    assert "price" in written
    for name in ("oscar", "knee", "dallas", "75231", "tkr"):
        assert name not in written


def test_a_typo_changes_one_word_only(practice):
    writer = message_grammar.MessageWriter(practice, seed=1)

    pairs = zip(
        ["please", "schedule", "an", "appointment"],
        writer.add_typo("please schedule an appointment").split(),
        strict=True,
    )

    assert sum(original != typed for original, typed in pairs) == 1


def test_the_planted_note_gives_the_outcome_away(world):
    booked = set(world.outcomes.loc[world.outcomes["stage"] == "booked", "lead_id"])
    note = world.leads["crm_status_note"].fillna("")
    says_booked = note.isin(
        [
            "Booked, new patient packet sent",
            "appt set",
            "Scheduled - confirmation sent",
            "booked via portal",
            "on calendar",
        ]
    )

    assert world.leads.loc[says_booked, "lead_id"].isin(booked).all()
    assert says_booked.sum() > 0.7 * len(booked)


def test_campaigns_cost_money_while_they_run(world):
    days = world.spend.groupby("campaign")["day"].agg(["min", "size"])

    assert set(world.spend["campaign"]) == set(world.leads["campaign"].dropna())
    assert days.loc["fall_social_blast", "min"] == DRIFT_FROM
    assert days.loc["brand_search", "size"] == 549


def test_practice_toml_reads_without_a_fault_and_services_stand_in_the_order_the_truth_uses(practice):
    assert len(practice.clinics) == 5
    assert (
        len(practice.services)
        == persons.NOT_OFFERED
        == len(true_effects.EFFECTS["service"])
        == len(persons.SERVICE_WEIGHTS)
    )
    assert [practice.services[i].name for i in true_effects.SURGERY] == [
        "Spine surgery",
        "Knee replacement",
        "Hip replacement",
    ]
    assert set(message_grammar.load_grammar()["services"]) == {service.name for service in practice.services}
    assert set(message_grammar.load_grammar()["payers"]) == set(persons.PAYERS)


def test_every_campaign_and_channel_has_its_worth():
    campaigns = {pair.split("|")[1] for weights in inquiries.SOURCES.values() for pair in weights} - {""}
    with_effect = set(true_effects.EFFECTS["campaign"])

    assert campaigns | {inquiries.SEASONAL_CAMPAIGN[1], inquiries.DRIFT_CAMPAIGN[1]} == with_effect
    assert set(inquiries.CHANNELS) == set(inquiries.DRIFT_CHANNELS) == set(true_effects.EFFECTS["channel"])


def test_clocks_that_change_do_not_move_the_desks_hours():
    days = seasonality.days_between(date(2026, 3, 6), date(2026, 3, 11))

    when, _ = call_desk_simulation.draw_call_slots(
        days, 3, seasonality.ZoneInfo("America/Chicago"), np.random.default_rng(0)
    )

    assert len(when) == 3 * 10 * 3
    assert seasonality.is_open(when, seasonality.ZoneInfo("America/Chicago")).all()
    assert (np.diff(when) > 0).all()


def test_the_map_has_no_place_at_zero_zero(practice):
    around = locations.build_catchment_area(practice)

    assert np.isclose(around.weights.sum(), 1)
    assert around.km.min(axis=1).max() < 8000
    assert len(set(around.codes)) == len(around.codes)


def test_writing_gives_the_named_files_in_both_formats(tmp_path):
    small = invent(60, seed=1, months=2)

    written = small.write(tmp_path / "demo", format="csv")

    assert sorted(path.relative_to(tmp_path / "demo").as_posix() for path in written) == [
        "events.csv",
        "leads.csv",
        "outcomes.csv",
        "practice.toml",
        "spend.csv",
        "truth/truth.parquet",
    ]
    assert list(pd.read_csv(written[0])["lead_id"]) == list(small.leads["lead_id"])
    assert [path.name for path in small.write(tmp_path / "demo")][0] == "leads.parquet"
    assert not (tmp_path / "demo" / "leads.csv").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]


def test_an_unknown_format_names_the_known_ones(tmp_path):
    with pytest.raises(DataError, match="parquet, csv"):
        invent(5, seed=1, months=1).write(tmp_path / "demo", format="xlsx")


@pytest.mark.parametrize(("leads", "months"), [(0, 18), (10, 0)])
def test_no_leads_or_no_months_is_said_in_a_sentence(leads, months):
    with pytest.raises(DataError, match="expected at least 1 of each"):
        invent(leads, seed=1, months=months)


def test_one_lead_is_a_world():
    alone = invent(1, seed=4, months=1)

    assert len(alone.leads) == len(alone.truth) == 1


def test_progress_is_told_step_by_step():
    steps = []

    invent(20, seed=1, months=1, progress=lambda done, total: steps.append((done, total)))

    assert steps == [(i, 7) for i in range(1, 8)]
