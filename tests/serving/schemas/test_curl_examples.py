"""Do the examples of serving/README.md work as they stand, typed into a shell, against a real service?"""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.whole_service import HOOK_KEY

TEXT = (Path(__file__).parents[3] / "serving/README.md").read_text()
BLOCKS = [block for block in re.findall(r"^```\w*\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE) if "curl " in block]
EXAMPLES = [
    example
    for block in BLOCKS
    for example in re.split(r"^(?=curl )", block, flags=re.MULTILINE)
    if example.startswith("curl ")
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed here, so its examples were not tried")
@pytest.mark.parametrize(
    "example", EXAMPLES, ids=[re.search(r"localhost:3000([^'\s]*)", one)[1].replace("=KEY", "") for one in EXAMPLES]
)
def test_an_example_is_answered_as_the_readme_means(set_up, example):
    typed = example.replace("localhost:3000", f"127.0.0.1:{set_up.port}").replace(
        "code=KEY", f"code={HOOK_KEY.replace(' ', '%20')}"
    )
    told = os.environ | {"KEY": set_up.key, "LEADLIGHT_GENERIC_KEY": HOOK_KEY}

    ran = subprocess.run(["bash", "-c", typed], env=told, capture_output=True, text=True, timeout=60, check=True)

    if "salesforce" in example:
        assert "<Ack>true</Ack>" in ran.stdout
        return
    answer = json.loads(ran.stdout)
    assert answer.get("code") is None, answer
    assert answer.get("recorded") or answer.get("probability") is not None or answer.get("code")


def test_the_readme_has_examples_of_scores_of_leads_that_are_kept_and_of_hooks():
    assert len(EXAMPLES) >= 6 and {"/v1/score", "/v1/leads", "/v1/hooks"} <= {
        place for place in ("/v1/score", "/v1/leads", "/v1/hooks") if any(place in one for one in EXAMPLES)
    }
