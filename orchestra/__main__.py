"""`python -m orchestra` is the command `orchestra`."""

from orchestra.cli import main

main()
