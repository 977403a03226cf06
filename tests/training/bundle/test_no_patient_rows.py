"""Can somebody with a bundle, its MLflow run and a list of names find out who was a lead of the practice?

The attacker knows this program: its forms of a phone number, and every hash that it has. The practice's leads and
as many strangers are looked for in every file; what finds a lead no more often than a stranger tells nothing.
"""

import hashlib
import io
import os
import zipfile
from pathlib import Path

import numpy as np

from features.arrays.text_hashing import hash_texts
from features.logs.installation_key import hash_with_key, read_installation_key
from features.logs.prediction_log import to_log_id
from features.parsing.email_addresses import normalize_email
from features.parsing.phone_validation import normalize_phone
from features.point_in_time.contact_index import compute_contact_keys
from features.point_in_time.value_hashes import hash_ids, hash_values
from training.bundle.holdout_scores import read_holdout_scores
from training.bundle.sealed_folder import pack_arrays

KEPT_AT_HOME = ("holdout", "installation.key")
"""What a home keeps for itself: in no bundle, and in no file of MLflow."""


def make_stranger(identifier):
    """An identifier of the same form that no lead of the practice has."""
    if "@" in identifier:
        return f"x{identifier}"
    digits = [character for character in identifier if character.isdigit()]
    if not digits:
        return f"{identifier} II"
    turned = iter(str((int(digit) + 3) % 10) if place > 2 else digit for place, digit in enumerate(digits))
    return "".join(next(turned) if character.isdigit() else character for character in identifier)


def list_identifiers(tables):
    """Every lead id, phone, e-mail address and person of the practice; and as many of strangers, by column."""
    members, strangers = {}, {}
    for name in ("lead_id", "phone", "email", "person_id"):
        if name in tables.leads:
            values = sorted({str(value) for value in tables.leads[name].dropna()})
            members[name] = np.array(values, object)
            made = [make_stranger(value) for value in values]
            strangers[name] = np.array([value for value in made if value not in set(values)], object)
    return members, strangers


def hash_all_ways(name, values):
    """Every eight or sixteen bytes that stand for each value without a key: a list of parts, each of shape (n,)."""
    texts = values.tolist()
    forms = [texts, [to_log_id(text) for text in texts], [f"person {text}" for text in texts]]
    if name == "phone":
        forms.append([normalize_phone(text) or text for text in texts])
    if name == "email":
        forms.append([normalize_email(text) or text for text in texts])
    ways = []
    for form in forms:
        ways += [[hash_values(np.array(form, object))], [hash_ids(np.array(form, object))], [hash_texts(form)]]
        for algorithm in ("sha256", "md5", "sha1", "blake2b"):
            digests = [hashlib.new(algorithm, text.encode()).digest()[:8] for text in form]
            # A digest may stand there as bytes, in either order, or as its digits.
            ways += [[np.frombuffer(b"".join(digests), order).astype(np.uint64)] for order in ("<u8", ">u8")]
            ways.append(as_three_parts([digest.hex().encode() for digest in digests]))
        ways.append(as_three_parts([text.encode() for text in form]))
    if name in ("phone", "email", "person_id"):
        ways.append([compute_contact_keys({name: values})[name]])
    return ways


def as_three_parts(contents):
    """The first, the middle and the last eight bytes of each; 0 for all where it is shorter than that.

    The middle is needed: "person t" and "mple.com" stand in the program's own texts.
    """
    return [
        np.array([int.from_bytes(one, "little") if len(one) == 8 else 0 for one in parts], np.uint64)
        for parts in (
            [one[:8] for one in contents],
            [one[max(len(one) // 2 - 4, 0) :][:8] for one in contents],
            [one[-8:] for one in contents],
        )
    ]


def list_windows(content: bytes):
    """Every eight bytes in a row of a file, unpacked where it is packed, as sorted uint64.

    Sorted and no more: numpy.unique puts each into a hash table first, which takes ten times as long.
    """
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            return np.sort(np.concatenate([list_windows(packed.read(member)) for member in packed.namelist()]))
    if len(content) < 8:
        return np.empty(0, np.uint64)
    every_byte = np.frombuffer(content, np.uint8)
    windows = np.lib.stride_tricks.sliding_window_view(every_byte, 8)
    return np.sort(np.ascontiguousarray(windows).view("<u8").ravel())


def list_files(folder: Path):
    """Every file that leaves with a bundle or stands in MLflow."""
    return [
        Path(root) / name
        for root, _, names in os.walk(folder)
        for name in names
        if not set(Path(root, name).relative_to(folder).parts) & set(KEPT_AT_HOME)
        and not name.endswith((".py", ".pyc"))
    ]


def count_found(windows, name, values):
    """How many of the values stand in these windows, by any of the ways."""
    # 0 stands for "no value" in every hash.
    ways = [[is_among(part, windows) & (part != 0) for part in way] for way in hash_all_ways(name, values)]
    return int(np.any([np.all(way, axis=0) for way in ways], axis=0).sum())


def is_among(values, windows):
    """Which values are among sorted windows."""
    # np.isin sorts its second argument: some millions of windows, for each of the hundred ways, took two minutes.
    nearest = np.minimum(np.searchsorted(windows, values), len(windows) - 1)
    return windows[nearest] == values


def test_no_identifier_of_a_lead_is_in_any_file_by_any_hash_without_a_key(registered, demo_tables):
    files = list_files(registered)
    windows = np.sort(np.concatenate([list_windows(path.read_bytes()) for path in files]))
    members, strangers = list_identifiers(demo_tables)

    assert {"history.npz", "bundle.json", "model.txt", "mlflow.db"} <= {path.name for path in files}
    assert set(members) >= {"lead_id", "phone", "email"}
    for name in members:
        assert count_found(windows, name, members[name]) <= count_found(windows, name, strangers[name])


def test_the_search_finds_a_hash_that_is_there(demo_tables):
    members, strangers = list_identifiers(demo_tables)
    for name, values in members.items():
        windows = list_windows(pack_arrays({"keys": hash_ids(values), "at": np.arange(len(values))}))

        assert count_found(windows, name, values) == len(values)
        assert count_found(windows, name, strangers[name]) == 0


def test_the_model_answers_a_lead_of_the_practice_as_it_answers_a_stranger(trained, demo_tables):
    history = trained.bundle.history
    members, strangers = list_identifiers(demo_tables)
    cutoff = np.full(1, demo_tables.as_of)
    channels = demo_tables.leads["channel"].dropna().unique()

    for channel in channels[:5]:
        answers = [
            {
                tuple(
                    float(answer[0])
                    for answer in history.rate("channel", np.array([channel], object), np.array([one], object), cutoff)
                )
                for one in people["lead_id"][:200]
            }
            for people in (members, strangers)
        ]
        assert answers[0] == answers[1] and len(answers[0]) == 1
    assert len(history.lead_keys) == 0 and trained.bundle.context.contacts is None


def test_no_time_of_a_lead_is_in_the_bundle_to_the_second(registered, demo_tables):
    times = [demo_tables.leads["created_at"], demo_tables.outcomes["occurred_at"], demo_tables.events["occurred_at"]]
    micros = np.unique(np.concatenate([column.dropna().astype("int64").to_numpy() for column in times]))
    micros = micros[micros % 86_400_000_000 != 0].astype(np.uint64)
    bundle = [path for path in list_files(registered) if path.suffix == ".npz"]

    windows = np.sort(np.concatenate([list_windows(path.read_bytes()) for path in bundle]))

    assert len(bundle) >= 2 and not is_among(micros, windows).any()


def test_scores_of_held_out_leads_stay_at_home_under_a_key(registered, trained, demo_tables):
    sha256 = next((registered / "holdout").iterdir()).stem
    ids = demo_tables.leads["lead_id"].to_numpy(object)

    scores = read_holdout_scores(registered, sha256)

    assert int((~np.isnan(scores.look_up(ids))).sum()) == len(set(trained.holdout_scores.lead_ids)) > 100
    assert not np.isin(scores.hashes, hash_ids(ids)).any() and not np.isin(scores.hashes, hash_texts(ids)).any()
    assert np.isin(scores.hashes, hash_with_key(ids, read_installation_key(registered))).all()
    for path in (registered / "installation.key", registered / "holdout" / f"{sha256}.npz"):
        assert path.stat().st_mode & 0o777 == 0o600
    assert (registered / "holdout").stat().st_mode & 0o777 == 0o700
    assert repr(scores.key) not in repr(scores)


def test_the_key_is_made_once_and_another_home_has_another(tmp_path):
    first, again, other = (read_installation_key(tmp_path / name) for name in ("a", "a", "b"))

    assert first == again and first != other and len(first) == 32
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["installation.key"]
