# Compares a JSON value with a JSON Schema: the part of the language that the project's own schema uses. A keyword that
# is not known here is refused, so that nothing in the schema goes unchecked.
import re

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int,
         "number": (int, float)}
SILENT = {"$schema", "$id", "title", "description", "$defs", "then", "else"}


def is_type(value, name):
    return isinstance(value, TYPES[name]) and (name in ("boolean",) or not isinstance(value, bool))


def mismatches(value, schema, root=None, at="$"):
    """Every place where value is not what the schema says."""
    root = root or schema
    if schema is False:
        return [f"{at}: may not be there"]
    found = []
    for word, want in ({} if schema is True else schema).items():
        if word in SILENT:
            continue
        if word == "$ref":
            target = root
            for step in want.removeprefix("#/").split("/"):
                target = target[step]
            found += mismatches(value, target, root, at)
        elif word == "type":
            if not any(is_type(value, name) for name in ([want] if isinstance(want, str) else want)):
                found.append(f"{at}: {value!r} is no {want}")
        elif word == "const":
            found += [f"{at}: {value!r} is not {want!r}"] * (value != want)
        elif word == "enum":
            found += [f"{at}: {value!r} is none of {want}"] * (value not in want)
        elif word == "pattern":
            found += [f"{at}: {value!r} is not like {want}"] * (isinstance(value, str) and not re.search(want, value))
        elif word in ("minimum", "minLength", "minItems"):
            kind = {"minimum": (int, float), "minLength": str, "minItems": list}[word]
            if isinstance(value, kind):
                found += [f"{at}: less than {word} {want}"] * ((value if word == "minimum" else len(value)) < want)
        elif word == "required":
            found += [f"{at}: no {key}" for key in want if isinstance(value, dict) and key not in value]
        elif word == "properties":
            for key, inner in want.items():
                if isinstance(value, dict) and key in value:
                    found += mismatches(value[key], inner, root, f"{at}.{key}")
        elif word == "additionalProperties":
            for key in value if isinstance(value, dict) else ():
                if key not in schema.get("properties", {}):
                    found += mismatches(value[key], want, root, f"{at}.{key}")
        elif word == "items":
            for number, item in enumerate(value if isinstance(value, list) else ()):
                found += mismatches(item, want, root, f"{at}[{number}]")
        elif word == "anyOf":
            found += [f"{at}: {value!r} is none of what it may be"] * all(mismatches(value, s, root, at) for s in want)
        elif word == "if":
            branch = schema.get("else" if mismatches(value, want, root, at) else "then", True)
            found += mismatches(value, branch, root, at)
        else:
            found.append(f"{at}: the schema's keyword {word} is not known to schema.py")
    return found


def wrong_with(report, schema):
    """What is wrong with a report, by the schema and by its own sums."""
    wrong = mismatches(report, schema)
    if wrong:
        return ["against the schema: " + line for line in wrong[:10]]
    ids = {process["id"] for process in report["processes"]}
    for severity in ("error", "warning", "note"):
        count = sum(f["severity"] == severity and "suppressed_by" not in f and f.get("baseline") != "known"
                    for f in report["findings"])
        if count != report["totals"][severity]:
            wrong.append(f"totals say {report['totals'][severity]} of {severity}, and there are {count}")
    for finding in report["findings"]:
        if not set(finding["processes"]) <= ids:
            wrong.append(f"a finding is of {finding['processes']}, and the processes are {sorted(ids)}")
        if finding["max_per_process"] > finding["count"] or len(set(finding["processes"])) != len(finding["processes"]):
            wrong.append(f"{finding['class']}: {finding['count']} in all, {finding['max_per_process']} in one process")
    return wrong
