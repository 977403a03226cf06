"""What does each signal family earn, and what would more data bring?"""
