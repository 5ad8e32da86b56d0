"""Installs and removes the packages of plugins in our own environment, without touching a package of ours."""
