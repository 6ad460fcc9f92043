"""Grading a class: collect notebooks, run each in a sandbox, judge it here, and give back what was learned."""
