"""Diagnostics: what is wrong with this installation, why this score, and is a past score still the same?"""
