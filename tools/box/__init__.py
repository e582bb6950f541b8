"""The tools in the box: what each takes, and the hand that does it, one file each."""
