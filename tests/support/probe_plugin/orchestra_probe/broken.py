"""A plugin that cannot be loaded."""

raise SystemExit("this plugin gives up when it is imported")
