"""Which addresses do people open, and what does each of them ask of the desk?"""
