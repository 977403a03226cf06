"""Is a model refused when its signals give other values, by their names, and never because of the source text?"""

import ast
import inspect
import os
import shutil
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import features
from features import blocks, example_leads
from features import signal_fingerprint as fingerprints
from features.array_types import DAY
from features.blocks import events
from features.example_leads import example_batches, example_column
from features.parsing import value_spelling
from features.point_in_time import contact_index, context, outcome_history
from features.practice import eligibility_rules, zip_codes
from features.registry import CATALOGUE
from features.signal_fingerprint import compute_digests, compute_fingerprint, describe_differences
from features.signals import custom_columns, engagement, location_fit, season_and_hours, trust
from features.signals.custom_columns import ColumnValue, build_column_signals, build_signal_from_spec
from features.text import phrase_trie, spell_correction, tokenization, word_weights
from features.text.phrase_lexicon import PhraseLexicon

ROOT = Path(features.__file__).parents[1]
VALUES = np.array(["gold", "silver"] * 20, object)
CUSTOM_SIGNALS = [
    signal
    for kind in ("number", "category", "crowded_category", "date", "yes_no", "list", "short_text")
    for signal in build_column_signals(f"custom:Own {kind}", kind, VALUES, history=True)
]


@pytest.fixture()
def fresh(monkeypatch):
    """Forget what was computed before and after the test, so that what it changes in the code shows in the digests."""
    caches = (fingerprints._values_digest, fingerprints._example_blocks, example_batches)
    monkeypatch.setattr(context, "_build_reader", context._build_reader.__wrapped__)
    trained = compute_digests(CATALOGUE.values())
    for cache in caches:
        cache.cache_clear()
    yield trained
    for cache in caches:
        cache.cache_clear()


def list_changed(trained: dict) -> list[str]:
    """The signals of the catalogue that give other values than those trained with."""
    return [
        sentence.split("`")[1]
        for sentence in describe_differences(trained, CATALOGUE)
        if "gives other values" in sentence
    ]


@pytest.mark.parametrize("signal", [*CATALOGUE.values(), *CUSTOM_SIGNALS], ids=lambda signal: signal.name)
def test_every_signal_takes_several_values_on_the_example_leads(signal):
    compute = fingerprints._use_example_column(signal.compute)

    values = np.concatenate(
        [np.asarray(compute(batch, computed), float) for batch, computed in fingerprints._example_blocks()]
    )

    distinct = np.unique(values[~np.isnan(values)])
    assert len(distinct) >= 2, (
        f"{signal.name} is always {distinct}; add a lead to features/example_leads.toml on which it differs"
    )


def test_the_example_leads_are_about_200_and_use_every_kind_of_event_and_custom_column():
    batch = example_batches()[0]

    assert 190 <= batch.leads <= 230
    assert len(batch) > batch.leads
    assert set(batch.events.kind) == set(range(14))
    assert {example_column(kind) for kind in custom_columns.KIND_OF_CUSTOM} <= set(batch.columns)


def test_other_source_text_of_the_same_behavior_has_the_same_fingerprint(tmp_path):
    room = Path(features.__file__).parent
    shutil.copytree(room, tmp_path / "features", ignore=shutil.ignore_patterns("kernels", "__pycache__"))
    (tmp_path / "features" / "kernels").symlink_to(
        room / "kernels"
    )  # with its compiled code, which takes a minute to make again
    for path in (tmp_path / "features").rglob("*.py"):
        if "kernels" not in path.parts:
            path.write_text(
                rewritten(path.read_text(encoding="utf-8"), keep_order=path.name == "__init__.py"), encoding="utf-8"
            )
    script = (
        "import features; from features.registry import CATALOGUE; "
        "from features.signal_fingerprint import compute_fingerprint; "
        "print(features.__file__, compute_fingerprint(CATALOGUE.values()))"
    )

    ran = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": "7"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.split() == [str(tmp_path / "features" / "__init__.py"), compute_fingerprint(CATALOGUE.values())]


def rewritten(source: str, keep_order: bool) -> str:
    """Return the same code without comments, in another layout, imports in reverse (but for the order of families)."""
    tree = ast.parse(source)
    imports = [at for at, node in enumerate(tree.body) if isinstance(node, (ast.Import, ast.ImportFrom))]
    if not keep_order:
        reverse = [tree.body[at] for at in reversed(imports)]
        for at, node in zip(imports, reverse, strict=True):
            node.names.reverse()
            tree.body[at] = node
    return ast.unparse(tree)


def test_a_renamed_local_is_the_same_signal():
    signal = CATALOGUE["momentum"]
    source = textwrap.dedent(inspect.getsource(signal.compute)).partition("def ")[2]
    scope = dict(vars(engagement))

    exec("def " + source.replace("day,", "latest,").replace("day /", "latest /").replace("week", "all_of_them"), scope)

    assert scope["momentum"].__code__.co_varnames != signal.compute.__code__.co_varnames
    assert (
        describe_differences(compute_digests([signal]), {"momentum": replace(signal, compute=scope["momentum"])}) == []
    )


def test_another_function_is_named():
    signal = CATALOGUE["asks_for_appointment"]

    def other(batch, blocks):
        """The same words, another number."""
        return 1 - blocks.text.mentions("appointment")

    sentences = describe_differences(compute_digests([signal]), {signal.name: replace(signal, compute=other)})

    assert sentences == ["`asks_for_appointment` gives other values than when this model was trained"]


@pytest.mark.parametrize(
    ("module", "constant", "value", "names"),
    [
        (
            zip_codes,
            "EARTH_RADIUS_KM",
            6371.0,
            {"distance_to_offering_clinic", "area_code_distance", "detour_to_preferred_clinic"},
        ),
        (engagement, "_HALF_LIFE", np.timedelta64(2881, "m"), {"recent_touches"}),
        (events, "OUTBOUND", ("outbound_call", "voicemail", "sms_out"), {"attempts_made", "attempts_unanswered"}),
        (events, "SAME_ATTEMPT", np.timedelta64(0, "m"), {"attempts_made", "attempts_unanswered"}),
        (phrase_trie, "NEGATION_REACH_WORDS", 5, {"asks_about_price"}),
        (spell_correction, "_MIN_LETTERS", 7, {"wants_it_soon"}),
        (tokenization, "blank_other_speakers", str, {"asks_for_appointment", "wants_it_soon"}),
        (word_weights, "_MAX_LOG_ODDS", 3.9, {"wording_booking_rate"}),
        (
            outcome_history,
            "SHRINKAGE_LEADS",
            19.0,
            {"channel_booking_rate", "referrer_booking_rate", "person_booking_rate"},
        ),
        (contact_index, "DUPLICATE_DAYS", 31, {"earlier_enquiries"}),
        (contact_index, "SHARED_FROM", 11, {"valid_phone", "valid_email", "ways_to_reach", "earlier_enquiries"}),
        (season_and_hours, "_TO_HOUR", 20, {"within_contact_hours"}),
        (trust, "_ROLES", frozenset(("info",)), {"role_email"}),
        (eligibility_rules, "normalize_payer", str, {"payer_accepted"}),
    ],
)
def test_a_changed_constant_is_caught_and_the_signals_are_named(fresh, monkeypatch, module, constant, value, names):
    monkeypatch.setattr(module, constant, value)

    assert names <= set(list_changed(fresh))
    assert "hours_open" not in list_changed(fresh)


def test_an_event_at_the_cutoff_that_is_seen_is_caught(fresh, monkeypatch):
    of_batch = blocks.EventsBlock.of.__func__

    def seen_too_late(cls, batch):
        """Events up to and at the cutoff."""
        return of_batch(cls, replace(batch, cutoff=batch.cutoff + np.timedelta64(1, "us")))

    monkeypatch.setattr(blocks.EventsBlock, "of", classmethod(seen_too_late))

    assert {"inbound_touches", "ways_used", "longest_call"} <= set(list_changed(fresh))


def test_a_changed_reader_of_custom_columns_is_caught(fresh, monkeypatch):
    trained = compute_digests(CUSTOM_SIGNALS)
    fingerprints._values_digest.cache_clear()
    monkeypatch.setattr(custom_columns, "DAY", 2 * DAY)
    monkeypatch.setattr(custom_columns, "fold_value", lambda value, column="": value.strip())

    sentences = describe_differences(trained, {signal.name: signal for signal in CUSTOM_SIGNALS})

    named = {sentence.split("`")[1] for sentence in sentences}
    assert {"custom:Own date", "custom:Own category", "custom:Own crowded_category"} <= named
    assert not named & {"custom:Own number", "custom:Own yes_no", "custom:Own short_text"}


def test_a_value_that_is_compared_in_another_way_is_caught(monkeypatch):
    signal = build_column_signals("payer", "category", np.array(["Aetna", "Cigna"] * 10, object))[0]
    trained = compute_digests([signal])
    value_spelling.fold_value.cache_clear()
    monkeypatch.setattr(value_spelling, "_COMPANY_WORDS", frozenset())

    sentences = describe_differences(trained, {signal.name: signal})

    value_spelling.fold_value.cache_clear()
    assert sentences == ["`payer` gives other values than when this model was trained"]


def test_other_categories_are_another_declaration():
    spec = {"column": "custom:Level", "kind": "category", "categories": ["", "gold"], "part": "", "commas": False}
    trained = compute_digests([build_signal_from_spec(spec)])

    sentences = describe_differences(
        trained, {"custom:Level": build_signal_from_spec(spec | {"categories": ["", "gold", "silver"]})}
    )

    assert sentences == ["`custom:Level` is declared differently than when this model was trained"]


def test_the_column_s_name_decides_nothing_but_the_name():
    first, second = (
        compute_digests(
            [build_signal_from_spec({"column": name, "kind": "number", "categories": [], "part": "", "commas": False})]
        )
        for name in ("custom:a", "custom:b")
    )

    assert first["custom:a"]["values"] == second["custom:b"]["values"]
    assert ColumnValue("custom:a", "number") != ColumnValue("custom:b", "number")


@pytest.mark.parametrize(
    "change",
    [{"monotone": -1}, {"unit": "share"}, {"needs": ()}, {"family": "trust"}, {"version": 2}, {"categories": ("a",)}],
)
def test_another_declaration_is_named(change):
    signal = CATALOGUE["asks_for_appointment"]

    sentences = describe_differences(compute_digests([signal]), {signal.name: replace(signal, **change)})

    assert sentences == ["`asks_for_appointment` is declared differently than when this model was trained"]


def test_another_version_of_a_block_is_named_for_the_signals_that_use_it(fresh, monkeypatch):
    monkeypatch.setitem(blocks.BLOCK_VERSIONS, "geo", blocks.BLOCK_VERSIONS["geo"] + 1)

    named = {sentence.split("`")[1] for sentence in describe_differences(fresh, CATALOGUE)}

    assert named == {signal.name for signal in CATALOGUE.values() if "geo" in signal.blocks}


def test_every_block_that_a_signal_uses_has_a_version():
    assert {name for signal in CATALOGUE.values() for name in signal.blocks} <= set(blocks.BLOCK_VERSIONS)


def test_the_order_of_the_signals_counts_and_their_words_do_not():
    signals = list(CATALOGUE.values())
    first, rest = signals[0], signals[1:]
    reworded = replace(
        first, reason="Said better", absent="Not said", unknown="Not known", group="others", evidence=("words:price",)
    )

    assert compute_fingerprint([reworded, *rest]) == compute_fingerprint(signals)
    assert compute_fingerprint(signals[::-1]) != compute_fingerprint(signals)
    assert compute_fingerprint(rest) != compute_fingerprint(signals)


def test_the_last_bits_of_a_number_do_not_count():
    signal = location_fit.distance_to_offering_clinic

    def on_another_cpu(batch, blocks):
        """The same distance, calculated with other rounding errors."""
        return signal.compute(batch, blocks) * (1 + 4e-16) + 1e-13

    def of_another_sphere(batch, blocks):
        """Another distance."""
        return signal.compute(batch, blocks) * (1 + 1e-6)

    assert describe_differences(compute_digests([signal]), {signal.name: replace(signal, compute=on_another_cpu)}) == []
    assert describe_differences(compute_digests([signal]), {signal.name: replace(signal, compute=of_another_sphere)})


def test_the_shipped_phrases_do_not_count(fresh, monkeypatch):
    def not_to_be_read():
        raise AssertionError("a bundle carries its own phrases")

    monkeypatch.setattr(PhraseLexicon, "load_default", not_to_be_read)
    example_leads._read_texts.cache_clear()

    assert compute_digests(CATALOGUE.values()) == fresh
