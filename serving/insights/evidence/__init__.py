"""What stands behind a figure? Its definition, the inquiries it counts, and a receipt to make it again."""
