# Servers and scripts that leak in known lines, one function each. A line that must be found ends in `# leak: N KIND`;
# the argument says which of them to be, as in the heading above it. All leave by os._exit, so that nothing is collected
# before the end.
import asyncio
import concurrent.futures
import http.server
import multiprocessing
import os
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import wsgiref.simple_server

KEPT = []


def keep(it):
    KEPT.append(it)
    return it


def ask(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=20) as answer:
        return answer.read()


# --- http_server: a handler that opens

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        getattr(self, "get_" + self.path.strip("/"))()
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def get_log(self):
        keep(open("/etc/passwd"))  # leak: 3 file

    def get_raw(self):
        keep(os.open("/etc/group", os.O_RDONLY))  # leak: 2 file

    def get_upstream(self):
        keep(socket.socket())  # leak: 2 socket

    def log_message(self, *words):
        pass


def http_server():
    server = keep(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))  # leak: 1 listener
    threading.Thread(target=server.serve_forever, daemon=True).start()  # leak: 1 thread
    for path, times in ("/log", 3), ("/raw", 2), ("/upstream", 2):
        for _ in range(times):
            ask(server.server_port, path)
    while threading.active_count() > 2:  # what answers closes its connection as it ends
        time.sleep(0.01)


# --- wsgi_server

class Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *words):
        pass


def application(environ, start_response):
    start_response("200 OK", [("Content-Length", "2")])
    return (page_one if environ["PATH_INFO"] == "/one" else page_two)()


def page_one():
    keep(tempfile.TemporaryFile())  # leak: 2 file
    return [b"ok"]


def page_two():
    keep([open(name) for name in ("/etc/passwd", "/etc/group")])  # leak: 2 file
    yield b"ok"


def wsgi_server():
    server = keep(wsgiref.simple_server.make_server("127.0.0.1", 0, application, handler_class=Quiet))  # leak: 1 listener
    client = threading.Thread(target=lambda: [ask(server.server_port, path) for path in ("/one", "/two", "/one")])
    client.start()
    for _ in range(3):
        server.handle_request()
    client.join()


# --- asyncio_server: writers that are forgotten

async def greet(reader, writer):
    writer.write(b"hello\n")
    await writer.drain()
    keep(writer)


async def call(port):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)  # leak: 3 socket
    keep(writer)
    await reader.readline()


async def call_again(port):
    return keep(await asyncio.open_connection("127.0.0.1", port))  # leak: 1 socket


async def read_in_a_task():
    await asyncio.sleep(0)
    keep(await asyncio.get_running_loop().run_in_executor(None, slow_open))


def slow_open():
    return open("/etc/hosts")  # leak: 1 file


async def conversation():
    server = keep(await asyncio.start_server(greet, "127.0.0.1", 0))  # leak: 1 listener
    port = server.sockets[0].getsockname()[1]
    for _ in range(3):
        await call(port)
    await call_again(port)
    await asyncio.create_task(read_in_a_task())
    os._exit(0)


def asyncio_server():
    asyncio.run(conversation())  # leak: 6 socket, 1 event


# --- children

def forget_a_child():
    keep(subprocess.Popen(["/bin/sleep", "30"]))  # leak: 2 process


def forget_its_pipe():
    child = keep(subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE))  # leak: 2 pipe
    child.kill()
    child.wait()


def clock_of(processor):
    """The clock by which it is told how long ago a child ended; it stands still while a hypervisor has the processor.

    Where the kernel does not show it, the time."""
    os.sched_setaffinity(0, {processor})
    time.sleep(0.01)
    try:
        with open("/proc/thread-self/sched") as told:
            return next(float(line.split(":")[1]) / 1000 for line in told if line.startswith("se.exec_start"))
    except FileNotFoundError:
        return time.monotonic()


def leave_a_zombie():
    child = keep(subprocess.Popen(["/bin/true"]))  # leak: 1 process
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    allowed = os.sched_getaffinity(0)
    ended = {one: clock_of(one) for one in allowed}
    while any(clock_of(one) < then + 1.1 for one, then in ended.items()):
        pass
    os.sched_setaffinity(0, allowed)


def children():
    forget_a_child()
    forget_a_child()
    forget_its_pipe()
    leave_a_zombie()
    for child in KEPT[:2]:
        children.pids.append(child.pid)
    print(*children.pids, flush=True)


children.pids = []


# --- pools: of multiprocessing

def double(number):
    return number * 2


def one_pool():
    pool = keep(multiprocessing.get_context("fork").Pool(2))  # leak: 2 process
    pool.map(double, range(4))


def one_worker():
    worker = multiprocessing.get_context("fork").Process(target=time.sleep, args=(30,))
    worker.start()  # leak: 1 process
    keep(worker)
    children.pids.append(worker.pid)


def one_pipe():
    keep(multiprocessing.Pipe())  # leak: 2 socket


def pools():
    one_pool()
    one_worker()
    one_pipe()
    children.pids += [worker.pid for worker in KEPT[0]._pool]
    print(*children.pids, flush=True)


# --- threads

def wait_forever():
    threading.Event().wait()


class Watcher(threading.Thread):
    def run(self):
        wait_forever()


def threads():
    threading.Thread(target=wait_forever, name="a-reader", daemon=True).start()  # leak: 1 thread
    Watcher(daemon=True).start()  # leak: 1 thread
    executor = keep(concurrent.futures.ThreadPoolExecutor(2, thread_name_prefix="crunch"))
    executor.submit(wait_forever)  # leak: 1 thread


# --- temporary: files for a while

def scratch():
    keep(tempfile.mkstemp(dir=os.environ["SCRATCH"]))  # leak: 2 file


def spool():
    file = keep(tempfile.NamedTemporaryFile(dir=os.environ["SCRATCH"]))  # leak: 1 file
    file.write(b"word")


def temporary():
    scratch()
    scratch()
    spool()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
    os._exit(0)
