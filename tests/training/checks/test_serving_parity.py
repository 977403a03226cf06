"""Is a service that computes something else than training did caught, and is the difference named?"""

from dataclasses import replace

from training.checks.serving_parity import ServingParity, sample_requests


def test_the_service_computes_what_training_computed(demo_tables, trained):
    finding = ServingParity(demo_tables, trained.bundle, sample_requests(demo_tables, trained.bundle, 80)).run()

    assert finding.verdict == "holds", finding.details


def test_a_skew_in_time_zone_is_caught_and_named(demo_tables, trained, monkeypatch):
    from training.checks import serving_parity

    naive = serving_parity.lead_to_payload
    monkeypatch.setattr(
        serving_parity,
        "lead_to_payload",
        lambda *payload: {n: v.replace("+00:00", "") if n == "created_at" else v for n, v in naive(*payload).items()},
    )
    finding = ServingParity(demo_tables, trained.bundle, sample_requests(demo_tables, trained.bundle, 80)).run()

    assert finding.verdict == "fails" and "hours_open" in finding.details


def test_one_number_changed_in_the_log_is_named(demo_tables, trained):
    requests = sample_requests(demo_tables, trained.bundle, 20)
    column = [lead_row.name for lead_row in trained.bundle.signals].index("hours_open")
    values = requests[3].values.copy()
    values[column] += 1

    finding = ServingParity(
        demo_tables, trained.bundle, [*requests[:3], replace(requests[3], values=values), *requests[4:]]
    ).run()

    assert list(finding.details) == ["hours_open"] and "1 of 20" in finding.details["hours_open"]


def test_requests_of_other_models_and_unknown_leads_are_passed_over(demo_tables, trained):
    requests = sample_requests(demo_tables, trained.bundle, 3)
    others = [replace(requests[0], sha256="another"), replace(requests[1], lead_id="nobody")]

    assert ServingParity(demo_tables, trained.bundle, others).run().verdict == "not applicable"
    assert (
        "1 of another model and 1 about leads that are not in the data"
        in ServingParity(demo_tables, trained.bundle, [*others, requests[2]]).run().sentence
    )
