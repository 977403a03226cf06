"""Does the service really start, answer, keep quiet about people, and stop?"""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx
import pytest

from serving.errors import ServiceError
from serving.http.api_keys import KeyFile
from serving.service import serve
from serving.settings import Settings
from serving.store.store import Store
from tests.support.running_service import free_port, service
from training.errors import BundleError

CANARY = ("Zebedee Quillfeather", "+16175550199", "my left elbow sings at midnight")


@pytest.fixture(scope="module")
def running(bundle_folder, tmp_path_factory):
    """A service in its own process."""
    with service(tmp_path_factory.mktemp("run"), bundle_folder) as service_process:
        yield service_process


def test_the_service_scores_shows_the_desk_and_keeps_values_out_of_its_log(running, payload):
    address, printed, key = running.address, running.printed, running.key
    name, phone, message = CANARY
    canary = payload | {"phone": phone, "message": message, "custom": {"note": name}}
    with httpx.Client(base_url=address, timeout=20, headers={"x-api-key": key}) as client:
        scored = client.post("/v1/score", json=payload).json()
        bento = client.post("/bento/score", json={"leads": [payload, canary]}).json()
        refused = [
            client.post("/v1/score", json=canary | {"created_at": name}),
            client.post("/bento/score", json={"leads": name}),
            client.post("/bento/score", json={"leads": [message], "other": name}),
            client.post("/bento/score", content=b'{"leads": [NaN]}', headers={"content-type": "application/json"}),
            client.post("/bento/score", files={"leads": (name, message.encode())}),
        ]
        client.get(f"/leads/{name}")
        docs, described, metrics = (client.get(path) for path in ("/docs", "/docs.json", "/metrics"))
    with running.visitor() as client:
        desk = client.get("/")

    assert abs(scored["log_odds"] - bento[0]["answer"]["log_odds"]) < 1e-12
    assert [answer.status_code for answer in refused] == [422, 422, 400, 400, 415]
    assert "Leadlight" in desk.text and docs.text.count("<script") == docs.text.count("/static/docs.js") == 1
    assert desk.text.count("<script") == 1
    assert described.json()["openapi"] == "3.0.3"
    assert 'address="/bento/score",role="admin",status="400"' in metrics.text
    output = printed.read_text() + metrics.text + "".join(answer.text for answer in refused)
    assert not [text for text in CANARY if text in output]


def test_without_a_key_or_a_session_nobody_sees_more_than_the_sign_in_page(running):
    paths = ("/", "/docs", "/sign-in", "/livez", "/v1/model", "/metrics", "/schema.json")
    with httpx.Client(base_url=running.address, timeout=20) as stranger, running.visitor() as anna:
        unknown, signed_in = ([client.get(path).status_code for path in paths] for client in (stranger, anna))

    assert (unknown, signed_in) == ([303, 401, 200, 200, 401, 401, 401], [200, 200, 303, 200, 401, 401, 401])


def test_the_addresses_are_printed_once_ready(running):
    address, printed = running.address, running.printed
    until = time.monotonic() + 10
    while "Ctrl-C" not in printed.read_text() and time.monotonic() < until:
        time.sleep(0.1)

    text = printed.read_text()

    assert "Nobody can sign in" not in text
    assert f"{address}/\n" in text and f"{address}/docs" in text and "mlflow ui" in text


def test_ctrl_c_stops_it_cleanly(running):
    process, printed = running.process, running.printed

    os.killpg(process.pid, signal.SIGINT)
    process.wait(20)

    assert process.returncode == 0
    assert "Traceback" not in printed.read_text()
    assert not running.answers()


def test_a_port_in_use_is_one_sentence(bundle_folder, tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()

        with pytest.raises(ServiceError, match="cannot listen on 127.0.0.1") as refused:
            serve("127.0.0.1", listener.getsockname()[1], bundle_folder, tmp_path)

    assert refused.value.exit_code == 1


def test_where_others_reach_it_it_does_not_start_without_a_key(bundle_folder, tmp_path):
    with pytest.raises(ServiceError, match="there is no active API key. Create one first: leadlight key add"):
        serve("0.0.0.0", free_port(), bundle_folder, tmp_path)


def test_a_misspelt_variable_is_said(bundle_folder, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LEADLIGHT_RATELIMIT", "a secret")

    with pytest.raises(ServiceError, match="no active API key"):
        serve("0.0.0.0", free_port(), bundle_folder, tmp_path)

    output = capsys.readouterr().err
    assert "Unknown variable: LEADLIGHT_RATELIMIT" in output and "secret" not in output


def test_without_a_model_it_does_not_start(tmp_path):
    with pytest.raises(BundleError, match="leadlight train"):
        serve(port=free_port(), home=tmp_path)


def test_the_service_needs_neither_mlflow_nor_shap():
    code = "import sys, serving.service; print(sorted({'mlflow', 'shap', 'matplotlib'} & set(sys.modules)))"

    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "[]"


@pytest.mark.parametrize(
    ("host", "where"),
    [("127.0.0.1", "yet. Add a user"), ("0.0.0.0", "yet, though other machines can reach it on 0.0.0.0. Add a user")],
)
def test_a_desk_that_nobody_can_sign_in_to_says_so_at_the_start(tmp_path, capsys, monkeypatch, host, where):
    monkeypatch.delenv("LEADLIGHT_DATABASE_URL", raising=False)
    KeyFile(tmp_path).add("crm", "program", None)

    warnings = []
    for name in ("anna", "max"):
        with pytest.raises(BundleError):
            serve(host, free_port(), "nothing-of-that-name", tmp_path)
        warnings.append(f"Nobody can sign in to the desk {where}: leadlight user add NAME" in capsys.readouterr().out)
        with Store.open(Settings(tmp_path)) as store, store.transaction() as at:
            at.users.add(name, name, "desk", "$argon2id$one")

    assert warnings == [True, False]
