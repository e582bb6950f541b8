"""What a sentence claims that can be checked word by word: figures, dates, names, stances."""
