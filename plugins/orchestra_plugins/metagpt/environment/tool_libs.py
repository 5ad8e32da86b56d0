"""Stands for metagpt/tools/libs/__init__.py in the environment, and registers no tool.

The tools there are for the DataInterpreter, and need scikit-learn and a browser.
"""
