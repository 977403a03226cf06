"""Insights: what brings patients, what loses them, what changed, and how sure are we? Figures with intervals from the
practice's own tables.
"""
