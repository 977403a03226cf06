"""Does a damaged or hostile model leave the old one at work, execute nothing, and get said?"""

import hashlib
import io
import json
import os
import pickle
import random
import re
import shutil
import time
from dataclasses import replace

import numpy as np
import pytest
from starlette.testclient import TestClient

from features.text.word_weights import WordWeights
from serving.application import ADDRESSES, Components, create_application
from serving.http.middleware import RequestMiddleware
from serving.http.request_metrics import RequestMetrics
from serving.scoring.engine import Engine
from serving.scoring.model_loader import CHECK_SECONDS, Champion
from serving.settings import Settings
from training.bundle import Bundle, Reach, find_bundle
from training.errors import BundleError
from training.model.calibration import Calibrator

FILES = ("bundle.json", "model.txt", "model_reach.txt", "history.npz", "wording.npz", "manifest.json")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory, make_bundle):
    """The folder of a newer bundle with every file a bundle can have, to be copied and damaged."""
    bundle = make_bundle(seed=8)
    wording = WordWeights(
        np.array(["2026-02-01"], "datetime64[us]"), ("appointment",), np.array([[0.5]]), np.array([-1.0])
    )
    folder = tmp_path_factory.mktemp("sealed") / "two"
    replace(bundle, word_weights=wording, reach=Reach(bundle.model_text, Calibrator(1.0, 0.5))).write(folder)
    assert {path.name for path in folder.iterdir()} == set(FILES)
    return folder


class Service:
    """A service in this process: version 1 at work, version 2 on disk and not promoted yet."""

    def __init__(self, home, now, at_work) -> None:
        self.home, self.newer = home, home / "bundles" / "two"
        self.champion = Champion(Settings(home))
        engine = replace(at_work, log=self.champion.log)
        self.champion._state = (engine, None)
        self.promote("one", "1")
        self.champion.load()
        assert self.champion.engine is engine
        meter = RequestMetrics(ADDRESSES)
        application = create_application(Components(self.champion, lambda: now, metrics=meter))
        self.client = TestClient(RequestMiddleware(application, metrics=meter), raise_server_exceptions=False)
        self.before = self.score()

    def promote(self, folder="two", version="2", **changes) -> None:
        """Write the pointer as promotion does."""
        manifest = self.home / "bundles" / folder / "manifest.json"
        sha256 = hashlib.sha256(manifest.read_bytes()).hexdigest() if manifest.is_file() else "0" * 64
        plain = {
            "name": "leadlight",
            "alias": "champion",
            "version": version,
            "path": f"bundles/{folder}",
            "sha256": sha256,
        } | changes
        self.point(json.dumps(plain))

    def point(self, text) -> None:
        """Put a text where the pointer is."""
        pointer = self.home / "pointers" / "leadlight" / "champion.json"
        pointer.parent.mkdir(parents=True, exist_ok=True)
        (pointer.parent / "new").write_text(text)
        os.replace(pointer.parent / "new", pointer)

    def score(self) -> dict:
        """A lead's answer, with the receipt of what it was made from."""
        answer = self.client.post(
            "/v1/score", json={"lead_id": "L1", "channel": "phone", "message": "an appointment please"}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def keeps_the_old_model_and_says(self, words) -> None:
        """The three places where it shows: the answers, readiness, metrics."""
        self.champion.load()
        ready = self.client.get("/readyz")
        assert self.score() == self.before
        assert (ready.status_code, ready.json()["ready"], ready.json()["model_version"]) == (200, True, "1")
        assert re.search(words, ready.json()["warning"] or ""), ready.json()["warning"]
        assert "leadlight_model_fault 1.0\n" in self.client.get("/metrics").text


@pytest.fixture(scope="module")
def at_work(bundle_folder):
    """The engine of version 1, warmed up once: that takes a fifth of a second, and 80 tests begin with it at work."""
    return Engine.of(Bundle.load(bundle_folder), "1")


@pytest.fixture
def service(tmp_path, bundle_folder, sealed, now, at_work):
    shutil.copytree(bundle_folder, tmp_path / "bundles" / "one")
    shutil.copytree(sealed, tmp_path / "bundles" / "two")
    return Service(tmp_path, now, at_work)


def reseal(folder, name, content) -> None:
    """Change a file of a bundle and make a manifest that fits, as anybody can."""
    (folder / name).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"][name] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


class Canary:
    """What a hostile pickle does when it is opened: it writes a file."""

    def __init__(self, path) -> None:
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_the_newer_model_is_taken_up_when_it_is_whole(service):
    service.promote()
    service.champion.load()

    assert service.client.get("/readyz").json()["model_version"] == "2" and service.score() != service.before
    assert "leadlight_model_fault 0.0\n" in service.client.get("/metrics").text


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_in_any_file_is_refused(service, name):
    service.promote()
    content = bytearray((service.newer / name).read_bytes())
    content[len(content) // 2] ^= 1
    (service.newer / name).write_bytes(content)

    service.keeps_the_old_model_and_says("was changed after it was sealed|manifest is|has only half|is of format")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(service, name):
    service.promote()
    (service.newer / name).unlink()

    service.keeps_the_old_model_and_says("is missing|has no manifest")


def test_a_pointer_to_a_folder_that_is_gone_is_refused(service):
    service.promote()
    shutil.rmtree(service.newer)

    service.keeps_the_old_model_and_says("has no manifest")


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"name": "leadl',
        "[]",
        "null",
        '{"name": 1}',
        "[" * 100_000,
        '{"name": "leadlight", "alias": 1, "version": 2, "path": 3, "sha256": 4}',
    ],
)
def test_a_damaged_pointer_is_refused(service, text):
    service.point(text)

    service.keeps_the_old_model_and_says("pointer file is damaged")


def test_a_pointer_that_is_taken_away_leaves_the_old_model(service):
    (service.home / "pointers" / "leadlight" / "champion.json").unlink()

    service.keeps_the_old_model_and_says("nothing is registered")


@pytest.mark.parametrize("path", ["../outside", "bundles/../../outside", "ABSOLUTE", "link", ".", ""])
def test_a_pointer_that_leads_out_of_the_home_is_refused(service, path, tmp_path_factory):
    outside = tmp_path_factory.mktemp("elsewhere") / "outside"
    shutil.copytree(service.newer, outside)
    shutil.copytree(service.newer, service.home.parent / "outside", dirs_exist_ok=True)
    (service.home / "link").symlink_to(outside)
    service.promote(path=path.replace("ABSOLUTE", str(outside)))

    service.keeps_the_old_model_and_says("leads out of|has no manifest")


@pytest.mark.parametrize("name", ["../other", "a/../../b", ".."])
def test_a_name_that_leads_elsewhere_is_refused(service, name):
    with pytest.raises(BundleError, match="is not a name|nothing is registered"):
        find_bundle(f"{name}@champion", service.home)


@pytest.mark.parametrize("name", FILES)
def test_a_symbolic_link_in_place_of_a_file_is_refused(service, name, tmp_path_factory):
    service.promote()
    elsewhere = tmp_path_factory.mktemp("elsewhere") / name
    (service.newer / name).rename(elsewhere)
    (service.newer / name).symlink_to(elsewhere)

    service.keeps_the_old_model_and_says("is not a regular file|manifest is damaged")


@pytest.mark.timeout(60)
def test_a_pipe_in_place_of_a_file_is_not_waited_for(service):
    service.promote()
    (service.newer / "model.txt").unlink()
    os.mkfifo(service.newer / "model.txt")

    service.keeps_the_old_model_and_says("is not a regular file")


def pickled_array(canary) -> bytes:
    """A .npz whose array is a pickle."""
    made = io.BytesIO()
    np.savez(made, a=np.array([Canary(canary)], object))
    return made.getvalue()


@pytest.mark.parametrize("name", FILES[:-1])
@pytest.mark.parametrize("sums", ["old sums", "new sums"])
@pytest.mark.parametrize("kind", ["pickle", "npz of pickles"])
def test_a_pickle_in_place_of_any_file_is_never_opened(service, name, sums, kind, tmp_path):
    canary = tmp_path / "the canary sang"
    content = pickle.dumps(Canary(canary)) if kind == "pickle" else pickled_array(canary)
    if sums == "new sums":
        reseal(service.newer, name, content)
        service.promote()
    else:
        service.promote()
        (service.newer / name).write_bytes(content)

    service.keeps_the_old_model_and_says(
        "was changed after it was sealed|do not hold what a bundle holds|so it was not written by our training"
    )
    assert not canary.exists()


def test_the_canary_would_sing_if_it_were_opened(tmp_path):
    pickle.loads(pickle.dumps(Canary(tmp_path / "sang")))

    assert (tmp_path / "sang").exists()


CHANGES = {
    "no signals": {"signals": []},
    "an unknown signal": {"signals": ["os.system"]},
    "a nameless column": {
        "signals": [{"column": "os", "kind": "system", "categories": [], "part": "", "commas": False}]
    },
    "a calibrator that is not a number": {"calibrator": {"slope": float("nan"), "offset": 0.0}},
    "a calibrator of other fields": {"calibrator": {"__class__": "os.system"}},
    "nothing where the practice is": {"practice": None},
    "a text where the line is": {"linear": "import os"},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_bundle_that_holds_something_else_under_sums_that_fit_is_refused(service, change):
    plain = json.loads((service.newer / "bundle.json").read_text())
    reseal(service.newer, "bundle.json", json.dumps(plain | CHANGES[change]).encode())
    service.promote()

    service.keeps_the_old_model_and_says(
        r"Nothing of it is used|or their order, are not those|signals changed"
        r"|which this version does not have|cannot be used|is not a number"
    )


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        (r"left_child=.*", "left_child=0 0 0 0 0 0 0"),
        (r"left_child=-?\d+", "left_child=99999"),
        (r"split_feature=\d+", "split_feature=2000000"),
        (r"num_leaves=\d+", "num_leaves=2147483647"),
        (r"num_class=1", "num_class=1000000000"),
        (r"tree_sizes=\d+", "tree_sizes=999999999"),
        (r"leaf_value=\S+", "leaf_value=nan"),
        (r"num_cat=0", "num_cat=3"),
        (r"Tree=1\n", ""),
        (r"max_feature_idx=\d+", "max_feature_idx=5"),
        (r"objective=.*", "objective=custom"),
        (r"shrinkage=1\n", ""),
        (r"tree\n", "forest\n"),
        (r"is_linear=0", "is_linear=1"),
        (r"\Z", "\x00"),
    ],
)
def test_trees_that_would_end_the_process_never_reach_lightgbm(service, line, becomes):
    text = (service.newer / "model.txt").read_text()
    for name in ("model.txt", "model_reach.txt"):
        reseal(service.newer, name, re.sub(line, becomes, text, count=1).encode())
    service.promote()

    service.keeps_the_old_model_and_says("so it was not written by our training")


def test_of_many_damaged_texts_none_ends_the_process(sealed, tmp_path):
    shutil.copytree(sealed, tmp_path / "one")
    text = (sealed / "model.txt").read_text()
    rows = np.random.default_rng(7).normal(size=(5, len(Bundle.load(sealed).signals))).astype(np.float32)
    refused = 0
    for seed in range(200):
        chance = random.Random(seed)
        numbers = list(re.finditer(r"-?\d+", text))
        spot = chance.choice(numbers)
        worse = (
            text[: spot.start()]
            + chance.choice(["-1", "0", "99999", "2147483647", "nan", "", "x"])
            + text[spot.end() :]
        )
        reseal(
            tmp_path / "one", "model.txt", chance.choice([worse, worse, text[: chance.randrange(len(text))]]).encode()
        )
        try:
            Bundle.load(tmp_path / "one").score_rows(rows)
        except BundleError:
            refused += 1

    assert 100 < refused < 200


def test_a_running_service_notices_the_damage_by_itself(service):
    (service.newer / "model.txt").write_text("tree")
    service.promote()
    until = time.monotonic() + 10 * CHECK_SECONDS
    while not (warning := service.client.get("/readyz").json()["warning"]) and time.monotonic() < until:
        time.sleep(0.05)

    assert "was changed after it was sealed" in warning and service.score() == service.before


def test_once_it_is_mended_and_promoted_again_the_newer_model_is_taken_up(service):
    whole = (service.newer / "model.txt").read_bytes()
    (service.newer / "model.txt").write_bytes(whole[:-1])
    service.promote()
    service.keeps_the_old_model_and_says("was changed")
    (service.newer / "model.txt").write_bytes(whole)

    service.promote()
    service.champion.load()

    assert service.client.get("/readyz").json() | {"desk": ""} == {
        "ready": True,
        "model_version": "2",
        "model_sha256": service.champion.engine.bundle.sha256[:12],
        "desk": "",
        "warning": None,
    }
