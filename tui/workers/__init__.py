"""Threads that compute, and what they tell the screens."""
