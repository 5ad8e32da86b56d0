"""Guest code: runs inside a framework's interpreter, with the standard library only (Python 3.9 to 3.14).

Never imported by the server, except for the names of the protocol; never on a path beside our other packages.
"""
