# What a case announces in its head, and whether a report says just that. The grammar stands in run, beside this file.
import os
import re
import shlex

FORMS = ("main", "thread", "constructor")
SEVERITY = {"open-at-end": "error", "double-close": "error", "unseen": "note", "running": "note", "zombie": "error",
            "orphan": "error", "unjoined": "error", "left-behind": "error", "passed-on": "warning"}
DIRECTIVES = {"hooks", "expect", "expect-nothing", "allow", "variant", "flags", "libraries", "plugin", "program", "forms",
              "status", "end", "library-status", "env", "options", "ledger", "lost", "runs", "processes", "process",
              "unwatched", "needs", "deadline"}


class Failure(Exception):
    """A reason, in lines, why a case does not pass."""


class Expectation:
    WORDS = {"in", "own", "stack", "detail", "not", "closed", "closed_first", "created", "processes", "severity",
             "state", "depth", "thread", "bytes", "image"}

    def __init__(self, text):
        words = shlex.split(text)
        if len(words) < 5 or len(words) % 2 == 0:
            raise Failure(f"cannot read `expect: {text}`")
        self.text = text
        self.cls, self.kind, self.count = words[0], words[1], int(words[2])
        self.details, self.say = [], {}
        for word, value in zip(words[3::2], words[4::2]):
            if word not in self.WORDS or (word in self.say and word != "detail"):
                raise Failure(f"`{word}` is no word of `expect: {text}`")
            if word == "detail":
                self.details.append(value)
            else:
                self.say[word] = value

    def mismatch(self, finding, report):
        """None, or the first thing in which the finding is not the one announced."""
        others = dict(finding.get("other_sites", {}), created=finding.get("site", {}))
        frames = others.get("closed" if finding["class"] == "double-close" else "created", {}).get("frames", [])
        say = self.say
        for name, want, got in (("class", self.cls, finding["class"]), ("kind", self.kind, finding["kind"]),
                                ("count", self.count, finding["count"]),
                                ("severity", say.get("severity", SEVERITY.get(self.cls)), finding["severity"])):
            if want != got:
                return f"{name} is {got}"
        resources = finding.get("resources", [])
        if "in" in say and say["in"] != "-" and function(frames) != say["in"]:
            return f"its innermost frame is {function(frames)}"
        if say.get("in") == "-" and frames:
            return f"it has a stack, in {function(frames)}"
        if "own" in say and function([f for f in frames if f.get("own")]) != say["own"]:
            return f"its innermost own frame is {function([f for f in frames if f.get('own')])}"
        if "stack" in say and not follows(say["stack"].split(","), [plain(f.get("function")) for f in frames]):
            return f"its stack is {names(frames)}"
        if "depth" in say and len(frames) != int(say["depth"]):
            return f"it has {len(frames)} frames"
        for word in ("closed", "closed_first", "created"):
            if word in say:
                site = others.get(word, {})
                if function(site.get("frames", [])) != say[word]:
                    return f"{word} is {function(site.get('frames', []))}"
        if "processes" in say and len(finding["processes"]) != int(say["processes"]):
            return f"processes are {finding['processes']}"
        if "image" in say and any(p.split(".")[1] != say["image"] for p in finding["processes"]):
            return f"processes are {finding['processes']}"
        if "bytes" in say and any(r.get("bytes", 0) < int(say["bytes"]) for r in resources):
            return f"bytes are {[r.get('bytes') for r in resources]}"
        if "state" in say and any(r.get("state") != say["state"] for r in resources):
            return f"states are {[r.get('state') for r in resources]}"
        if "thread" in say:
            pids = {p["id"]: p["pid"] for p in report["processes"]}
            pid = pids[finding["processes"][0]]
            if any((r["thread"] == pid) != (say["thread"] == "main") for r in resources):
                return f"threads are {[r['thread'] for r in resources]} of process {pid}"
        if len(resources) != self.count:
            return f"it lists {len(resources)} resources"
        if self.details or "not" in say:
            used = set()
            for resource in resources:
                text = resource.get("detail") or ""
                if "not" in say and matches(say["not"], text):
                    return f"a detail is {text!r}"
                found = [p for p in self.details if matches(p, text)]
                if self.details and not found:
                    return f"a detail is {text!r}"
                used.update([p for p in found if p not in used][:1])
            if used != set(self.details):
                return f"details are {[r.get('detail') for r in resources]}"
        return None


def matches(pattern, detail):
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), detail, re.S)


def plain(name):
    """A function's name without its parameters."""
    return re.sub(r"\(.*\)( const)?$", "", name or "?")


def function(frames):
    return plain(frames[0].get("function")) if frames else "-"


def names(frames):
    return " < ".join(plain(f.get("function")) + ("" if f.get("own") else "*") for f in frames) or "-"


def follows(want, have):
    for begin in range(len(have) + 1):
        at, ok, loose = begin, True, False
        for name in want:
            if name == "~":
                loose = True
                continue
            if loose:
                while at < len(have) and have[at] != name:
                    at += 1
            if at >= len(have) or have[at] != name:
                ok = False
                break
            at, loose = at + 1, False
        if ok:
            return True
    return False


class Image:
    """A process image of the report, as `process:` announces it."""

    def __init__(self, text):
        words = text.split()
        if len(words) < 3 or len(words) % 2 == 0:
            raise Failure(f"cannot read `process: {text}`")
        self.text, self.program, self.image, self.how = text, words[0], int(words[1]), words[2]
        self.say = dict(zip(words[3::2], words[4::2]))
        if set(self.say) - {"status", "parent"}:
            raise Failure(f"cannot read `process: {text}`")

    def is_it(self, process, form, processes):
        end = process["end"]
        parents = {p["pid"]: name_of(p) for p in processes}
        return (name_of(process) == self.program.replace("FORM", form) and process["image"] == self.image and
                end["how"] == self.how and self.say.get("status", str(end.get("status"))) == str(end.get("status")) and
                self.say.get("parent", "*").replace("FORM", form) in ("*", parents.get(process["ppid"], "-")))


def name_of(process):
    return os.path.basename(process["exe"] or "?")


class Case:
    def __init__(self, path):
        self.path = path
        self.name, self.extension = os.path.splitext(os.path.basename(path))
        self.hooks, self.expect, self.allow = [], [], []
        self.variants, self.plugins, self.programs, self.images, self.unwatched = {"": []}, {}, {}, [], []
        self.flags, self.libraries, self.env, self.options = [], [], {}, []
        self.forms, self.status, self.library_status, self.end = FORMS, 0, None, "exit"
        self.ledger, self.lost, self.runs, self.processes, self.needs, self.deadline = "some", [], "one", None, [], 30
        nothing = False
        with open(path) as file:
            for line in file:
                if not line.startswith("//"):
                    break
                match = re.match(r"// ([a-z][a-z-]*)(?:[ @]([\w-]+))?(?::\s*(.*?))?\s*$", line)
                if not match or (":" not in line and match[1] not in ("expect-nothing",)) or \
                        (match[3] is None and match[1] != "expect-nothing"):
                    continue
                word, argument, rest = match.groups()
                if word not in DIRECTIVES:
                    if argument is None:
                        raise Failure(f"{path}: `{word}:` is no directive")
                    continue
                if word == "expect":
                    self.expect.append((argument, Expectation(rest)))
                elif word == "expect-nothing":
                    nothing = True
                else:
                    self.directive(word, argument, rest)
        if nothing == bool(self.expect) and self.ledger == "some":
            raise Failure(f"{path}: either expect: or expect-nothing")
        if self.library_status is None:
            self.library_status = self.status

    def directive(self, word, argument, rest):
        words = shlex.split(rest)
        if word == "hooks":
            self.hooks += words
        elif word == "allow":
            self.allow.append(words)
        elif word == "variant":
            self.variants[argument] = words
        elif word == "plugin":
            self.plugins[argument] = words
        elif word == "program":
            self.programs[argument] = words
        elif word == "process":
            self.images.append((argument, Image(rest)))
        elif word == "unwatched":
            self.unwatched.append((argument, rest.split(None, 1)))
        elif word == "env":
            self.env.update(w.split("=", 1) for w in words)
        elif word in ("status", "library-status", "deadline", "processes"):
            setattr(self, word.replace("-", "_"), int(rest))
        elif word in ("end", "ledger", "runs"):
            setattr(self, word, rest)
        else:
            setattr(self, word, words)


def compare(case, form, variant, report, watched_status):
    wrong = []
    expected = [e for where, e in case.expect if where in (None, form, variant)]
    found = []
    for finding in report["findings"]:
        if finding["class"] == "inherited" or any(
                finding["class"] == a[0] and (len(a) == 1 or finding["kind"] == a[1]) for a in case.allow):
            continue
        found.append(finding)
    left = list(found)
    missing = []
    for expectation in expected:
        match = next((f for f in left if expectation.mismatch(f, report) is None), None)
        if match is None:
            missing.append(expectation)
        else:
            left.remove(match)
    for expectation in missing:
        why = [f"{expectation.mismatch(f, report)}" for f in left
               if (f["class"], f["kind"]) == (expectation.cls, expectation.kind)]
        wrong.append(f"announced, not reported: {expectation.text}" + (f" ({'; '.join(why)})" if why else ""))
    for f in left:
        others = "".join(f", {n} {names(s.get('frames', []))}" for n, s in f.get("other_sites", {}).items())
        details = ", ".join(str(r.get("detail")) + ("" if "state" not in r else f" [{r['state']}]")
                            for r in f.get("resources", [])[:4])
        wrong.append(f"reported, not announced: {f['severity']} {f['class']} {f['kind']} {f['count']} in "
                     f"{names(f.get('site', {}).get('frames', []))}{others} ({details}) of {f['processes']}")
    if not report["processes"]:
        return wrong + ["the report has no process"]
    first = report["processes"][0]
    last = max((p for p in report["processes"] if p["pid"] == first["pid"]), key=lambda p: p["image"])
    if first["end"]["how"] != case.end:
        wrong.append(f"end of the process: {first['end']}")
    elif last["end"]["how"] == "exit" and last["end"].get("status") != watched_status:
        wrong.append(f"status in the report {last['end'].get('status')}, of the process {watched_status}")
    if case.processes is not None and len(report["processes"]) != case.processes:
        wrong.append(f"{len(report['processes'])} processes in the report: {[p['id'] for p in report['processes']]}")
    wrong += compare_tree(case, form, variant, report["processes"])
    wrong += compare_unwatched([u for where, u in case.unwatched if where in (None, form, variant)],
                               report["unwatched"])
    for process in report["processes"]:
        lost = {k: v for k, v in process.get("lost", {}).items() if v and k not in case.lost}
        if lost:
            wrong.append(f"lost: {lost}")
    return wrong


def compare_tree(case, form, variant, processes):
    announced = [i for where, i in case.images if where in (None, form, variant)]
    if not announced:
        return []
    left, wrong = list(processes), []
    for image in announced:
        match = next((p for p in left if image.is_it(p, form, processes)), None)
        if match is None:
            wrong.append(f"no such process in the report: {image.text}")
        else:
            left.remove(match)
    if wrong or left:
        wrong += [f"process of the report: {name_of(p)} {p['id']} of {p['ppid']} {p['end']}" for p in processes]
    return wrong


def compare_unwatched(announced, reported):
    left, wrong = list(reported), []
    for program, why in announced:
        match = next((u for u in left if os.path.basename(u["exe"]) == program and u["why"] == why), None)
        if match is None:
            wrong.append(f"not among the unwatched: {program} ({why})")
        else:
            left.remove(match)
    return wrong + [f"unwatched, not announced: {u}" for u in left]
