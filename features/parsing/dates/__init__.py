"""Dates and clocks: which form does a column have, and which moment does a text mean?"""
