"""LC016: is a person found in the files of a model, and is a model without one let through?"""

import json

import pytest

from training.checks.personal_data import PersonalData

MODEL = "tree\nsplit_feature=0 0 0\nthreshold={}\n"


def make_files(
    categories=("", "Google", "Radio"), kind="category", column="custom:Found us by", thresholds="3.5 4.5 5.5", **rest
):
    """The files of a bundle with one column of the practice's own."""
    signal = {"column": column, "kind": kind, "categories": list(categories), "part": "", "commas": False}
    return {
        "bundle.json": json.dumps({"signals": [signal], **rest}).encode(),
        "model.txt": MODEL.format(thresholds).encode(),
    }


@pytest.mark.parametrize(
    "files, place",
    [
        (make_files(("", "Google", "Maria Lopez")), "levels of Found us by"),
        (make_files(("", "Ann", "Google", "p.lee@example.org")), "levels of Found us by"),
        (make_files(("", "12 Main St", "Google")), "levels of Found us by"),
        (
            make_files(kind="number", thresholds=" ".join(f"617555{n:04d}.5" for n in range(12))),
            "splits of Found us by",
        ),
        (make_files(mapping={"booked": ["Ann Lee"]}), "bundle.json"),
        (make_files(figures={"slices": {"Channel": {"parts": [{"name": "(617) 555-0142"}]}}}), "bundle.json"),
        (make_files() | {"run/report.html": b"<p>asked by p.lee@example.org</p>"}, "run/report.html"),
    ],
)
def test_lc016_fires_with_the_place_and_without_the_value(files, place):
    files["model.txt"] = files["model.txt"].replace(b"0 0 0", b"0 " * 12)

    finding = PersonalData(files).run()

    assert finding.verdict == "fails" and list(finding.details) == [place]
    assert not any(word in str(finding) for word in ("Lopez", "Lee", "Main", "p.lee", "555"))


def test_lc016_stays_quiet_about_campaigns_places_and_figures():
    files = make_files(
        ("", "Spring Madison", "Austin", "Blue Cross"), column="campaign", figures={"held_out": "latest fifth"}
    )
    files |= {
        "run/report.html": b"<path d='M 617.555 0142'/><p>AUC 0.617</p>",
        "run/plot.png": b"\x89PNG p@example.org",
    }

    assert PersonalData(files).run().verdict == "holds"


def test_lc016_says_that_a_column_was_kept_on_purpose_and_still_fires():
    files = make_files(("", "Maria Lopez"), mapping={"keep_on_purpose": ["Found us by"]})

    finding = PersonalData(files).run()

    assert finding.verdict == "fails" and "kept on purpose" in finding.details["levels of Found us by"]


def test_lc016_does_not_apply_without_a_bundle():
    assert PersonalData({"notes.txt": b"p.lee@example.org"}).run().verdict == "not applicable"
