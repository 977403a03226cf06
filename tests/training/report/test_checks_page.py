"""Does every check explain itself on the page of checks?"""

from training.report.checks_page import explain_check, find_checks, render_page


def test_each_check_says_how_it_works_why_it_matters_and_what_to_do():
    assert len(find_checks()) >= 16

    for code, module in find_checks().items():
        assert module.__doc__.startswith(f"{code}: ")
        for part in ("How it is detected", "Why it matters", "What to do"):
            assert part in explain_check(code), code


def test_the_page_has_a_section_for_each_check_in_order():
    headings = [line.split(":")[0] for line in render_page().splitlines() if line.startswith("## ")]

    assert headings == [f"## {code}" for code in find_checks()] == sorted(headings)
