"""Which loops run as machine code? Reading messages: words (``words``), phrases (``phrases``), dates (``dates``).

Lives here: loops over plain arrays that NumPy has no word for, compiled at first use and kept (``compiling``).
Does not live here: making the arrays (``plain``, ``spelling``, ``reader``, ``timeframes``). They import these modules when they first read a
message: numba takes a second to import, and who reads no message should not wait for it.

None of these modules calls another: numba keeps compiled code until the file of the called function changes, and not until those that it calls do.
"""
