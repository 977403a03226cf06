"""Which phrases are in these words, and which of them count? Word numbers in, counts of meanings out.

Lives here: the loops behind ``text.message_reader``: longest phrases, negation, groups that silence others.
Does not live here: building the trie that they walk (``text.phrase_trie``).
"""

from typing import NamedTuple

import numpy as np

from features.kernels.date_parser import IN_PHRASE, add_time
from features.kernels.jit import compile_cached, compile_helper
from features.kernels.phrase_steps import take_step

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
    "MessageResults",
    "PhraseTrie",
    "find_phrases",
    "read_messages",
]

GROUP, DAYS, NEGATOR, AFTER, IDLE, TURN, SERVICE = range(7)
"""Kinds of meanings: a group, a timeframe, "not", "isn't an issue", a negator without effect, "but", a service."""
JOINS, COMMA, STOP = 1, 2, 3
"""What a word between two phrases does: it carries a negator on ("or"), or it ends the negator's reach."""
_KIND, _GROUP, _NEGATABLE, _HIDES = range(4)
"""Columns of ``PhraseTrie.facts``."""
_BEGIN, _END, _MEANINGS, _NEGATED = range(4)
"""Columns of the phrase rows."""
_ZERO = np.int64(0)
"""A typed zero for variables that are passed to helpers: numba would compile a helper twice, once for the literal 0."""


class PhraseTrie(NamedTuple):
    """Every phrase as a path of words from one root, and what it means, as int64 arrays.

    Parameters
    ----------
    root : node behind the message's word ``w``, -1 none; shape (words,)
    steps : hash table of the further steps: node times words plus word, and the node behind; shape (slots, 2), -1 empty
    nodes : where the node's meanings begin, where its services begin, whether it is a leaf; shape (nodes + 1, 3)
    meanings, services : of the phrases that end at the nodes: a row of ``facts``; a position in ``practice.services``,
        plus ``all_services`` for a complaint that the service treats
    facts : of each meaning: kind, group (-1 none), whether a negator cancels it, whether it hides phrases inside it;
        shape (meanings, 4)
    days : of each meaning that is a timeframe; float
    together : rows of a group and the groups that together mean it, padded with -1
    silences : rows of a group and one that it silences, -1 for the timeframe
    between : what the word does between two phrases: ``JOINS``, ``COMMA``, ``STOP`` or 0; shape (words,)
    reach, longest, most_meanings, most_services, all_services : a negator's reach in words, and bounds for working
        space
    """

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


class MessageResults(NamedTuple):
    """What m messages say, filled by ``read_messages``.

    Parameters
    ----------
    counts : int16 array of shape (m, groups)
    days : float array of shape (m,); comes with the soonest date of each message, infinity for none
    stated_days : float array of shape (m,)
        The same where a phrase silences it, too.
    first_service : int64 array of shape (m, 2), comes with -1
        The first service named, and the first that treats what the message complains of.
    services_named : float array of shape (m,)
    """

    counts: np.ndarray
    days: np.ndarray
    stated_days: np.ndarray
    first_service: np.ndarray
    services_named: np.ndarray


@compile_cached
def find_phrases(tokens, tree, phrases, meanings, named, path):
    """Find the longest phrases of one message, left to right, and whether each is negated.

    Returns how many phrases and how many service names there are.

    Phrase ``h`` is ``tokens[phrases[h, 0]:phrases[h, 1]]`` and means ``meanings[phrases[h, 2]:phrases[h + 1, 2]]``,
    negated where ``phrases[h, 3]``. It hides the phrases inside it, but takes over what they mean besides, unless its
    own group hides them: "red hot" inside "red hot and swollen" adds no second count of the same group. Row ``s`` of
    ``named`` is where a service name begins, where it ends, and whose it is. ``path`` is working space.
    """
    root, steps, nodes, meaning_of, service_of = tree.root, tree.steps, tree.nodes, tree.meanings, tree.services
    hits = services = used = services_end = _ZERO
    for first in range(len(tokens)):
        # Walk down the trie as far as the words go, then look at the nodes on the way from the longest phrase back.
        node, depth = root[tokens[first]], 0
        while node >= 0:
            path[depth] = node
            depth += 1
            if first + depth >= len(tokens) or nodes[node, 2]:
                break
            node = take_step(steps, node * len(root) + tokens[first + depth])
        for length in range(depth, 0, -1):
            node = path[length - 1]
            low, high = nodes[node, 0], nodes[node + 1, 0]
            if low < high and (hits == 0 or first + length > phrases[hits - 1, _END]):
                phrases[hits, _BEGIN], phrases[hits, _END], phrases[hits, _MEANINGS] = first, first + length, used
                hits += 1
                for at in range(low, high):
                    meanings[used] = meaning_of[at]
                    used += 1
            elif low < high:
                used = _add_inner_meanings(tree, low, high, meanings, phrases[hits - 1, _MEANINGS], used)
            low, high = nodes[node, 1], nodes[node + 1, 1]
            if low < high and first + length > services_end:
                services_end = first + length
                for at in range(low, high):
                    named[services, 0], named[services, 1], named[services, 2] = first, services_end, service_of[at]
                    services += 1
    phrases[hits, _MEANINGS] = used
    _negate_phrases(tokens, tree, phrases, hits, meanings)
    return hits, services


@compile_helper
def _add_inner_meanings(tree, low, high, meanings, outer, used):
    """Add to the meanings of a longer phrase, ``meanings[outer:used]``, what a phrase inside it means besides.

    Returns the new end of the meanings.
    """
    facts = tree.facts
    for at in range(outer, used):
        if facts[meanings[at], _KIND] == IDLE or facts[meanings[at], _HIDES]:
            return used
    end = used
    for inner in range(low, high):
        meaning = tree.meanings[inner]
        is_new = facts[meaning, _KIND] <= DAYS
        for at in range(outer, used):
            same_kind = facts[meaning, _KIND] == facts[meanings[at], _KIND]
            if same_kind and facts[meaning, _GROUP] == facts[meanings[at], _GROUP]:
                is_new = False
        if is_new:
            meanings[end] = meaning
            end += 1
    return end


@compile_helper
def _negate_phrases(tokens, tree, phrases, hits, meanings):
    """Mark the negated phrases: by a negator before, by words right behind, or by joining one that is negated.

    The state from phrase to phrase is ``negator_end`` (where the last negator ended, -1 when it no longer has an
    effect), ``user`` (the first phrase it negated, -1 for none yet) and ``carried`` (whether the last phrase was
    negated). Example "no fever or chest pain, urgent", where token 0 is the start of the message:

    ======  ===================  ===========  =====  =======
    phrase  words before it      negator_end  user   negated
    ======  ===================  ===========  =====  =======
    no                           2            -1     no
    fever                        2            fever  yes, by the negator
    pain    or (joins)           2            fever  yes, it joins a negated phrase
    urgent  comma (ends reach)   -1           fever  no
    ======  ===================  ===========  =====  =======
    """
    facts, between, reach = tree.facts, tree.between, tree.reach
    negator_end, user, carried, last_end = _ZERO - 1, _ZERO - 1, False, _ZERO
    for h in range(hits):
        begin, kinds = phrases[h, _BEGIN], 0
        # Bit k of ``kinds`` is set when the phrase has a meaning of kind k: a group and a timeframe give 0b11.
        for at in range(phrases[h, _MEANINGS], phrases[h + 1, _MEANINGS]):
            kinds |= 1 << facts[meanings[at], _KIND]
        joined, ends_reach = _scan_between(tokens, between, last_end, begin)
        joined = joined and carried and begin > last_end
        if ends_reach:
            negator_end = -1
        near = negator_end >= 0 and begin - negator_end <= reach
        negated = False
        if kinds & (1 << GROUP | 1 << DAYS):
            negated = joined or (near and (user < 0 or _share_group(facts, meanings, phrases, h, user)))
        # "price isn't an issue": words right behind the phrase negate it
        if h + 1 < hits and phrases[h + 1, _BEGIN] <= phrases[h, _END]:
            for at in range(phrases[h + 1, _MEANINGS], phrases[h + 2, _MEANINGS]):
                negated |= facts[meanings[at], _KIND] == AFTER
        if kinds & (1 << TURN | 1 << IDLE):
            negator_end = -1
        elif kinds & (1 << NEGATOR):
            negator_end, user = phrases[h, _END], -1
        elif negated and user < 0:
            user = h
        elif near and kinds & (1 << GROUP) and not negated:
            negator_end = -1
        phrases[h, _NEGATED] = carried = negated
        last_end = phrases[h, _END]


@compile_helper
def _scan_between(tokens, between, last_end, begin):
    """Return whether the words between two phrases join them, and whether they end a negator's reach.

    "or" joins, and so does ", or"; a comma alone does not: "no fever, chest pain" has chest pain.
    """
    joined, ends_reach, commas = True, False, 0
    for at in range(last_end, begin):
        effect = between[tokens[at]]
        commas += effect == COMMA
        if effect >= COMMA:
            ends_reach = True
        if effect != JOINS and effect != COMMA:
            joined = False
    # One comma and nothing else: it lists two things, of which the negator meant the first.
    return joined and not (commas == 1 and begin - last_end == 1), ends_reach


@compile_helper
def _share_group(facts, meanings, phrases, left, right):
    """Return whether two phrases have a group in common."""
    for at in range(phrases[left, _MEANINGS], phrases[left + 1, _MEANINGS]):
        for by in range(phrases[right, _MEANINGS], phrases[right + 1, _MEANINGS]):
            if facts[meanings[at], _KIND] == GROUP and facts[meanings[at], _GROUP] == facts[meanings[by], _GROUP]:
                return True
    return False


@compile_cached
def read_messages(ids, tokens_from, tree, wishes, results, times):
    """Read each message into ``results``; what treats a complaint counts where a group of ``wishes`` occurs.

    Phrases that state a time are added to ``times`` (``date_parser.TimeRows``).
    """
    counts, days, stated_days, first_service, services_named = results
    facts, stated = tree.facts, tree.days
    longest = 0
    for m in range(len(days)):
        if tokens_from[m + 1] - tokens_from[m] > longest:
            longest = tokens_from[m + 1] - tokens_from[m]
    phrases, meanings = np.empty((longest + 2, 4), np.int64), np.empty(longest * tree.most_meanings + 1, np.int64)
    named = np.empty((longest * tree.most_services + 1, 3), np.int64)
    last_named, path = np.zeros(tree.all_services, np.int64), np.empty(tree.longest, np.int64)
    for m in range(len(days)):
        tokens = ids[tokens_from[m] : tokens_from[m + 1]]
        hits, services = find_phrases(tokens, tree, phrases, meanings, named, path)
        soonest = days[m]
        for h in range(hits):
            for at in range(phrases[h, _MEANINGS], phrases[h + 1, _MEANINGS]):
                meaning = meanings[at]
                if facts[meaning, _KIND] == GROUP and not (facts[meaning, _NEGATABLE] and phrases[h, _NEGATED]):
                    # The counts are int16: a message of 30,000 phrases must not wrap around to below zero.
                    if counts[m, facts[meaning, _GROUP]] < 32_767:
                        counts[m, facts[meaning, _GROUP]] += 1
                elif facts[meaning, _KIND] == DAYS and not phrases[h, _NEGATED]:
                    soonest = min(soonest, stated[meaning])
                    begin, end = phrases[h, _BEGIN], phrases[h, _END]
                    add_time(times, m, tokens_from[m] + begin, tokens_from[m] + end, IN_PHRASE, stated[meaning])
        no_days = _apply_effects(counts[m], tree.together, tree.silences)
        stated_days[m] = np.nan if soonest == np.inf else soonest
        days[m] = np.nan if no_days else stated_days[m]
        services_named[m] = _select_first_services(named, services, tree.all_services, last_named, m, first_service)
        if not _has_any(counts[m], wishes):
            first_service[m, 1] = -1


@compile_helper
def _select_first_services(named, services, all_services, last_named, m, first_service):
    """Fill in the first service that message ``m`` names and the first that treats; return how many it names."""
    count = 0
    for s in range(services):
        position = named[s, 2]
        treats = np.int64(position >= all_services)
        if not treats:
            # m + 1 marks a service as seen in this message, so that the marks need not be cleared for each.
            count += last_named[position] != m + 1
            last_named[position] = m + 1
        if first_service[m, treats] < 0:
            first_service[m, treats] = position - treats * all_services
    return count


@compile_helper
def _has_any(counts, groups):
    """Return whether one of the groups occurs."""
    for group in groups:
        if counts[group] > 0:
            return True
    return False


@compile_helper
def _apply_effects(counts, together, silences):
    """Count groups that others together mean, and silence groups; return whether the timeframe is silenced."""
    for row in range(len(together)):
        is_complete = True
        for at in range(1, together.shape[1]):
            is_complete &= together[row, at] < 0 or counts[together[row, at]] > 0
        counts[together[row, 0]] += is_complete
    no_days = False
    # A silenced group gets -1, not 0, so that it still silences others in a later row; afterwards -1 becomes 0.
    for row in range(len(silences)):
        if counts[silences[row, 0]] != 0 and silences[row, 1] < 0:
            no_days = True
        elif counts[silences[row, 0]] != 0 and counts[silences[row, 1]] > 0:
            counts[silences[row, 1]] = -1
    for group in range(len(counts)):
        if counts[group] < 0:
            counts[group] = 0
    return no_days
