# For the tests of the sample project (tests/real/sample): its builds, what is planted in it, and what was found.
import concurrent.futures

from real import *

SOURCE = os.path.join(HERE, "sample")
FILES = ["leaks.cpp", "pool.cpp", "pool.h"]


def build(name, flags="-g -O1", compiler="g++", line_above=False):
    """A build of a copy of the project, in a folder of its own."""
    source, folder = os.path.join(SCRATCH, name, "src"), os.path.join(SCRATCH, name, "build")
    os.makedirs(source)
    for file in FILES + ["CMakeLists.txt"]:
        with open(os.path.join(SOURCE, file)) as text:
            content = text.read()
        if line_above and file != "CMakeLists.txt":
            content = "// one more\n" + content
        with open(os.path.join(source, file), "w") as copy:
            copy.write(content)
    if name == "first":
        for step in (["cmake", "-S", source, "-B", folder, "-DCMAKE_CXX_COMPILER=" + compiler, "-DCMAKE_CXX_FLAGS=" + flags],
                     ["cmake", "--build", folder, "-j", "2"]):
            done = run(step, plain(), timeout=200)
            check(done.returncode == 0, done.stdout + done.stderr)
        return folder
    # The same as CMake does, without its checks of the compiler.
    os.makedirs(folder)
    done = run([compiler, "-std=gnu++17", *flags.split(), os.path.join(source, "leaks.cpp"),
                os.path.join(source, "pool.cpp"), "-o", os.path.join(folder, "leaks"), "-pthread", "-lrt"], plain(), timeout=200)
    check(done.returncode == 0, done.stderr)
    return folder


def expected():
    """(class, kind, file, line) of each mark."""
    marks = []
    for file in FILES:
        with open(os.path.join(SOURCE, file)) as text:
            for number, line in enumerate(text, 1):
                if match := re.search(r"// LEAK (\w+) ([a-z-]+) (\w+)$", line):
                    marks.append((match[2], match[3], file, number))
    return marks


def found(report):
    """The same, of a saved report's errors and warnings."""
    told = []
    with open(report) as file:
        for one in json.load(file)["findings"]:
            if one["severity"] == "note":
                continue
            site = one.get("other_sites", {}).get("closed", one["site"])
            frame = next((f for f in site["frames"] if f["own"]), {"file": "?", "line": 0})
            if os.path.basename(frame["file"] or "?") not in FILES:
                continue  # CTest's own
            told.append((one["class"], one["kind"], os.path.basename(frame["file"] or "?"), frame["line"]))
    return told


def cases():
    with open(os.path.join(SOURCE, "leaks.cpp")) as text:
        return re.findall(r"^CASE\((\w+)\)", text.read(), re.M)


def clean_up(folders):
    """What the sample leaves on disk and in the kernel goes with the test."""
    for folder in (one for one in folders if not os.path.basename(one).startswith(".")):
        done = run([TOOL, "cleanup", "--yes", folder], plain())
        check(done.returncode == 0, done.stdout + done.stderr)


def fingerprints(folder):
    """Case -> the fingerprints of its errors and warnings."""
    slow = ("child_not_waited_for", "child_left_running", "thread_not_joined")

    def one(name):
        store = os.path.join(folder, "store-" + name)
        done = run([os.path.join(folder, "leaks"), name], watched("report=none", store))
        check(done.returncode == 0, f"{name}: {done.stderr}")
        told = sorted(f["fingerprint"] for r in runs(store) for f in report(r)["findings"] if f["severity"] != "note")
        clean_up(runs(store))
        return told

    names = [name for name in cases() if name not in slow]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(one, names)))
