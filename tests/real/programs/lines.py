# Everything of the standard library that opens something, and all that a line of Python may stand in, each leaking in a
# known line. As leaks.py: the argument is one of the headings, `# leak: N KIND` ends a line that must be found.
import asyncio
import bz2
import concurrent.futures
import contextlib
import ctypes
import dataclasses
import fcntl
import fileinput
import functools
import gzip
import http.client
import http.server
import io
import logging
import logging.handlers
import lzma
import mmap
import os
import pathlib
import pty
import select
import selectors
import shelve
import signal
import socket
import socketserver
import sqlite3
import ssl
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import tokenize
import urllib.request
import weakref
import xmlrpc.client
import xmlrpc.server
import zipfile

KEPT = []
WHERE = os.environ["SCRATCH"]


def keep(it):
    KEPT.append(it)
    return it


def here(name):
    return os.path.join(WHERE, name)


# --- openers: what the standard library opens, in one call

def openers():
    with open(here("text"), "w") as file:
        file.write("line\n")
    with zipfile.ZipFile(here("zip"), "w") as archive:
        archive.write(here("text"), "text")
    with tarfile.open(here("tar"), "w") as archive:
        archive.add(here("text"), "text")
    for kind in gzip, bz2, lzma:
        with kind.open(here(kind.__name__), "w") as file:
            file.write(b"line\n")
    keep(socket.socketpair())  # leak: 2 socket
    keep(os.pipe())  # leak: 2 pipe
    keep(os.dup(0))  # leak: 1 file
    keep(os.dup2(0, 200))  # leak: 1 file
    keep(fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 300))  # leak: 1 file
    keep(pty.openpty())  # leak: 2 pty
    keep(selectors.DefaultSelector())  # leak: 1 event
    keep(select.epoll())  # leak: 1 event
    keep(os.eventfd(0))  # leak: 1 event
    keep(os.memfd_create("memory"))  # leak: 1 memfd
    keep(next(os.scandir("/usr/lib")) and os.open("/usr", os.O_RDONLY | os.O_DIRECTORY))  # leak: 1 directory
    scan = keep(os.scandir("/usr/lib"))  # leak: 1 directory
    next(scan)
    with open(here("text"), "r+b") as file:
        keep(mmap.mmap(file.fileno(), 0))  # leak: 1 file
    data = sqlite3.connect(here("data"))  # leak: 1 file
    keep(data).execute("create table t (x)")
    keep(tempfile.TemporaryFile(dir=WHERE))  # leak: 1 file
    spooled = keep(tempfile.SpooledTemporaryFile(max_size=1, dir=WHERE))
    spooled.write(b"more than one")  # leak: 1 file
    keep(zipfile.ZipFile(here("zip")))  # leak: 1 file
    archive = zipfile.ZipFile(here("zip"))  # leak: 1 file
    keep(archive.open("text"))
    keep(tarfile.open(here("tar")))  # leak: 1 file
    keep([kind.open(here(kind.__name__)) for kind in (gzip, bz2, lzma)])  # leak: 3 file
    keep(logging.FileHandler(here("log")))  # leak: 1 file
    late = keep(logging.FileHandler(here("late"), delay=True))
    late.handle(logging.makeLogRecord({"msg": "word"}))  # leak: 1 file
    rolling = keep(logging.handlers.RotatingFileHandler(here("rolling"), maxBytes=8, backupCount=2))
    for _ in range(3):
        rolling.handle(logging.makeLogRecord({"msg": "a long line"}))  # leak: 1 file
    keep(shelve.open(here("shelf")))  # leak: 1 file
    keep(pathlib.Path(here("text")).open())  # leak: 1 file
    keep(io.FileIO(here("text")))  # leak: 1 file
    keep(os.fdopen(os.open(here("text"), os.O_RDONLY)))  # leak: 1 file
    keep(tokenize.open(here("text")))  # leak: 1 file
    lines = keep(fileinput.input([here("text")]))
    next(lines)  # leak: 1 file
    keep(urllib.request.urlopen("file:///etc/passwd"))  # leak: 1 file
    keep(ctypes.CDLL(None).inotify_init())  # leak: 1 event
    listener = keep(socket.create_server(("127.0.0.1", 0)))  # leak: 1 listener
    plain = socket.create_connection(listener.getsockname())  # leak: 1 socket
    keep(ssl.create_default_context().wrap_socket(plain, do_handshake_on_connect=False, server_hostname="x"))
    client = keep(http.client.HTTPConnection(*listener.getsockname()))
    client.connect()  # leak: 1 socket
    keep(socket.socket().detach())  # leak: 1 socket
    keep(
        open(  # leak: 1 file
            here("text"),
            encoding="utf-8",
        ))


# --- scopes: all that a line may stand in

def decorated(function):
    @functools.wraps(function)
    def wrapper(*words):
        return function(*words)
    return wrapper


@decorated
def below_a_decorator():
    keep(open("/etc/passwd"))  # leak: 1 file


@contextlib.contextmanager
def manager():
    file = open("/etc/passwd")  # leak: 1 file
    yield file


@functools.lru_cache
def cached():
    return open("/etc/passwd")  # leak: 1 file


class Lazy:
    @functools.cached_property
    def file(self):
        return open("/etc/passwd")  # leak: 1 file

    def chained(self):
        return self

    def opened(self):
        return keep(open("/etc/passwd"))  # leak: 1 file

    def __del__(self):
        keep(open("/etc/passwd"))  # leak: 1 file


@dataclasses.dataclass
class Generated:
    file: object = dataclasses.field(default_factory=functools.partial(open, "/etc/passwd"))
    other: object = dataclasses.field(default_factory=lambda: open("/etc/passwd"))  # leak: 1 file


class Meta(type):
    def __new__(cls, *words):
        keep(open("/etc/passwd"))  # leak: 1 file
        return super().__new__(cls, *words)


def scopes():
    below_a_decorator()
    keep(manager()).__enter__()
    keep(Generated())  # leak: 1 file
    contextlib.ExitStack().enter_context(keep(open("/etc/passwd")))  # leak: 1 file
    keep(cached())
    lazy = Lazy()
    keep(lazy.file)
    (lazy
        .chained()
        .opened())
    del lazy

    class Body(metaclass=Meta):
        file = keep(open("/etc/passwd"))  # leak: 1 file

    keep((lambda: open("/etc/passwd"))())  # leak: 1 file
    keep([open("/etc/passwd") for _ in range(2)])  # leak: 2 file
    keep({open("/etc/passwd") for _ in range(2)})  # leak: 2 file
    keep(list(open("/etc/passwd") for _ in range(2)))  # leak: 2 file
    keep(list(map(open, ["/etc/passwd", "/etc/group"])))  # leak: 2 file
    keep(functools.partial(open, "/etc/passwd")())  # leak: 1 file
    sorted([1, 2], key=lambda it: len(keep([it, open("/etc/passwd")])))  # leak: 2 file
    signal.signal(signal.SIGUSR1, lambda *words: keep(open("/etc/passwd")))  # leak: 1 file
    signal.raise_signal(signal.SIGUSR1)
    lost = type("Lost", (), {})()
    keep(weakref.ref(lost, lambda it: keep(open("/etc/passwd"))))  # leak: 1 file
    del lost
    done = threading.Event()
    threading.Timer(0, lambda: keep(open("/etc/passwd")) and done.set()).start()  # leak: 1 file
    done.wait()
    with concurrent.futures.ThreadPoolExecutor(1, initializer=lambda: keep(open("/etc/passwd"))) as pool:  # leak: 1 file
        pool.submit(len, "word").result()
    try:
        file = open("/etc/passwd")  # leak: 1 file
        raise ValueError
    except ValueError:
        keep(sys.exc_info())


# --- coroutines

async def yields():
    keep(open("/etc/passwd"))  # leak: 1 file
    yield 1


async def one_of_many():
    await asyncio.sleep(0)
    keep(open("/etc/passwd"))  # leak: 2 file


def in_a_thread():
    return open("/etc/passwd")  # leak: 1 file


async def conversation():
    async for _ in yields():
        pass
    await asyncio.gather(one_of_many(), one_of_many())
    keep(await asyncio.to_thread(in_a_thread))
    asyncio.get_running_loop().call_soon(lambda: keep(open("/etc/passwd")))  # leak: 1 file
    await asyncio.sleep(0)
    child = keep(await asyncio.create_subprocess_exec("/bin/sleep", "30"))  # leak: 1 process
    print(child.pid, flush=True)
    os._exit(0)


def coroutines():
    asyncio.run(conversation())  # leak: 2 socket, 1 event


# --- servers: and their clients, in one process

class KeepsAlive(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # leak: 2 socket
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words):
        pass


class Forked(socketserver.BaseRequestHandler):
    def handle(self):  # leak: 2 process
        self.request.sendall(b"%9d" % os.getpid())
        time.sleep(30)


class Forking(socketserver.ForkingTCPServer):
    block_on_close = False


def answers():
    keep(os.open("/etc/group", os.O_RDONLY))  # leak: 2 file
    return 1


def serve(server):
    threading.Thread(target=keep(server).serve_forever, daemon=True).start()
    return server.server_address


def servers():
    address = serve(http.server.ThreadingHTTPServer(("127.0.0.1", 0), KeepsAlive))  # leak: 1 listener
    for _ in range(2):
        client = keep(http.client.HTTPConnection(*address))
        client.request("GET", "/")  # leak: 2 socket
        client.getresponse().read()
    forking = Forking(("127.0.0.1", 0), Forked)  # leak: 1 listener
    address = serve(forking)
    for _ in range(2):
        client = keep(socket.create_connection(address))  # leak: 2 socket
        print(int(client.recv(9)), flush=True)
    forking.shutdown()  # it has closed its own end of what its children serve
    remote = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)  # leak: 1 listener
    remote.register_function(answers)
    proxy = keep(xmlrpc.client.ServerProxy("http://%s:%d" % serve(remote)))
    proxy.answers()
    proxy.answers()
    remote.shutdown()
    selector = keep(selectors.DefaultSelector())  # leak: 1 event
    listener = keep(socket.create_server(("127.0.0.1", 0)))  # leak: 1 listener
    selector.register(listener, selectors.EVENT_READ, lambda ready: keep(ready.accept()))  # leak: 2 socket
    for _ in range(2):
        keep(socket.create_connection(listener.getsockname()))  # leak: 2 socket
        for ready, _ in selector.select():
            ready.data(ready.fileobj)


# --- processes: started in every way

def processes():
    keep(os.popen("exec /bin/sleep 30"))  # leak: 1 pipe, 1 process
    for pid in (os.spawnlp(os.P_NOWAIT, "sleep", "sleep", "30"),  # leak: 1 process
                os.posix_spawn("/bin/sleep", ["sleep", "30"], os.environ),  # leak: 1 process
                keep(subprocess.Popen("exec /bin/sleep 30", shell=True)).pid):  # leak: 1 process
        print(pid)
    pid = os.fork()  # leak: 1 process
    if pid == 0:
        time.sleep(30)
        os._exit(0)
    print(pid)
    starter = threading.Thread(target=lambda: print(keep(subprocess.Popen(["/bin/sleep", "30"])).pid))  # leak: 1 process
    starter.start()
    starter.join()
    print(KEPT[0]._proc.pid, flush=True)


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    os._exit(0)
