"""Starting runs from the web page, one at a time, behind whatever is served."""
