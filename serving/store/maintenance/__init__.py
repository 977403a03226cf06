"""How is the whole store backed up, restored and filled with a practice's past?"""
