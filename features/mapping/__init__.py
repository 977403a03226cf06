"""Which column of an export becomes which of our columns, and of what type?"""
