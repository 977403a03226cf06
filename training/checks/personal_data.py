"""LC016: does any file of the model hold a value that identifies a person?

How it is detected: the files of the sealed bundle are read as they are, and before a promotion also what MLflow keeps
of the model and its run. Every level of a category, every member of a list, every value of the mapping and every short
text of the figures is judged as a column of an export is: e-mail addresses, phone numbers, street addresses, names of
persons. The split values of the trees are searched for phone numbers, other files for e-mail addresses and phone
numbers. Only places and counts are reported, never a value.

Why it matters: a bundle is copied, logged and shown on the desk; a name in it can never be taken back.

What to do: leave the named column out of the mapping and train again. Where a value is no person (a campaign that is
called like one), sign a waiver.

What it cannot see: a rare or invented name that no list of names has. The columns themselves are judged when the export
is read, and a value that fewer than 10 leads have never enters a model.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from features.privacy.category_levels import find_personal
from features.privacy.column_judgement import judge_column
from features.privacy.person_names import reads_as_person
from features.privacy.value_patterns import find_contact_inside
from features.schema import CUSTOM_PREFIX
from training.check_finding import Finding

__all__ = ["PersonalData"]

_TEXT_FILES = {"", ".json", ".html", ".txt", ".toml", ".yaml", ".yml", ".csv", ".md"}
_TAG = re.compile(r"<(?:style|script).*?</(?:style|script)>|<[^>]*>", re.DOTALL)
_MAX_NAME_LENGTH = 60
_OWN_NAMES = ("practice", "phrases", "signals", "linear", "signal_digests", "columns")
"""Parts of bundle.json that hold the practice's own words and the names of signals, or are searched by themselves."""


class PersonalData:
    """Searches the files of one model.

    Parameters
    ----------
    files : dict
        Path -> content; ``bundle.json`` and ``model.txt`` are read as a bundle's.
    """

    code = "LC016"

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._bundles = {
            path: json.loads(content) for path, content in files.items() if PurePosixPath(path).name == "bundle.json"
        }

    def run(self) -> Finding:
        """Search every file, and name the places with what was found there and how often."""
        if not self._bundles:
            return Finding(self.code, "not applicable", "There is no bundle to search.")
        personal: dict[str, str] = {}
        for values in self._bundles.values():
            personal |= dict(_search_signals(values)) | dict(_search_texts("bundle.json", _list_texts(values)))
        for path, content in self._files.items():
            personal |= dict(self._search_file(path, content))
        if personal:
            return Finding(
                self.code, "fails", f"Values in {len(personal)} places of the model's files identify persons.", personal
            )
        return Finding(
            self.code, "holds", f"No value in the model's {len(self._files):,} files was judged to identify a person."
        )

    def _search_file(self, path: str, content: bytes) -> Iterator[tuple[str, str]]:
        """Search one file by its kind; pictures and arrays hold no text."""
        name = PurePosixPath(path)
        if name.name == "model.txt":
            yield from self._search_splits(content.decode(errors="replace"))
        elif name.name != "bundle.json" and name.suffix in _TEXT_FILES:
            text = content.decode(errors="replace")
            text = _TAG.sub(" ", text) if name.suffix == ".html" else text
            yield from _search_texts(path, text.splitlines(), names=False)

    def _search_splits(self, model: str) -> Iterator[tuple[str, str]]:
        """Search the thresholds of numeric columns for phone numbers."""
        signals = [entry for values in self._bundles.values() for entry in values.get("signals", ())]
        thresholds: dict[int, list[str]] = {}
        features: list[str] = []
        for line in model.splitlines():
            # LightGBM writes a tree's thresholds on a later line than the features that they split.
            if line.startswith("split_feature="):
                features = line.partition("=")[2].split()
            elif line.startswith("threshold="):
                for feature, threshold in zip(features, line.partition("=")[2].split()):
                    thresholds.setdefault(int(feature), []).append(threshold.partition(".")[0])
        for position, values in thresholds.items():
            spec = signals[position] if position < len(signals) else None
            if isinstance(spec, dict) and spec.get("kind") == "number":
                verdict = judge_column("", values)
                if verdict.kind in ("phone numbers", "card numbers"):
                    yield f"splits of {spec['column'].removeprefix(CUSTOM_PREFIX)}", f"{len(values)} {verdict.kind}"


def _search_signals(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Search the vocabulary of each column."""
    on_purpose = (values.get("mapping") or {}).get("keep_on_purpose", ())
    levels: dict[str, list[str]] = {}
    for spec in values.get("signals", ()):
        # Signals without categories of their own (which fields were sent) name no column.
        if isinstance(spec, dict) and "column" in spec:
            levels.setdefault(spec["column"], []).extend(filter(None, spec.get("categories", ())))
    for column, texts in levels.items():
        header = column.removeprefix(CUSTOM_PREFIX)
        kinds = Counter(find_personal(header, texts).values())
        if kinds:
            purpose = ", kept on purpose" if header in on_purpose else ""
            yield f"levels of {header}", _describe(kinds) + purpose


def _list_texts(values: Mapping[str, Any]) -> list[str]:
    """List the texts of a bundle that are neither the practice's own words nor the vocabulary of a column."""
    rest = {name: value for name, value in values.items() if name not in _OWN_NAMES}
    return [text for text in _list_leaves(rest) if text]


def _list_leaves(value: Any) -> Iterator[str]:
    """Yield every text in nested JSON values, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield str(key)
            yield from _list_leaves(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _list_leaves(entry)


def _search_texts(place: str, texts: list[str], names: bool = True) -> Iterator[tuple[str, str]]:
    """Search texts for contact data, and short ones for full names."""
    kinds: Counter[str] = Counter()
    for text in texts:
        inside = find_contact_inside(text)
        if inside:
            kinds[inside] += 1
        elif names and len(text) <= _MAX_NAME_LENGTH and reads_as_person(text):
            kinds["names of persons"] += 1
    if kinds:
        yield place, _describe(kinds)


def _describe(kinds: Counter[str]) -> str:
    """Describe what was found, without a value."""
    return ", ".join(f"{count} x {kind}" for kind, count in kinds.most_common())
