"""Which phrases stand in these words, and which of them are meant? Numbers of words in, counts of meanings out.

Lives here: the loops behind ``reader``: the longest phrases, negation, what silences what.
Does not live here: building the tree that they walk through (``phrase_tree``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.jit import compile_helper, compile_cached

__all__ = [
    "AFTER",
    "COMMA",
    "DAYS",
    "GROUP",
    "IDLE",
    "JOINS",
    "NEGATOR",
    "SERVICE",
    "STOP",
    "TURN",
    "PhraseTrie",
    "find_phrases",
    "fill_step_table",
    "read_messages",
]

GROUP, DAYS, NEGATOR, AFTER, IDLE, TURN, SERVICE = range(7)
"""What a phrase may mean."""
JOINS, COMMA, STOP = 1, 2, 3
"""What a word between two phrases does: it carries a negator over, or ends its reach."""
_KIND, _GROUP, _NEGATABLE, _HIDES = range(4)
"""Columns of ``PhraseTree.facts``."""
_BEGIN, _END, _MEANINGS, _NEGATED = range(4)
"""Columns of the found phrases."""
_ZERO = np.int64(0)
"""Where a variable is handed on: for a plain 0 numba compiles the called function twice, once for that number alone."""


class PhraseTrie(NamedTuple):
    """Every phrase as a path of words from one root, and what it means, as int64 arrays.

    Parameters
    ----------
    root : node behind the message's word ``w``, -1 none; shape (words,)
    steps : table of the further steps: node times words plus word, and the node behind; shape (slots, 2), -1 empty
    nodes : where the node's meanings begin, where its services begin, whether no step leads on; shape (nodes + 1, 3)
    meanings, services : of the phrases that end at the nodes: a row of ``facts``; a position in ``practice.services``,
    for what the service
        treats that and ``all_services``
    facts : of each meaning: kind, group (-1 none), whether a negator cancels it, whether it hides what is inside it;
    shape (meanings, 4)
    days : of each meaning that is a timeframe; float
    together : rows of a group and the groups that together mean it, -1 behind their end
    silences : rows of a group and one that it silences, -1 for the timeframe
    between : what the word does between two phrases: ``JOINS``, ``COMMA``, ``STOP`` or 0; shape (words,)
    reach, longest, most_meanings, most_services, all_services : a negator's reach in words, and bounds for working
    space"""

    root: np.ndarray
    steps: np.ndarray
    nodes: np.ndarray
    meanings: np.ndarray
    services: np.ndarray
    facts: np.ndarray
    days: np.ndarray
    together: np.ndarray
    silences: np.ndarray
    between: np.ndarray
    reach: int
    longest: int
    most_meanings: int
    most_services: int
    all_services: int


@compile_cached
def fill_step_table(steps, table):
    """Fill the table of the tree's steps: open addressing, -1 is empty, the length a power of two."""
    for place in range(len(steps)):
        at = _start(steps[place, 0], len(table))
        while table[at, 0] >= 0:
            at = (at + 1) & (len(table) - 1)
        table[at, 0], table[at, 1] = steps[place, 0], steps[place, 1]


@compile_helper
def _start(step, size):
    """Where to look for a step first."""
    return np.int64((np.uint64(step) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(32)) & (size - 1)


@compile_helper
def _step(table, key):
    """The node behind a node and word, -1 where there is none."""
    at = _start(key, len(table))
    while table[at, 0] >= 0:
        if table[at, 0] == key:
            return table[at, 1]
        at = (at + 1) & (len(table) - 1)
    return np.int64(-1)


@compile_cached
def find_phrases(tokens, tree, found, meanings, named, path):
    """The longest phrases of one message, left to right, and whether each is negated. Returns how many, and how many
    service names.

    Phrase ``h`` is ``tokens[found[h, 0]:found[h, 1]]`` and means ``meanings[found[h, 2]:found[h + 1, 2]]``, negated
    where ``found[h, 3]``. It hides those inside it, but for what they mean besides, which it takes over unless its own
    group hides them. Row ``s`` of ``named`` is where a service name begins, ends, and whose it is. ``path`` is working
    space."""
    root, steps, nodes, facts, meaning_of, service_of = (
        tree.root,
        tree.steps,
        tree.nodes,
        tree.facts,
        tree.meanings,
        tree.services,
    )
    hits = services = used = services_end = _ZERO
    for first in range(len(tokens)):
        node, depth = root[tokens[first]], 0
        while node >= 0:
            path[depth] = node
            depth += 1
            if first + depth >= len(tokens) or nodes[node, 2]:
                break
            node = _step(steps, node * len(root) + tokens[first + depth])
        for length in range(depth, 0, -1):
            node = path[length - 1]
            low, high = nodes[node, 0], nodes[node + 1, 0]
            if low < high and (hits == 0 or first + length > found[hits - 1, _END]):
                found[hits, _BEGIN], found[hits, _END], found[hits, _MEANINGS] = first, first + length, used
                hits += 1
                for at in range(low, high):
                    meanings[used] = meaning_of[at]
                    used += 1
            elif low < high:
                used = _taken_over(facts, meaning_of, low, high, meanings, found[hits - 1, _MEANINGS], used)
            low, high = nodes[node, 1], nodes[node + 1, 1]
            if low < high and first + length > services_end:
                services_end = first + length
                for at in range(low, high):
                    named[services, 0], named[services, 1], named[services, 2] = first, services_end, service_of[at]
                    services += 1
    found[hits, _MEANINGS] = used
    _negate(tokens, tree.between, facts, tree.reach, found, hits, meanings)
    return hits, services


@compile_helper
def _taken_over(facts, meaning_of, low, high, meanings, outer, used):
    """Add to the meanings of a longer phrase, ``meanings[outer:used]``, what a phrase inside it means besides; their
    new end.
    """
    for at in range(outer, used):
        if facts[meanings[at], _KIND] == IDLE or facts[meanings[at], _HIDES]:
            return used
    end = used
    for inner in range(low, high):
        one = meaning_of[inner]
        new = facts[one, _KIND] <= DAYS
        for at in range(outer, used):
            if facts[one, _KIND] == facts[meanings[at], _KIND] and facts[one, _GROUP] == facts[meanings[at], _GROUP]:
                new = False
        if new:
            meanings[end] = one
            end += 1
    return end


@compile_helper
def _negate(tokens, between, facts, reach, found, hits, meanings):
    """Say which phrases are negated: by a negator before that nothing has used up, by words right behind, or by joining
    one that is.
    """
    negator_end, user, carried, last_end = _ZERO - 1, _ZERO - 1, False, _ZERO
    for h in range(hits):
        begin, kinds = found[h, _BEGIN], 0
        for at in range(found[h, _MEANINGS], found[h + 1, _MEANINGS]):
            kinds |= 1 << facts[meanings[at], _KIND]
        joined, commas = carried and begin > last_end, 0
        for at in range(last_end, begin):
            what = between[tokens[at]]
            commas += what == COMMA
            if what >= COMMA:
                negator_end = -1
            if what != JOINS and what != COMMA:
                joined = False
        joined = joined and not (commas == 1 and begin - last_end == 1)
        near = negator_end >= 0 and begin - negator_end <= reach
        negated = False
        if kinds & (1 << GROUP | 1 << DAYS):
            negated = joined or (near and (user < 0 or _share_group(facts, meanings, found, h, user)))
        if h + 1 < hits and found[h + 1, _BEGIN] <= found[h, _END]:
            for at in range(found[h + 1, _MEANINGS], found[h + 2, _MEANINGS]):
                negated |= facts[meanings[at], _KIND] == AFTER  # "price isn't an issue"
        if kinds & (1 << TURN | 1 << IDLE):
            negator_end = -1
        elif kinds & (1 << NEGATOR):
            negator_end, user = found[h, _END], -1
        elif negated and user < 0:
            user = h
        elif near and kinds & (1 << GROUP) and not negated:
            negator_end = -1
        found[h, _NEGATED] = carried = negated
        last_end = found[h, _END]


@compile_helper
def _share_group(facts, meanings, found, one, other):
    """Whether two phrases have a group in common."""
    for at in range(found[one, _MEANINGS], found[one + 1, _MEANINGS]):
        for by in range(found[other, _MEANINGS], found[other + 1, _MEANINGS]):
            if facts[meanings[at], _KIND] == GROUP and facts[meanings[at], _GROUP] == facts[meanings[by], _GROUP]:
                return True
    return False


@compile_cached
def read_messages(ids, tokens_from, tree, counts, days, first_service, services_named):
    """What each message says: fills the last four arrays. ``days`` comes with the soonest date of each message,
    infinity for none.

    ``first_service`` comes with -1 in two columns: the first service named, and the first that treats what the message
    speaks of."""
    facts, stated = tree.facts, tree.days
    most = 0
    for m in range(len(days)):
        if tokens_from[m + 1] - tokens_from[m] > most:
            most = tokens_from[m + 1] - tokens_from[m]
    found, meanings = np.empty((most + 2, 4), np.int64), np.empty(most * tree.most_meanings + 1, np.int64)
    named = np.empty((most * tree.most_services + 1, 3), np.int64)
    last_named, path = np.zeros(tree.all_services, np.int64), np.empty(tree.longest, np.int64)
    for m in range(len(days)):
        tokens = ids[tokens_from[m] : tokens_from[m + 1]]
        hits, services = find_phrases(tokens, tree, found, meanings, named, path)
        soonest = days[m]
        for h in range(hits):
            for at in range(found[h, _MEANINGS], found[h + 1, _MEANINGS]):
                one = meanings[at]
                if facts[one, _KIND] == GROUP and not (facts[one, _NEGATABLE] and found[h, _NEGATED]):
                    if counts[m, facts[one, _GROUP]] < 32_767:
                        counts[m, facts[one, _GROUP]] += 1
                elif facts[one, _KIND] == DAYS and not found[h, _NEGATED] and stated[one] < soonest:
                    soonest = stated[one]
        no_days = _settle(counts[m], tree.together, tree.silences)
        days[m] = np.nan if no_days or soonest == np.inf else soonest
        for s in range(services):
            position = named[s, 2]
            treats = np.int64(position >= tree.all_services)
            if not treats:
                services_named[m] += last_named[position] != m + 1
                last_named[position] = m + 1
            if first_service[m, treats] < 0:
                first_service[m, treats] = position - treats * tree.all_services


@compile_helper
def _settle(counts, together, silences):
    """Let groups that together mean another count for it, and groups that silence others do so; whether the timeframe
    is silenced.
    """
    for row in range(len(together)):
        there = True
        for at in range(1, together.shape[1]):
            there &= together[row, at] < 0 or counts[together[row, at]] > 0
        counts[together[row, 0]] += there
    no_days = False
    for row in range(len(silences)):  # a group that is silenced still silences
        if counts[silences[row, 0]] != 0 and silences[row, 1] < 0:
            no_days = True
        elif counts[silences[row, 0]] != 0 and counts[silences[row, 1]] > 0:
            counts[silences[row, 1]] = -1
    for group in range(len(counts)):
        if counts[group] < 0:
            counts[group] = 0
    return no_days
