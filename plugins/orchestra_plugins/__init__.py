"""The built-in framework plugins, each a folder of its own."""
