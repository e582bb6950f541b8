"""Who there is: people, the groups they are in, and what they answer to."""
