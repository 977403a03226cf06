"""What does each signal family earn, what would more data bring, and do the newest leads teach well?"""
