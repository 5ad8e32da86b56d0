"""What the scripted model says, in each format. Pure, but for random identifiers and the clock."""
