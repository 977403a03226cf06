"""Is a waiver for nothing refused, before anybody believes that it was signed?"""

import click
import pytest
from click.testing import CliRunner

from training.cli.options import waiver_options


@click.command("sign")
@waiver_options
def sign(waiver):
    click.echo(" ".join(waiver.codes))


def test_codes_are_read_in_either_case():
    assert CliRunner().invoke(sign, ["--waive", "lc009", "--waive", "LC006 "]).output == "LC009 LC006\n"


@pytest.mark.parametrize("code", ["", "LC9", "LC0090", "reasons", "LC006,LC009"])
def test_what_is_no_code_is_refused_in_words(code):
    ran = CliRunner().invoke(sign, ["--waive", code])

    assert ran.exit_code == 2 and "expected a code such as LC009" in " ".join(ran.output.replace("│", " ").split())
