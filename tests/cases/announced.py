# What a case announces in its head, and whether a report says just that. The grammar stands in run, beside this file.
import os
import re
import shlex

FORMS = ("main", "thread", "constructor")
SEVERITY = {"open-at-end": "error", "double-close": "error", "unseen": "note", "running": "note",
            "passed-on": "warning"}
DIRECTIVES = {"hooks", "expect", "expect-nothing", "allow", "variant", "flags", "libraries", "plugin", "forms",
              "status", "end", "library-status", "env", "options", "ledger", "lost", "runs", "processes", "needs",
              "deadline"}


class Failure(Exception):
    """A reason, in lines, why a case does not pass."""


class Expectation:
    WORDS = {"in", "own", "stack", "detail", "not", "closed", "closed_first", "created", "processes", "severity",
             "state", "depth", "thread"}

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


class Case:
    def __init__(self, path):
        self.path = path
        self.name, self.extension = os.path.splitext(os.path.basename(path))
        self.hooks, self.expect, self.allow = [], [], []
        self.variants, self.plugins = {"": []}, {}
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
    if first["end"]["how"] != case.end:
        wrong.append(f"end of the process: {first['end']}")
    elif case.end == "exit" and first["end"].get("status") != watched_status:
        wrong.append(f"status in the report {first['end'].get('status')}, of the process {watched_status}")
    if case.processes is not None and len(report["processes"]) != case.processes:
        wrong.append(f"{len(report['processes'])} processes in the report: {[p['id'] for p in report['processes']]}")
    for process in report["processes"]:
        lost = {k: v for k, v in process.get("lost", {}).items() if v and k not in case.lost}
        if lost:
            wrong.append(f"lost: {lost}")
    return wrong
