"""What was known strictly before a moment?"""
