"""The Python environments in which frameworks run, apart from ours."""
