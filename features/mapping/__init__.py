"""Which of their columns is which of ours, and of what type?"""
