# What the tests of `lifeguard run` share: starting it, looking at what of its tree is there, and the port.
import shutil
import signal
import socket
import threading
import time

from servers import *

STATE = os.path.join(SCRATCH, "state")


def environment(**more):
    env = plain()
    env.update(XDG_STATE_HOME=STATE, **more)
    return env


def lifeguard(*arguments, **more):
    """Starts lifeguard; the caller ends it."""
    more.setdefault("stdin", subprocess.DEVNULL)
    more.setdefault("stdout", subprocess.PIPE)
    more.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen([TOOL, *arguments], env=more.pop("env", environment()), text=True, errors="replace", **more)


def done(*arguments, timeout=60, **more):
    """Runs lifeguard to its end: (status, stdout, stderr)."""
    process = lifeguard(*arguments, **more)
    out, err = process.communicate(timeout=timeout)
    return process.returncode, out, err


def stat(pid):
    """state, parent, group, session, start; None where there is no such process."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return fields[0], int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def pids():
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def carrying(word):
    """Processes, zombies too, whose command line holds that word (each test has one of its own)."""
    found = []
    for pid in pids():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if word.encode() in file.read() and pid != os.getpid():
                    found.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def keepers(of):
    found = []
    for pid in pids():
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read().rstrip(b"\0") == f"lg-keeper {of}".encode():
                    found.append(pid)
        except (FileNotFoundError, ProcessLookupError):
            pass
    return found


def can_bind(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def own_tree():
    """tree.c under a name of this test's own: that is all by which a zombie can still be told."""
    path = os.path.join(SCRATCH, ("tree-" + SCRATCH[-8:])[:15])
    if not os.path.exists(path):
        shutil.copy(program("tree.c"), path)
    return path


def zombies():
    """Of own_tree(), but for those that it is for the system's first process to wait for."""
    found, name = [], os.path.basename(own_tree())
    for pid in pids():
        try:
            with open(f"/proc/{pid}/stat") as file:
                text = file.read()
        except (FileNotFoundError, ProcessLookupError):
            continue
        fields = text.rsplit(")", 1)[1].split()
        if f"({name})" in text and fields[0] == "Z" and fields[1] != "1":
            found.append((pid, text))
    return found


def all_gone(word, port=None, what=""):
    """At once: no process of the tree, no zombie of it, and the port can be bound."""
    left = [(pid, stat(pid)) for pid in carrying(word)]
    check(not left, f"{what}: still there: {left}")
    check(not zombies(), f"{what}: zombies: {zombies()}")
    check(port is None or can_bind(port), f"{what}: port {port} cannot be bound")


def listening(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    except OSError:
        return False


def records():
    found = []
    folder = os.path.join(STATE, "lifeguard")
    # Of two that began in the same second, the one with the higher pid need not be the later one.
    later = lambda name: (name[:15], os.stat(os.path.join(folder, name)).st_mtime_ns)
    for name in sorted(os.listdir(folder), key=later) if os.path.isdir(folder) else []:
        if name != ".open":
            found.append(os.path.join(folder, name))
    return found
