# For the tests of formats: reports to render (of a leaky program, of nothing, and one full of hostile names), and a
# checker for each format that knows what its readers demand.
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ElementTree

from real import SCRATCH, TOOL, check, plain

HOSTILE = ("\x1b]0;owned\x07\n<script>alert(1)</script>\r\t\"'`$(id)::error file=x::boo%0A%25\u202e|*_[x](y)@everyone" +
           "]]>&amp;```\ufffe" + "A" * 4096)


def frame(function, file, line):
    return {"function": function, "file": file, "line": line, "module": "/opt/app/server", "build_id": "abcd",
            "offset": 4660, "own": True, "language": "c++"}


def finding(name, severity, fingerprint, text, **more):
    stack = {"frames": [frame(text, text if text == HOSTILE else os.path.join(SCRATCH, "tree", "src", "a b%.cpp"), 7),
                        frame("main", "/elsewhere/main.cpp", 3)]}
    one = {"class": name, "severity": severity, "kind": "file", "count": 2, "max_per_process": 2,
           "fingerprint": fingerprint, "remedy": "close it", "reason": text, "processes": ["42.1"], "site": stack,
           "resources": [{"id": 3 + n, "detail": text, "born": "2026-01-01T00:00:01Z", "thread": 42, "state": "live",
                          "process": "42.1"} for n in range(2)]}
    if name == "double-close":
        one["other_sites"] = {"closed": stack, "closed_first": stack}
    one.update(more)
    return one


def saved(findings, text, phases=()):
    process = {"id": "42.1", "pid": 42, "ppid": 1, "image": 1, "start": "2026-01-01T00:00:00Z", "exe": text,
               "command": [text], "end": {"how": "exit", "status": 0}, "lost": {}}
    if phases:
        process["phases"] = list(phases)
    report = {"schema": "lifeguard-report/1", "lifeguard": "0", "processes": [process], "unwatched": [],
              "run": {"id": text, "host": text, "command": [text], "started": "2026-01-01T00:00:00Z",
                      "ended": "2026-01-01T00:20:34.500Z", "labels": {text: text}, "troubles": []},
              "findings": findings, "totals": {"error": 0, "warning": 0, "note": 0, "suppressed": 0}}
    path = os.path.join(SCRATCH, "saved.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(report, file)
    return path


def everything(text):
    """A finding of every class, in every state."""
    names = ["open-at-end", "double-close", "zombie", "orphan", "unjoined", "left-behind", "passed-on", "running",
             "unseen", "inherited"]
    findings = [finding(name, ("error", "warning", "note")[n % 3], f"{n:016x}", text) for n, name in enumerate(names)]
    findings += [finding("open-at-end", "error", f"{n:016x}", text, baseline=state)
                 for n, state in ((100, "known"), (101, "new"), (102, "grown"))]
    findings += [finding("open-at-end", "error", f"{103:016x}", text, suppressed_by=f"{text}:3", suppressed_why=text)]
    findings += [finding("open-at-end", "error", f"{104:016x}", text, site={"frames": []}),
                 finding("open-at-end", "error", f"{101:016x}", text)]
    for one in findings[-2:]:
        one["resources"][0]["phase"] = text
    return findings


def many(count):
    return [finding("open-at-end", "error", f"{n:016x}", f"function_{n}", **({"baseline": "new"} if n >= count - 3 else {}))
            for n in range(count)]


def tree():
    """A repository to be in."""
    folder = os.path.join(SCRATCH, "tree")
    os.makedirs(os.path.join(folder, ".git"), exist_ok=True)
    os.makedirs(os.path.join(folder, "src"), exist_ok=True)
    return folder


def rendered(form, path, *options, env=None):
    done = subprocess.run([TOOL, "report", path, "--format", form, *options], capture_output=True, cwd=tree(), timeout=60,
                          env=env or plain())
    check(done.returncode == 0, f"{form}: status {done.returncode}: {done.stderr.decode(errors='replace')}")
    try:
        return done.stdout.decode("utf-8")
    except UnicodeDecodeError as wrong:
        check(False, f"{form} is no UTF-8: {wrong}")


def no_control(text, form):
    wrong = re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2028\u2029]", text)
    check(not wrong, f"{form}: a control character {wrong and wrong[0]!r} at {wrong and text[max(0, wrong.start() - 40):wrong.end()]!r}")


# JUnit: what Jenkins' schema lets stand where. Element -> (attributes that must be there, that may, elements inside).
JUNIT = {
    "testsuites": ((), ("name", "time", "tests", "failures", "errors"), ("testsuite",)),
    "testsuite": (("name", "tests", "failures", "errors"),
                  ("group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"),
                  ("testsuite", "properties", "testcase", "system-out", "system-err")),
    "properties": ((), (), ("property",)),
    "property": (("name", "value"), (), ()),
    "testcase": (("name",), ("time", "classname", "group"), ("skipped", "error", "failure", "system-out", "system-err")),
    "skipped": ((), ("type", "message"), ()), "error": ((), ("type", "message"), ()),
    "failure": ((), ("type", "message"), ()), "system-out": ((), (), ()), "system-err": ((), (), ()),
}


def check_junit(text):
    root = ElementTree.fromstring(text)
    check(root.tag in ("testsuites", "testsuite"), f"junit: the root is {root.tag}")
    names = set()

    def walk(element):
        check(element.tag in JUNIT, f"junit: there is no element {element.tag}")
        must, may, inside = JUNIT[element.tag]
        for name in must:
            check(name in element.attrib, f"junit: {element.tag} without {name}")
        for name in element.attrib:
            check(name in must or name in may, f"junit: {element.tag} has no attribute {name}")
        if "time" in element.attrib:
            check(re.fullmatch(r"[0-9]*(\.[0-9]*)?", element.attrib["time"]), f"junit: time {element.attrib['time']}")
        for child in element:
            check(child.tag in inside, f"junit: {child.tag} in {element.tag}")
            walk(child)
        if element.tag in ("testsuites", "testsuite", "properties", "testcase"):
            check(not (element.text or "").strip(), f"junit: text in {element.tag}")
        if element.tag == "testcase":
            name = (element.attrib.get("classname"), element.attrib["name"])
            check(name not in names, f"junit: two test cases {name}")
            names.add(name)

    walk(root)
    for suite in root.iter("testsuite"):
        cases = list(suite.iter("testcase"))
        failed = [case for case in cases if case.find("failure") is not None]
        skipped = [case for case in cases if case.find("skipped") is not None]
        check(int(suite.attrib["tests"]) == len(cases), f"junit: {suite.attrib['tests']} tests, {len(cases)} are there")
        check(int(suite.attrib["failures"]) == len(failed), f"junit: {suite.attrib['failures']} failures, not {len(failed)}")
        check(int(suite.attrib.get("skipped", 0)) == len(skipped), "junit: skipped do not add up")
    return root


def check_gitlab(text):
    remarks = json.loads(text)
    check(isinstance(remarks, list), "gitlab: no array")
    used = set()
    for one in remarks:
        for key in ("description", "check_name", "fingerprint"):
            check(isinstance(one.get(key), str) and one[key], f"gitlab: {key} is {one.get(key)!r}")
        check(one["severity"] in ("info", "minor", "major", "critical", "blocker"), f"gitlab: {one['severity']}")
        path, begin = one["location"]["path"], one["location"]["lines"]["begin"]
        check(isinstance(path, str) and path and not path.startswith("./"), f"gitlab: path {path!r}")
        check(isinstance(begin, int) and begin >= 1, f"gitlab: line {begin!r}")
        check(one["fingerprint"] not in used, f"gitlab: {one['fingerprint']} stands twice")
        used.add(one["fingerprint"])
    return remarks


def unescape(text, property=False):
    if property:
        text = text.replace("%3A", ":").replace("%2C", ",")
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def check_github(text):
    """As the runner reads a log: what begins with :: is a command."""
    commands = []
    for line in text.splitlines():
        if not line.startswith("::"):
            check("::" not in line.split(" ")[0], f"github: a line that looks like a command: {line[:80]}")
            continue
        match = re.fullmatch(r"::(error|warning|notice) (.*?)::(.*)", line)
        check(match, f"github: no such command: {line[:80]}")
        properties = {}
        for part in match[2].split(","):
            name, equals, value = part.partition("=")
            check(equals and name in ("file", "line", "title", "col", "endLine", "endColumn"), f"github: property {part[:80]!r}")
            check(name not in properties, f"github: {name} twice")
            check(not re.search(r"[:\r\n]|%(?!25|0A|0D|3A|2C)", value), f"github: {name} is not escaped: {value[:80]!r}")
            properties[name] = unescape(value, True)
        check(not re.search(r"%(?!25|0A|0D)", match[3]), f"github: the message is not escaped: {match[3][:80]!r}")
        check("line" not in properties or properties["line"].isdigit(), f"github: line {properties.get('line')}")
        commands.append((match[1], properties, unescape(match[3])))
    for kind in ("error", "warning", "notice"):
        check(sum(c[0] == kind for c in commands) <= 10, f"github: more than ten of {kind}")
    return commands


# SARIF: the parts of the standard that our logs use, as sets of what may stand where; the official schema is asked as
# well where it can be had (see official_schema).
SARIF = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"results", "invocations", "automationDetails", "columnKind", "originalUriBaseIds"}),
    "driver": ({"name"}, {"version", "semanticVersion", "rules", "informationUri"}),
    "rule": ({"id"}, {"name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"}),
    "result": ({"message"}, {"ruleId", "ruleIndex", "level", "locations", "codeFlows", "stacks", "relatedLocations",
                             "partialFingerprints", "baselineState", "suppressions", "occurrenceCount", "properties"}),
    "location": (set(), {"physicalLocation", "logicalLocations", "message", "id"}),
}


def keys(value, what):
    must, may = SARIF[what]
    check(isinstance(value, dict) and must <= set(value) <= must | may, f"sarif: a {what} with {sorted(value)}")


def check_sarif(text):
    log = json.loads(text)
    keys(log, "log")
    check(log["version"] == "2.1.0", f"sarif: version {log['version']}")
    for run in log["runs"]:
        keys(run, "run")
        driver = run["tool"]["driver"]
        keys(driver, "driver")
        rules = [rule["id"] for rule in driver["rules"]]
        check(len(set(rules)) == len(rules), "sarif: two rules of one id")
        for rule in driver["rules"]:
            keys(rule, "rule")
            check(rule["help"]["text"] and rule["fullDescription"]["text"], f"sarif: {rule['id']} has no words")
        for result in run["results"]:
            keys(result, "result")
            check(result["message"]["text"], "sarif: no message")
            check(result["level"] in ("none", "note", "warning", "error"), f"sarif: level {result['level']}")
            check(rules[result["ruleIndex"]] == result["ruleId"], f"sarif: {result['ruleId']} is not rule {result['ruleIndex']}")
            check(result.get("baselineState", "new") in ("new", "unchanged", "updated", "absent"), "sarif: baselineState")
            check(re.fullmatch(r"[0-9a-f]{16}:1", result["partialFingerprints"]["primaryLocationLineHash"]), "sarif: hash")
            places = list(result["locations"]) + result.get("relatedLocations", [])
            for flow in result.get("codeFlows", []):
                for thread in flow["threadFlows"]:
                    check(thread["locations"], "sarif: an empty thread flow")
                    places += [one["location"] for one in thread["locations"]]
            for stack in result["stacks"]:
                places += [one["location"] for one in stack["frames"]]
            for place in places:
                keys(place, "location")
                artifact = place.get("physicalLocation", {}).get("artifactLocation", {})
                if "uri" in artifact:
                    check(re.fullmatch(r"([A-Za-z0-9\-._~/!$'()*+,;=@]|%[0-9A-F]{2})*", artifact["uri"].removeprefix("file://")),
                          f"sarif: uri {artifact['uri'][:80]!r}")
                check(place.get("physicalLocation", {}).get("region", {"startLine": 1})["startLine"] >= 1, "sarif: line")
    return log


def official_schema():
    """The standard's own schema, out of an npm package; None where it cannot be had."""
    folder = os.path.join(os.environ["BUILD"], "npm")
    package, name = "@microsoft/jest-sarif@1.0.0-beta.0", "package/lib/schemas/sarif-2.1.0-rtm.5.json"
    archive = os.path.join(folder, "microsoft-jest-sarif-1.0.0-beta.0.tgz")
    if not os.path.exists(archive):
        os.makedirs(folder, exist_ok=True)
        try:
            subprocess.run(["npm", "pack", "--silent", package], cwd=folder, capture_output=True, timeout=60)
        except (OSError, subprocess.TimeoutExpired):
            return None
    if not os.path.exists(archive):
        return None
    path = os.path.join(folder, "sarif-schema.json")
    with open(path, "wb") as file:
        file.write(subprocess.run(["tar", "xzOf", archive, name], capture_output=True, check=True).stdout)
    return path


VALIDATE = """
import json, sys, jsonschema
with open(sys.argv[1]) as schema, open(sys.argv[2]) as log:
    schema, log = json.load(schema), json.load(log)
for wrong in list(jsonschema.validators.validator_for(schema)(schema).iter_errors(log))[:5]:
    print("/".join(map(str, wrong.absolute_path)), wrong.message[:300])
"""


def against_official(text):
    """False: neither schema nor validator is here."""
    schema = official_schema()
    path = os.path.join(SCRATCH, "log.sarif")
    with open(path, "w") as file:
        file.write(text)
    if not schema:
        return False
    done = subprocess.run(["/usr/bin/python3", "-c", VALIDATE, schema, path], capture_output=True, text=True)
    if "No module named 'jsonschema'" in done.stderr:
        return False
    check(done.returncode == 0 and not done.stdout, "sarif, by the standard's schema: " + done.stdout + done.stderr[-2000:])
    return True
