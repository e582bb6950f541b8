"""From answers to cases that a person looks at: refused, withheld, or said not to be right."""
