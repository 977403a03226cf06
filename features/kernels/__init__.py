"""Which loops run as machine code? Words (``tokenizer``), phrases (``phrase_matcher``), dates (``date_parser``), keys.

Lives here: loops over plain arrays that NumPy has no function for, compiled at first use and cached (``jit``).
Does not live here: building the arrays (``text.tokenization``, ``text.spell_correction``, ``text.phrase_trie``,
``text.times``). They import these modules on first use: importing numba takes half a second, and a command
that reads no message should not wait for it.

No kernel module calls another, and the layout of a loop's arrays is defined beside the loop: numba keeps compiled code
until the loop's own file changes, and would not notice a change elsewhere.
"""
