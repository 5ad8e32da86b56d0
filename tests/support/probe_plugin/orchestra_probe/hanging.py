"""A worker half whose import never comes to its end."""

import time

time.sleep(1_000_000)
