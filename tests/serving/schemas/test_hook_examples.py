"""Is every example of a hook what the hook takes and answers, tried against a real service?"""

import json

from starlette.testclient import TestClient

from serving.crm.inbound.routes import HOOK_PATHS
from serving.schemas.hook_examples import HOOK_ANSWER, HOOK_BODIES, HOOK_TITLES
from serving.schemas.openapi import build_openapi
from serving.schemas.scoring import Failure
from tests.support.running_service import sent_to_a_hook
from tests.support.whole_service import whole_service


def test_every_hook_has_a_title_and_a_body():
    assert {f"/v1/hooks/{end}" for end in HOOK_TITLES} == {f"/v1/hooks/{end}" for end in HOOK_BODIES} == set(HOOK_PATHS)


def test_every_answer_of_every_hook_has_an_example_and_failures_are_ours():
    for path in HOOK_PATHS:
        for status, answer in build_openapi()["paths"][path]["post"]["responses"].items():
            ((_, content),) = answer["content"].items()
            assert content["example"], (path, status)
            if int(status) >= 400:
                assert Failure.model_validate(content["example"]).message == answer["description"]


def test_every_example_is_taken_and_answered_with_the_fields_that_the_document_shows(bundle_folder, tmp_path):
    answers = {}
    with whole_service(tmp_path / "home", bundle_folder) as service:
        client = TestClient(service.app, raise_server_exceptions=False)
        for end, body in HOOK_BODIES.items():
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            known = sent_to_a_hook(f"/v1/hooks/{end}", content)
            kind = {"content-type": "text/xml" if isinstance(body, str) else "application/json"}
            answers[end] = client.post(
                f"/v1/hooks/{end}", content=content, headers=kind | known["headers"], params=known["params"]
            )

    assert {end: answer.text for end, answer in answers.items() if answer.status_code != 200} == {}
    assert set(HOOK_ANSWER) <= set(answers["generic"].json())
