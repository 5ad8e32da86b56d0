"""The data agent: thinks in words, has code and SQL written for each action, runs them, looks at what they gave."""
