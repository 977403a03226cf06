"""Which open lead is called next, and why?"""
