"""What people decide about documents: status, owner and day of review, and what follows from it."""
