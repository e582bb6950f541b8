"""The nouns, the access rule, the library and the index. Imports none of our other packages."""
