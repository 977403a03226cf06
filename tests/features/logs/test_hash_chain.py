"""Does a chain find every line that was changed, removed or inserted, and name the first?"""

import pytest

from features.logs.hash_chain import FIRST_HASH, ChainLine, hash_line, verify_chain


def chain(*texts: str) -> list[ChainLine]:
    """Lines that hold, one for each text."""
    lines, previous = [], FIRST_HASH
    for number, text in enumerate(texts, 1):
        line_hash = hash_line(f"{previous}\n{text}")
        lines.append(ChainLine(number, previous, line_hash))
        previous = line_hash
    return lines


def test_an_intact_chain_holds_and_names_its_head():
    lines = chain("a", "b", "c")

    verification = verify_chain(lines)

    assert (verification.rows, verification.head, verification.broken) == (3, lines[-1].line_hash, None)


def test_an_empty_chain_holds():
    assert verify_chain([]).head == FIRST_HASH and verify_chain([]).broken is None


@pytest.mark.parametrize(
    ("harm", "broken", "why"),
    [
        (lambda lines: lines[1:], 1, "line 1 is missing; the next one is 2"),
        (lambda lines: [lines[0], lines[2]], 2, "line 2 is missing; the next one is 3"),
        (lambda lines: [lines[0], ChainLine(2, "f" * 64, "f" * 64), lines[2]], 2, "does not follow"),
        (lambda lines: [lines[0], ChainLine(2, lines[0].line_hash, "f" * 64), lines[2]], 3, "does not follow"),
        (lambda lines: [*lines[:2], ChainLine(3, lines[1].line_hash, "f" * 64, "it is torn")], 3, "it is torn"),
        (lambda lines: [ChainLine(1, None, "f" * 64, "it cannot be read"), *lines[1:]], 1, "it cannot be read"),
    ],
)
def test_the_first_broken_line_is_named(harm, broken, why):
    verification = verify_chain(harm(chain("a", "b", "c")))

    assert (verification.broken, verification.rows) == (broken, broken - 1) and why in verification.why


def test_lines_cut_off_at_the_end_show_beside_a_hash_noted_earlier():
    lines = chain("a", "b", "c")

    assert verify_chain(lines[:2]).broken is None
    assert "lines were cut off" in verify_chain(lines[:2], lines[-1].line_hash).why
    assert verify_chain(lines, lines[1].line_hash).broken is None
