"""From life to suite: what readers and reviewers found wrong, as drafts of test cases."""
