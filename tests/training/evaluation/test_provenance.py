"""Are the tables of a run described by their rows and columns, and by nothing that stands in them?"""

from dataclasses import replace

from training.evaluation.provenance import describe_tables


def test_rows_and_kinds_of_columns_are_named_for_each_table(demo_tables, bare_trained):
    described = describe_tables(demo_tables, bare_trained.bundle.columns)

    assert described == bare_trained.bundle.figures["tables"]
    assert described["leads"]["rows"] == 1_500 and described["leads"]["columns"]["created_at"] == "time"
    assert described["leads"]["columns"]["custom:pages_viewed"] == "number"
    assert described["events"]["rows"] == len(demo_tables.events)


def test_a_header_that_the_model_does_not_read_is_not_named(demo_tables, bare_trained):
    leads = demo_tables.leads.assign(**{"custom:Notes of Dr Quillfeather": "x"})

    columns = describe_tables(replace(demo_tables, leads=leads), bare_trained.bundle.columns)["leads"]["columns"]

    assert not [name for name in columns if "Quillfeather" in name]
    # The planted trap was left out of the model.
    assert "custom:crm_status_note" in leads and "custom:crm_status_note" not in columns
