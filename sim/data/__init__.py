"""Samples and batches: tasks that make them, and the user's own files."""
