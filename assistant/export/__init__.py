"""Answers and passages as files to keep: every footnote read anew and compared before it leaves."""
