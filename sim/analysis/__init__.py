"""Judgement of a pass: verdict, dominant chain-rule factor, concerns, outlook. Imports no numba."""
