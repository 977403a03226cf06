"""What is coming in the next weeks, how sure is that, and did earlier outlooks hold?"""
