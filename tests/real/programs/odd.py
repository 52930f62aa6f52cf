# Python frames where they are not plain calls. Each function opens a file of its own number, /proc/self/fd/0 and the
# like would be shared: the report tells them apart by the function. All are kept open.
import asyncio
import atexit
import ctypes
import functools
import os
import sys
import threading

KEPT = []


def keep(fd):
    KEPT.append(fd)
    return fd


def take():
    return keep(os.open("/etc/passwd", os.O_RDONLY))


def recursion(depth):
    return recursion(depth - 1) if depth else keep(os.open("/etc/passwd", os.O_RDONLY))


def generator():
    yield keep(os.open("/etc/passwd", os.O_RDONLY))


def delegating():
    yield from generator()


async def coroutine():
    await asyncio.sleep(0)
    keep(os.open("/etc/passwd", os.O_RDONLY))


async def async_generator():
    yield keep(os.open("/etc/passwd", os.O_RDONLY))


async def async_all():
    await asyncio.gather(coroutine(), coroutine())
    async for _ in async_generator():
        pass


def comprehension():
    return {n: keep(os.open("/etc/passwd", os.O_RDONLY)) for n in range(2)}


def executed():
    exec("def made():\n    keep(os.open('/etc/passwd', 0))\nmade()", globals())
    code = compile("\n\n\nkeep(os.open('/etc/passwd', 0))", "no file — at all\n", "exec")
    exec(code, globals())


CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)


def called_back():
    def compare(a, b):
        if not called_back.done:
            called_back.done = True
            keep(os.open("/etc/passwd", os.O_RDONLY))
        return 0
    numbers = (ctypes.c_int * 2)(2, 1)
    ctypes.CDLL(None).qsort(numbers, 2, 4, CALLBACK(compare))


called_back.done = False


class Attribute:
    def __getattr__(self, name):
        return keep(os.open("/etc/passwd", os.O_RDONLY))

    def __init__(self):
        self.kept = keep(os.open("/etc/passwd", os.O_RDONLY))

    def __del__(self):
        keep(os.open("/etc/passwd", os.O_RDONLY))


def traced():
    def tracer(frame, event, argument):
        return tracer
    sys.settrace(tracer)
    sys.setprofile(lambda *event: None)
    keep(os.open("/etc/passwd", os.O_RDONLY))
    sys.settrace(None)
    sys.setprofile(None)


def partial():
    functools.partial(functools.reduce, lambda a, b: keep(os.open("/etc/passwd", os.O_RDONLY)))([1, 2])


def in_a_thread():
    thread = threading.Thread(target=recursion, args=(50,))
    thread.start()
    thread.join()


def sub_interpreter():
    try:
        import _xxsubinterpreters as interpreters
    except ImportError:
        return
    made = interpreters.create()
    interpreters.run_string(made, "import os\nos.open('/etc/passwd', os.O_RDONLY)")
    interpreters.destroy(made)
    keep(os.open("/etc/passwd", os.O_RDONLY))


def été():
    keep(os.open("/etc/passwd", os.O_RDONLY))


def forked():
    pid = os.fork()
    if pid == 0:
        keep(os.open("/etc/passwd", os.O_RDONLY))
        os._exit(0)
    os.waitpid(pid, 0)


def at_exit():
    keep(os.open("/etc/passwd", os.O_RDONLY))


if __name__ == "__main__":
    sys.setrecursionlimit(20000)
    threading.stack_size(64 << 20)
    deep = threading.Thread(target=recursion, args=(10000,))
    deep.start()
    deep.join()
    list(delegating())
    asyncio.run(async_all())
    comprehension()
    executed()
    called_back()
    attribute = Attribute()
    attribute.missing
    del attribute
    traced()
    partial()
    in_a_thread()
    sub_interpreter()
    été()
    forked()
    atexit.register(at_exit)
    print("done")
