"""What the assistant may do. Nothing is allowed yet: the gate comes with the first tool."""
