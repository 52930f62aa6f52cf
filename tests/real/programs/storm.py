# Threads that open and close by all kinds of frames while signals strike, and then, as the argument says, an end:
# `kill` waits for it, `exit` leaves while the threads go on. Each way keeps one descriptor, taken in a line of its own.
import ctypes
import gc
import os
import random
import signal
import socket
import socketserver
import sys
import threading
import time

KEPT = []


def keep_one():
    KEPT.append(os.open("/etc/passwd", os.O_RDONLY))


def plain():
    os.close(os.open("/etc/group", os.O_RDONLY))


def deep(depth):
    if depth:
        deep(depth - 1)
    else:
        plain()


def generated():
    with open("/etc/hosts") as file:
        for line in file:
            yield line


def through_generators():
    for _ in zip(generated(), generated()):
        pass


def executed():
    exec("\n" * random.randrange(50) + "import os\nos.close(os.open('/etc/passwd', 0))")


class Method:
    def __init__(self):
        self.socket = socket.socket()

    def __del__(self):
        self.socket.close()


def collected():
    one = Method()
    one.itself = one
    del one
    gc.collect(0)


class Server(socketserver.TCPServer):
    request_queue_size = 500


def handler_made():
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(10)
    return Handler


def served():
    """What is accepted is accepted where no line of this is on the stack; the handler, and where it is kept, change."""
    if random.randrange(20) == 0:
        SERVER.RequestHandlerClass = handler_made()
        setattr(SERVER, f"attribute{random.randrange(100)}", 1)
    with socket.create_connection(SERVER.server_address) as client:
        client.sendall(b"word")


SERVER = Server(("127.0.0.1", 0), handler_made())

WAYS = [plain, lambda: deep(random.randrange(200)), through_generators, executed, collected, Method, served]


def work():
    while True:
        random.choice(WAYS)()


def handler(number, frame):
    plain()


if __name__ == "__main__":
    library, how, seconds = sys.argv[1], sys.argv[2], float(sys.argv[3])
    keep_one()
    signal.signal(signal.SIGVTALRM, handler)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.001, 0.001)
    timer = ctypes.CDLL(library)
    timer.start_timer(50)
    threading.Thread(target=SERVER.serve_forever, daemon=True).start()
    for _ in range(3):
        threading.Thread(target=work, daemon=True).start()
    if random.randrange(2):
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])  # then the threads are struck
    if how == "kill":
        print("ready", flush=True)
        work()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        random.choice(WAYS)()
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    if not timer.struck():
        sys.exit("no signal struck")
