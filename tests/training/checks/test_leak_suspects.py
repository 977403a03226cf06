"""Is a column that tells too much named as a suspect?"""

from dataclasses import replace

import numpy as np

from training.checks.leak_suspects import LeakSuspects
from training.dataset.labels import label_leads


def test_a_suspect_kept_on_purpose_is_said_and_kept(demo_tables, demo_practice):
    tables = replace(demo_tables, mapping=replace(demo_tables.mapping, keep_on_purpose=("crm_status_note",)))
    check = LeakSuspects(tables, label_leads(tables, demo_practice, "booked"))

    assert check.find_excluded_columns() == {}
    assert "kept on purpose: crm_status_note" in check.run().sentence


def one_more_column(tables, values):
    """The tables with one custom column, a category, and nothing else of their own."""
    return replace(tables, leads=tables.leads.assign(**{"custom:Mark": values}), custom={"custom:Mark": "category"})


def test_a_column_filled_when_a_lead_is_closed_is_a_suspect(demo_tables, demo_practice):
    label = label_leads(demo_tables, demo_practice, "booked")
    random = np.random.default_rng(2)
    when_closed = np.where(np.isnan(label), None, random.choice(["a", "b"], len(label)))

    finding = LeakSuspects(one_more_column(demo_tables, when_closed), label).run()

    assert "it is filled for 100% of closed leads and for 0% of equally old open ones" in finding.details["Mark"]


def test_a_column_overwritten_when_a_lead_is_closed_is_a_suspect(demo_tables, demo_practice):
    label = label_leads(demo_tables, demo_practice, "booked")
    random = np.random.default_rng(2)
    overwritten = np.where(np.isnan(label), "in work", random.choice(["done", "filed"], len(label))).astype(object)

    finding = LeakSuspects(one_more_column(demo_tables, overwritten), label).run()

    assert "it seems to be overwritten when a lead is closed" in finding.details["Mark"]


def test_honest_columns_keep_the_check_quiet(demo_tables, demo_practice):
    honest = {name: kind for name, kind in demo_tables.custom.items() if "status" not in name}

    assert (
        LeakSuspects(replace(demo_tables, custom=honest), label_leads(demo_tables, demo_practice, "booked"))
        .run()
        .verdict
        == "holds"
    )


def test_without_custom_columns_the_check_does_not_apply(demo_tables, demo_practice):
    check = LeakSuspects(replace(demo_tables, custom={}), label_leads(demo_tables, demo_practice, "booked"))

    assert check.run().verdict == "not applicable"
