raise RuntimeError("Importing runs nothing.")
