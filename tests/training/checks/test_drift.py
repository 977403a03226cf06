"""LC012 fires when leads change, stays quiet while they do not, does not apply without dates or with a handful; what is
said of it is whole and safe.
"""

import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from click.testing import CliRunner

from features.batch import Batch
from features.calendar.timezones import to_utc_times
from features.point_in_time.outcomes import add_practice_records
from serving.cli.main import leadlight
from training.bundle import Bundle
from training.checks.drift import Drift
from training.dataset.as_of import cut_tables_as_of
from training.dataset.labels import build_learning_set
from training.errors import BundleError, DriftAlarm
from training.monitoring.alarm_texts import describe_alarms, family_verdict
from training.monitoring.html_page import render_page
from training.monitoring.monitor import FAMILIES, monitor_leads
from training.monitoring.prometheus import render_metrics
from training.monitoring.reference_profile import build_reference_arrays

LEARNED_UNTIL, QUIET_UNTIL = np.datetime64("2026-05-01", "us"), np.datetime64("2026-08-30", "us")


@pytest.fixture(scope="module")
def quiet_tables(demo_tables):
    """The invented practice before its last two months, which drift."""
    return cut_tables_as_of(demo_tables, QUIET_UNTIL)


@pytest.fixture(scope="module")
def bundle(trained, quiet_tables) -> Bundle:
    """The model, remembering the leads up to May as those it learned from."""
    model = trained.bundle
    learning = build_learning_set(quiet_tables, model.practice, model.label, (0,))
    batch = Batch.from_tables(
        quiet_tables,
        learning.moments.of_lead,
        learning.moments.cutoff,
        add_practice_records(model.context, quiet_tables, model.label),
    )
    scored = model.score(batch, explain=False)
    past = learning.moments.cutoff <= LEARNED_UNTIL
    remaining = replace(
        learning, moments=learning.moments.take(past), label=learning.label[past], arrival=learning.arrival[past]
    )
    return replace(
        model,
        reference=build_reference_arrays(
            scored.values[past], model.signals, remaining, scored.log_odds[past], model.grades
        ),
    )


@pytest.fixture(scope="module")
def changed_tables(quiet_tables):
    """The same leads, but from May on most come by one channel, and say so."""
    leads = quiet_tables.leads.copy()
    rows = np.flatnonzero(to_utc_times(leads["created_at"]) > LEARNED_UNTIL)
    leads.loc[rows[::2], "channel"] = "directory"
    return replace(quiet_tables, leads=leads)


@pytest.fixture(scope="module")
def alarmed_check(bundle, changed_tables):
    """What is found of the changed leads."""
    return Drift(changed_tables, bundle)


def test_it_stays_quiet_while_leads_are_those_it_learned_from(bundle, quiet_tables):
    finding = Drift(quiet_tables, bundle).run()

    assert (finding.verdict, finding.details) == ("holds", {}), finding.sentence


def test_it_fires_when_half_of_the_leads_come_another_way_and_says_which(alarmed_check):
    finding = alarmed_check.run()

    assert (finding.code, finding.verdict) == ("LC012", "fails")
    assert re.match(r'Channel: \d\d% of leads are "directory", [\d.]+% in training; index', finding.details["channel"])


def test_it_fires_when_the_export_loses_a_column(bundle, quiet_tables):
    finding = Drift(replace(quiet_tables, leads=quiet_tables.leads.drop(columns="payer")), bundle).run()

    assert finding.details["payer"].startswith("Payer: 100% of leads are not known")


def test_it_fires_when_people_book_less_than_is_said(bundle, quiet_tables):
    ids = quiet_tables.leads["lead_id"][to_utc_times(quiet_tables.leads["created_at"]) > LEARNED_UNTIL]
    later = quiet_tables.outcomes["lead_id"].isin(set(ids))
    booked = later & quiet_tables.outcomes["stage"].isin(["booked", "attended", "treated"])
    gone = booked & (np.arange(len(booked)) % 10 > 0)

    watched = monitor_leads(replace(quiet_tables, outcomes=quiet_tables.outcomes[~gone].reset_index(drop=True)), bundle)

    assert {"outcomes"} <= set(watched.alarms) <= {"outcomes", "calibration"}


def test_it_does_not_apply_without_dates(bundle, quiet_tables):
    undated = replace(quiet_tables, leads=quiet_tables.leads.drop(columns="created_at"))

    finding = Drift(undated, bundle).run()

    assert finding.verdict == "not applicable" and "no dates" in finding.sentence


def test_it_does_not_apply_to_a_handful_of_leads(bundle, quiet_tables):
    early_tables = cut_tables_as_of(quiet_tables, LEARNED_UNTIL + np.timedelta64(20, "D"))

    finding = Drift(early_tables, bundle).run()

    assert finding.verdict == "not applicable" and "at least 100 are needed" in finding.sentence


def test_it_does_not_apply_when_no_lead_is_newer_than_those_learned_from(bundle, quiet_tables):
    finding = Drift(cut_tables_as_of(quiet_tables, LEARNED_UNTIL - np.timedelta64(40, "D")), bundle).run()

    assert finding.verdict == "not applicable" and "no lead arrived" in finding.sentence.casefold()


def test_a_model_that_remembers_nothing_is_refused_in_words(bundle, quiet_tables):
    with pytest.raises(BundleError, match="has no profile of its training leads"):
        monitor_leads(quiet_tables, replace(bundle, reference=None))


def test_families_that_could_not_be_looked_at_are_said(bundle, quiet_tables):
    watched = monitor_leads(cut_tables_as_of(quiet_tables, LEARNED_UNTIL + np.timedelta64(45, "D")), bundle)

    assert family_verdict(watched, "inputs") == "no drift"
    assert family_verdict(watched, "outcomes") == "not applicable"


def test_the_reference_is_sealed_with_the_bundle_and_read_back(trained, tmp_path):
    written = trained.bundle.write(tmp_path / "bundle")

    again = Bundle.load(tmp_path / "bundle")

    assert again.reference.keys() == written.reference.keys()
    assert (tmp_path / "bundle" / "reference.npz").stat().st_size < 200_000


class _Asked(HTMLParser):
    """What a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_starttag(self, tag, attrs):
        """Note every address."""
        self.asked += [
            value
            for name, value in attrs
            if name in ("src", "href", "action", "data") and not value.startswith(("#", "data:image/png;base64,"))
        ]


def test_the_page_is_whole_asks_nothing_and_is_the_same_each_time(alarmed_check, bundle):
    page = render_page(alarmed_check.result, bundle, "1", {"signals": b"png"})
    parser = _Asked()
    parser.feed(page)

    assert parser.asked == [] and "url(" not in page and "<script" not in page
    assert "<strong>Drift alarm</strong>" in page and "Channel:" in page
    assert page == render_page(alarmed_check.result, bundle, "1", {"signals": b"png"})


def test_no_person_stands_in_what_is_written(alarmed_check, bundle, changed_tables):
    output = (
        render_page(alarmed_check.result, bundle, "1", {})
        + render_metrics(alarmed_check.result, bundle)
        + " ".join(describe_alarms(alarmed_check.result, bundle))
    )
    personal = {
        str(value)
        for name in ("lead_id", "phone", "email")
        for value in changed_tables.leads[name].dropna()
        if len(str(value)) > 5
    }

    assert [value for value in personal if value in output] == []


def test_metrics_are_in_the_format_that_prometheus_reads(alarmed_check, bundle):
    lines = render_metrics(alarmed_check.result, bundle).splitlines()

    sample = re.compile(r'leadlight_monitor_[a-z_]+\{(?:[a-z]+="(?:[^"\\\n]|\\.)*",?)+\} -?[\d.e+-]+')
    assert all(line.startswith("# ") or sample.fullmatch(line) for line in lines)
    assert len({line.rpartition(" ")[0] for line in lines if not line.startswith("#")}) == sum(
        not line.startswith("#") for line in lines
    )
    assert f'leadlight_monitor_alarm{{family="inputs",model="{bundle.name}"}} 1.0' in lines
    assert sum(line.startswith("leadlight_monitor_alarm{") for line in lines) == len(FAMILIES)


def write_tables(tables, folder):
    """Validated tables as files again."""
    folder.mkdir()
    for name in ("leads", "events", "outcomes", "spend"):
        frame = getattr(tables, name)
        frame.rename(columns=lambda column: column.removeprefix("custom:")).to_parquet(
            folder / f"{name}.parquet", index=False
        )
    return folder


def test_the_command_writes_page_and_metrics_and_exits_with_7_on_an_alarm(
    bundle, quiet_tables, changed_tables, tmp_path
):
    bundle.write(tmp_path / "bundle")
    run = {
        name: CliRunner().invoke(
            leadlight,
            [
                "monitor",
                "--data",
                str(write_tables(tables, tmp_path / name)),
                "--model",
                str(tmp_path / "bundle"),
                "--out",
                str(tmp_path / f"{name}-out"),
            ],
        )
        for name, tables in (("quiet", quiet_tables), ("changed", changed_tables))
    }

    assert run["quiet"].exit_code == 0, run["quiet"].output
    assert isinstance(run["changed"].exception, DriftAlarm) and run["changed"].exception.exit_code == 7
    assert "LC012 fails" in run["changed"].output and "Channel:" in run["changed"].output
    assert all(
        (tmp_path / f"{name}-out" / file).stat().st_size > 1000
        for name in run
        for file in ("monitor.html", "monitor.prom")
    )


def test_a_model_that_remembers_no_leads_is_not_judged(demo_tables, trained):
    result = Drift(demo_tables, replace(trained.bundle, reference=None)).run()

    assert result.verdict == "not applicable" and "earlier version" in result.sentence
