"""What is wrong with this installation, and is a past score still the same?"""
