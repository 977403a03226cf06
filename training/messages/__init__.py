"""From what messages was the label model learned, and how well does it read those that it has not seen?"""
