"""Who asks, and what they may do: the one `authenticate` of every entrance."""
