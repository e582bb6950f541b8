"""What the assistant may do: a gate that decides, hands that do it, and the tools in the box."""
