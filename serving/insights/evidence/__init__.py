"""What stands behind a figure? Its definition, the enquiries it counts, and a receipt to make it again."""
