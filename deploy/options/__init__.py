"""The settings in groups, one file each; `deploy/settings.py` reads the environment into them."""
