"""A plugin for pytest that fails a test by name when it leaks:

    lifeguard check -- pytest -p lifeguard_pytest        (this file's folder in PYTHONPATH)

What counts is what liblifeguard.so has seen taken and not given back by the time the test's fixtures are torn down, what
Python itself warns of (ResourceWarning: an unclosed file, socket or event loop), and asyncio tasks that are still
pending. Fixtures of a wider scope are not the test's. --repeat-to-settle N runs each test N times, and only what the
last round leaks fails, so that what is made once on first use does not. No package is needed but pytest.
"""
import ctypes
import gc
import os
import sys
import time
import warnings

import pytest


class Library:
    """liblifeguard.so's functions, or their silence where it is not there."""

    def __init__(self):
        here = ctypes.CDLL(None)
        try:
            self.phase_, self.mark_ = here.lifeguard_phase, here.lifeguard_mark
            self.leaks_, self.describe_ = here.lifeguard_leaks_since, here.lifeguard_describe_since
        except AttributeError:
            self.phase_ = None
            return
        self.mark_.restype = ctypes.c_uint64
        self.leaks_.argtypes = [ctypes.c_uint64]
        self.describe_.argtypes = [ctypes.c_uint64, ctypes.c_char_p, ctypes.c_size_t]
        self.describe_.restype = ctypes.c_size_t

    def phase(self, name):
        if self.phase_:
            self.phase_(name.encode("utf-8", "replace"))

    def mark(self):
        return self.mark_() if self.phase_ else 0

    def leaks(self, mark):
        return self.leaks_(mark) if self.phase_ else 0

    def describe(self, mark):
        text = ctypes.create_string_buffer(4096)
        self.describe_(mark, text, len(text))
        return text.value.decode("utf-8", "replace")


library = Library()


class Watched:
    """One round of one test."""

    def __init__(self):
        gc.collect()
        self.mark, self.meant, self.warned, self.tasks = library.mark(), 0, [], set(pending_tasks())

    def left(self):
        gc.collect()
        count = library.leaks(self.mark) - self.meant
        deadline = time.monotonic() + 0.2
        while count > 0 and time.monotonic() < deadline:  # another thread may be about to give it back
            time.sleep(0.02)
            count = library.leaks(self.mark) - self.meant
        lines = library.describe(self.mark).splitlines() if count > 0 else []
        tasks = [f"asyncio task still pending: {task!r}" for task in pending_tasks() if task not in self.tasks]
        return lines + self.warned + tasks


def pending_tasks():
    asyncio = sys.modules.get("asyncio.tasks")
    if not asyncio:
        return []
    known = getattr(asyncio, "_scheduled_tasks", None) or getattr(asyncio, "_all_tasks", None)
    if known is None:
        known = [one for one in gc.get_objects() if isinstance(one, asyncio.Task)]
    return [task for task in list(known) if not task.done()]


def pytest_addoption(parser):
    parser.addoption("--repeat-to-settle", type=int, metavar="N", default=int(os.environ.get("LIFEGUARD_REPEAT") or 1),
                     help="run each test N times, and fail it only for what its last round leaks")


now = None  # the round that is under way


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    from _pytest.runner import runtestprotocol

    global now
    rounds = max(1, item.config.getoption("--repeat-to-settle"))
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for number in range(1, rounds + 1):
        item.lifeguard_last = number == rounds
        library.phase(item.nodeid + (f" [{number}/{rounds}]" if rounds > 1 else ""))
        now = Watched()
        # What is of a wider scope stays until the last round: it is what the next item would need as well.
        reports = runtestprotocol(item, nextitem=nextitem if number == rounds else item.parent, log=False)
        library.phase("")
        if number == rounds or any(report.failed for report in reports):
            for report in reports:
                item.ihook.pytest_runtest_logreport(report=report)
            break
        item._initrequest()
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef, request):
    before = library.leaks(now.mark) if now else 0
    yield
    if now and fixturedef.scope != "function":
        now.meant += library.leaks(now.mark) - before


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item):
    told, current = getattr(warnings, "_showwarnmsg_impl", None), now

    def note(message):
        if issubclass(message.category, ResourceWarning):
            current.warned.append(str(message.message))
        told(message)

    warnings.filterwarnings("always", category=ResourceWarning)
    if told:
        warnings._showwarnmsg_impl = note
    yield
    gc.collect()
    if told:
        warnings._showwarnmsg_impl = told


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item):
    left = now.left() if now and getattr(item, "lifeguard_last", True) else []
    if left:
        pytest.fail("lifeguard: left by this test\n" + "\n".join(left), pytrace=False)
