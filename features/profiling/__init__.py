"""What is in this export, which columns can be used, and which ones leak the outcome?"""
