"""What model families are made of: fits that trials share, and predictions from learned arrays."""
