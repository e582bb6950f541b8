"""Configurations: named sets of settings to run a suite with, and others' settings re-created."""
