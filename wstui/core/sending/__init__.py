"""What is to be sent: drafts, plans, raw frames."""
