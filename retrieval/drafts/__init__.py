"""Drafts of test cases: marks on cases of the review queue that wait for an evaluator."""
