"""How are the values of JSON leads read? Column by column, as those of a table.

Lives here: readers of single values. Does not live here: whole leads (``json_payload``).
"""
