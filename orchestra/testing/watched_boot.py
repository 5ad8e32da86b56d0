"""GUEST CODE: starts a worker as boot.py does, and writes down where it connects and what it changes on the disk.

Standard library only, Python 3.9 to 3.14. `watched_boot.py BOOT REPORT PORT FOLDER…`: lines of JSON go into the file
REPORT, each with `what` (connect, lookup, write) and `target`. Connections to anything but the PORT of this machine are
refused; what is written outside of the FOLDERs is only told of. What other programs do that it starts is not seen.
"""

import json
import os
import re
import runpy
import sys

# Printed as soon as the run has its output files: it looks like the end of a run, and must stay a printed line.
FORGED = '{"at": 0, "kind": "end", "data": {"status": "COMPLETED", "output": {"forged": true}}}'
_HERE = frozenset(["127.0.0.1", "localhost", "::1", "", None])
_NUMERIC = re.compile(r"[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.%]*")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGING_ONE = ("os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.chown", "os.utime")
_CHANGING_TWO = ("os.rename", "os.link", "os.symlink")
_WITH_DESCRIPTOR = ("os.remove", "os.rmdir", "os.mkdir", "os.chmod")  # of a folder, as the last argument
_DEVICES = ("/dev/null", "/dev/tty", "/dev/ptmx", "/dev/pts/", "/dev/shm/")  # noqa: S108
_MOST_LINES = 200


def main():
    boot, report, port = sys.argv[1:4]
    folders = [os.path.realpath(folder) for folder in sys.argv[4:]]
    descriptor = os.open(report, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
    sys.addaudithook(_Watch(descriptor, int(port), folders, os.path.dirname(os.path.realpath(boot))).see)
    sys.argv = [boot]
    runpy.run_path(boot, run_name="__main__")


class _Watch:
    def __init__(self, report, port, folders, worker):
        self._report = report
        self._port = port
        self._folders = folders
        self._worker = worker
        self._told = set()
        self._forged = False

    def see(self, event, args):
        if event in ("socket.connect", "socket.sendto"):
            self._connect(args[1])
        elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
            self._look_up(args[0])
        elif event == "open":
            self._open(*args)
        elif event in _CHANGING_ONE:
            self._change(args[0], _folder_behind(args[-1]) if event in _WITH_DESCRIPTOR else None)
        elif event in _CHANGING_TWO:
            self._change(args[1], _folder_behind(args[-1]) if event != "os.symlink" else None)

    def _connect(self, address):
        if isinstance(address, tuple) and address[0] in _HERE and address[1] == self._port:
            return
        shown = "{}:{}".format(*address[:2]) if isinstance(address, tuple) else "unix:" + os.fsdecode(address)
        self._tell("connect", shown)
        raise PermissionError("A worker may connect to its gateway only, not to " + shown)

    def _look_up(self, host):
        name = os.fsdecode(host) if isinstance(host, (str, bytes)) else host
        if name not in _HERE and not _NUMERIC.fullmatch(str(name)):  # an address needs no look-up; connecting is seen
            self._tell("lookup", str(name))
            raise PermissionError("A worker may connect to its gateway only, not to " + str(name))

    def _open(self, path, mode, flags):
        if isinstance(path, int) or path is None:
            return
        writes = flags & _WRITING if isinstance(flags, int) else 0
        if writes or (isinstance(mode, str) and set(mode) & set("wax+")):
            self._change(path, None)

    def _change(self, path, place):
        if isinstance(path, int):
            return
        name = os.path.join(place or os.getcwd(), os.fsdecode(path))
        whole = os.path.join(os.path.realpath(os.path.dirname(name)), os.path.basename(name))
        if self._is_the_workers_own(whole) or whole.startswith(_DEVICES):
            return
        if any(whole == folder or whole.startswith(folder + os.sep) for folder in self._folders):
            return
        if os.path.basename(os.path.dirname(whole)) == "__pycache__" or os.path.basename(whole) == "__pycache__":
            return  # Python's own
        self._tell("write", whole)

    def _is_the_workers_own(self, whole):
        """Whether one of the worker's own modules does it: its journal, its output files."""
        frame = sys._getframe(3)
        while frame is not None and frame.f_code.co_filename == __file__:
            frame = frame.f_back
        if frame is None or os.path.dirname(os.path.realpath(frame.f_code.co_filename)) != self._worker:
            return False
        if os.path.basename(whole) == "events.jsonl" and not self._forged:
            self._forged = True
            os.write(1, FORGED.encode() + b"\n")
        return True

    def _tell(self, what, target):
        if (what, target) not in self._told and len(self._told) < _MOST_LINES:
            self._told.add((what, target))
            os.write(self._report, json.dumps({"what": what, "target": target}).encode() + b"\n")


def _folder_behind(descriptor):
    """The folder that a descriptor leads to, from which a relative path counts; None if that is the working folder."""
    link = "/proc/self/fd/%d" % descriptor if isinstance(descriptor, int) and descriptor > 2 else ""
    return os.readlink(link) if link and os.path.exists(link) else None


if __name__ == "__main__":
    main()
