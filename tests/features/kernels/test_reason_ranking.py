"""Does the loop rank texts as plain Python does, row by row?"""

import numpy as np
import pytest

from features.kernels.reason_ranking import NOBODY, TextNumbers, create_ranked, rank_texts

SIGNALS, GROUPS, TEXTS = 40, 15, 60


@pytest.fixture(scope="module")
def numbers():
    """Texts and groups of invented signals; two groups are hidden, three signals are flags."""
    random = np.random.default_rng(3)
    group = np.concatenate([np.arange(GROUPS), random.integers(0, GROUPS, SIGNALS - GROUPS)])
    unknown, zero, other = random.integers(0, TEXTS - 1, (3, SIGNALS))
    flags = np.array([5, 21, 33])
    flag_by_text = np.full(TEXTS, NOBODY)
    flag_by_text[zero[flags]] = flags
    hidden = np.isin(np.arange(GROUPS), (2, 9))
    reads = random.random((3, SIGNALS)) < 0.2
    reads[:, flags] = False
    return TextNumbers(group, unknown, zero, other, hidden, flags, reads, flag_by_text)


@pytest.fixture(scope="module")
def rows(numbers):
    """Values, parts and what each group adds up to; some parts are equal, some are nothing."""
    random = np.random.default_rng(4)
    values = random.choice([0.0, 1.0, 2.5, np.nan], (300, SIGNALS)).astype(np.float32)
    parts = random.choice([0.0, 0.5, -0.5, *random.normal(size=40)], values.shape)
    strength = np.stack([parts[:, numbers.group == group].sum(axis=1) for group in range(GROUPS)], axis=1)
    return values, parts, strength


def find_text(values, signal, numbers):
    """The text of one signal's value."""
    if signal in numbers.flags:
        return numbers.zero[signal] if values[signal] == 0 else TEXTS - 1
    if not np.isnan(values[signal]):
        return numbers.zero[signal] if values[signal] == 0 else numbers.other[signal]
    text = numbers.unknown[signal]
    for number, flag in enumerate(numbers.flags):
        if values[flag] == 0 and numbers.reads[number, signal]:
            text = numbers.zero[flag]
    return text


def rank_plainly(values, parts, strength, numbers, limit):
    """Rank the texts of one row: [(text, log-odds, source, value, groups)], what is hidden, all other totals."""
    texts = [find_text(values, signal, numbers) for signal in range(SIGNALS)]
    weight = [abs(part) if text < TEXTS - 1 else -1.0 for part, text in zip(parts, texts, strict=True)]
    totals, groups_by_text, speakers = np.zeros(TEXTS), {}, {}
    for group in range(GROUPS):
        members = np.flatnonzero(numbers.group == group)
        speaker = max(members, key=lambda member: weight[member])
        text = TEXTS - 1 if numbers.hidden[group] else texts[speaker]
        totals[text] += strength[group]
        groups_by_text.setdefault(text, []).append(group)
        speakers.setdefault(text, []).append(speaker)
    hidden, totals[-1] = totals[-1], 0.0
    order = [text for text in np.argsort(-np.abs(totals), kind="stable")[:limit] if totals[text] != 0]
    shown = []
    for text in order:
        speaker = max(sorted(speakers[text]), key=lambda member: abs(parts[member]))
        flag = numbers.flag_by_text[text]
        source, value = (speaker, values[speaker]) if flag == NOBODY else (flag, 0.0)
        shown.append((text, totals[text], source, value, groups_by_text[text]))
    return shown, hidden, np.delete(totals, order)


@pytest.mark.parametrize("limit", [0, 1, 5, TEXTS])
def test_rows_are_ranked_as_plain_python_ranks_each(numbers, rows, limit):
    ranked = create_ranked(len(rows[0]), limit, numbers)
    rank_texts(*rows, numbers, ranked)

    for row, (values, parts, strength) in enumerate(zip(*rows, strict=True)):
        shown, hidden, others = rank_plainly(values, parts, strength, numbers, limit)
        count = ranked.shown[row]
        assert count == len(shown) and ranked.hidden[row] == hidden
        np.testing.assert_array_equal(ranked.others[row, : TEXTS - count], others)
        for place, (text, log_odds, source, value, groups) in enumerate(shown):
            assert (ranked.text[row, place], ranked.log_odds[row, place]) == (text, log_odds)
            assert ranked.source[row, place] == source
            np.testing.assert_array_equal(ranked.value[row, place], np.float64(value))
            assert (ranked.member[row, place], ranked.groups[row, place]) == (groups[0], len(groups))
            np.testing.assert_array_equal(np.flatnonzero(ranked.text_of_group[row] == text), groups)


def test_no_rows_are_ranked_without_a_fault(numbers):
    ranked = create_ranked(0, 5, numbers)

    rank_texts(np.empty((0, SIGNALS), np.float32), np.empty((0, SIGNALS)), np.empty((0, GROUPS)), numbers, ranked)

    assert len(ranked.shown) == 0
