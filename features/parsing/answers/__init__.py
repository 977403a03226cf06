"""What does an answer in words say: nothing yet, that nobody insures the person, or something of its own?"""
