"""Do the stories that are planted in an invented practice come out, and is none invented where there are none?

Each is looked for without its name: what the page would have to say for a manager to see it."""

import pytest

from features.mapping.column_mapping import Mapping
from features.practice_file.practice_toml import read_practice
from features.synthetic.generator import PRACTICE_FILE, invent
from features.synthetic.planted_stories import plant_stories
from features.tables.tables import read_tables
from serving.desk.queue.catalog_names import build_resolvers
from serving.insights.columns.categories import ALL_LEADS
from serving.insights.insight_report import read_and_compute


@pytest.fixture(scope="module")
def reports(tmp_path_factory):
    """Reports of one practice, with stories and without."""
    practice, made = read_practice(PRACTICE_FILE), {}
    plain = invent(9_000, 7)
    for name, world in (("with", plant_stories(plain, 7, practice.timezone)), ("without", plain)):
        folder = tmp_path_factory.mktemp("practice") / name
        world.write(folder)
        tables = read_tables(folder, Mapping.identity(), practice)
        made[name] = read_and_compute(tables, practice, build_resolvers(practice))
    return made


def find_collecting_campaigns(report):
    """Campaigns that the last touch gives a tenth of all bookings, and that bring none."""
    table = report.tables["credit_by_campaign"]
    last = {row[0]: table.get(row[0], "last") for row in table.rows}
    return {
        name
        for name, credit in last.items()
        if credit >= 0.1 * sum(last.values()) and table.get(name, "verdict").startswith("No sign")
    }


def find_people_with_hard_leads(report):
    """People who book less than two thirds of the others' rate, and no less than their leads were expected to bring."""
    table, total = report.tables["people"], [0, 0]
    for row in table.rows:
        total[0], total[1] = total[0] + row[1], total[1] + (row[2] or 0)
    return {
        row[0]
        for row in table.rows
        if row[2] is not None
        and row[2] / row[1] < 2 / 3 * (total[1] - row[2]) / (total[0] - row[1])
        and row[4].low <= 0 <= row[4].high
    }


def find_slow_hours(report):
    """Open hours whose inquiries wait three times as long as all."""
    table = report.tables["response_by_hour"]
    usual = table.get(ALL_LEADS, "median")
    return {row[0] for row in table.rows if row[-1] == "open" and row[3] > 3 * usual}


def find_silent_forms(report):
    return {row[0] for row in report.tables["silence"].rows if row[1] == "form" and row[-1] == "ALARM"}


def find_costly_fields(report):
    return {row[0] for row in report.tables["field_changes"].rows if "no sign that the field is worth" in row[-1]}


def find_young_campaigns(report):
    """Campaigns with under three months of spending that are expected to book more often than all leads."""
    money, funnel = report.tables["money_by_campaign"], report.tables["funnel_by_campaign"]
    waits = {row[0] for row in money.rows if "months with spending that it takes" in getattr(row[3], "reason", "")}
    usual = funnel.get(ALL_LEADS, "booked_final").value / funnel.get(ALL_LEADS, "inquiries")
    return {
        name
        for name in waits
        if (final := funnel.get(name, "booked_final")).low > funnel.get(name, "booked")
        and final.value / funnel.get(name, "inquiries") > usual
    }


STORIES = {
    "own_name_search": (find_collecting_campaigns, {"Our name search"}),
    "hard_leads": (find_people_with_hard_leads, {"S03"}),
    "slow_hour": (find_slow_hours, {"1 PM to 2 PM"}),
    "silent_form": (find_silent_forms, {"/spine-consultation"}),
    "costly_field": (find_costly_fields, {"Front page asks for Preferred way of contact since May 30"}),
    "young_campaign": (find_young_campaigns, {"New patient video"}),
}


@pytest.mark.parametrize("story", STORIES)
def test_a_planted_story_comes_out_and_no_other_of_its_kind(reports, story):
    find, expected = STORIES[story]

    assert find(reports["with"]) == expected


@pytest.mark.parametrize("story", STORIES)
def test_no_story_is_invented_in_a_practice_without_any(reports, story):
    assert STORIES[story][0](reports["without"]) == set()


def test_the_slow_hour_is_said_among_what_to_do(reports):
    told = [sentence.claim for name in ("sentences", "more_sentences") for sentence in getattr(reports["with"], name)]

    assert "Inquiries that come from 1 PM to 2 PM wait longest for us." in told
    assert reports["with"].sentences[0].claim.startswith("/spine-consultation (form) has been silent for 2")


def test_the_young_campaign_says_from_when_its_costs_are_known(reports):
    money = reports["with"].tables["money_by_campaign"]

    assert money.get("New patient video", "per_booking").reason == (
        "2 of the 3 months with spending that it takes; from Nov 2026 on if spending goes on"
    )
    assert reports["with"].tables["clicks_by_campaign"].get("New patient video", "per_click").is_known
