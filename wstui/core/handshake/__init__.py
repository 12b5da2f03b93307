"""What is asked and answered when a connection is opened, as facts and rules."""
