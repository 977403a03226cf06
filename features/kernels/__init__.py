"""Which loops run as machine code? Reading messages: words (``words``), phrases (``phrases``), dates (``dates``).

Lives here: loops over plain arrays that NumPy has no word for, compiled at first use and kept (``compiling``).
Does not live here: making the arrays (``plain``, ``spelling``, ``phrase_tree``, ``timeframes``). They import these
modules when they are first asked: numba takes half a second to import, and who reads no message should not wait for it.

None of these modules calls another, and the layout of a loop's arrays stands beside the loop: numba keeps compiled code
until the file of the loop changes, and would not notice a change elsewhere."""
