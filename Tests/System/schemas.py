"""Checks messages against asyncapi.yaml, and asyncapi.yaml against itself (needs jsonschema and PyYAML).

    python3 schemas.py asyncapi.yaml                 every example, schema and reference of the file
    python3 schemas.py asyncapi.yaml --jsonl FILE    captured lines {"exchange": …, "requestType": …?, "event": {…}}

Errors name types, pointers and keywords, never a value, so that they may stand in a log.
"""
import functools, json, re, sys, yaml
from jsonschema import Draft202012Validator, exceptions, validators

# The contract's tables, sections 2 to 4, written out: what the file must name, and nothing beside it.
TYPES = {"contacts": """contact.created contact.updated contact.deleted webform.submitted mail.received
    engagement.recorded""".split(), "requests": """consent.show consent.check consent.find consent.report
    consent.record consent.resume consent.link consent.invite consent.history consent.proof consent.checkpoint
    consent.audit optin.show optin.set optin.import optin.invite optin.subscribe optin.leave optin.check vault.key vault.store vault.read vault.reveal
    vault.find vault.export vault.log vault.audit vault.proof vault.checkpoint erasure.request erasure.list
    erasure.execute erasure.extend erasure.hold
    erasure.release erasure.cancel erasure.certificate erasure.done access.part mail.send mail.campaign
    mail.show mail.progress dead.list dead.show dead.redrive dead.discard""".split(), "facts": """
    consent.pending consent.granted consent.revoked consent.expired processing.stopped processing.resumed optin.changed
    list.subscribed list.left vault.stored vault.cleared vault.locked vault.unlocked vault.revealed vault.refused
    erasure.requested erasure.ordered erasure.completed access.ordered access.completed mail.sent mail.suppressed
    mail.failed workflow.fired engagement.accepted ledger.checkpoint message.refused""".split()}
TYPES["replies"] = [type_ + ".reply" for type_ in TYPES["requests"]]

def _pattern(validator, pattern, instance, schema):
    # As ECMA 262 reads it: Python's `$` would also match before a line feed at the end.
    if validator.is_type(instance, "string") and not re.search(re.sub(r"\$\Z", r"\\Z", pattern), instance):
        yield exceptions.ValidationError("does not match")

_Validator = validators.extend(Draft202012Validator, {"pattern": _pattern})

def load(path):
    """Reads the file that `check_event` and `check_reply` check against."""
    global _file, _validators
    _file, _validators = yaml.safe_load(open(path, encoding="utf-8")), {}

def _texts(error):
    """An error as `pointer keyword`; of a choice, those of the branch that was meant (its constants fit)."""
    if error.validator in ("oneOf", "anyOf") and error.context:
        branches = [[c for c in error.context if c.schema_path[0] == n] for n in range(len(error.validator_value))]
        misfits = [any(c.validator in ("const", "enum", "type") and len(c.path) < 2 for c in b) for b in branches]
        _, _, branch = min((misfits[n], len(branch), n) for n, branch in enumerate(branches) if branch)
        return [text for cause in branches[branch] for text in _texts(cause)]
    names = [""]
    if error.validator == "required":
        names = ["/" + name for name in error.validator_value if error.message.startswith(repr(name))]
    elif error.validator == "unevaluatedProperties":
        names = ["/" + name for name in error.instance if name not in error.schema.get("properties", {})]
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.absolute_path)
    return [f"{pointer}{name} {error.validator}" for name in names]

def _check(pointer, instance):
    if pointer not in _validators:
        _validators[pointer] = _Validator({**_file, "$ref": "#" + pointer})
    return sorted({text for error in _validators[pointer].iter_errors(instance) for text in _texts(error)})

def check_event(kind, event):
    """Errors of an event on the exchange `contacts`, `requests` or `facts`; an empty list where it is right."""
    type_ = event.get("type") if isinstance(event, dict) else None
    known = isinstance(type_, str) and type_ in TYPES.get(kind, [])
    return _check(f"/components/messages/{type_}/payload/schema", event) if known else [f"/type is none of {kind}"]

def check_reply(request_type, event):
    """Errors of the reply to a request; an empty list where it is right."""
    known = request_type in TYPES["requests"]
    return _check(f"/components/messages/{request_type}.reply/payload/schema", event) if known else ["no such request"]

def _check_type(kind, type_):
    """A type stands in its channel, has its operation, and at least one example, each right."""
    channel, message = _file["channels"][kind], _file["components"]["messages"].get(type_, {"examples": []})
    operation = _file["operations"].get(type_.removesuffix(".reply"), {})
    place = operation.get("reply", {}) if kind == "replies" else operation
    refused = {example["payload"]["data"].get("status") == "error" for example in message["examples"]}
    errors = [text for wrong, text in (
        (channel["messages"].get(type_) != {"$ref": f"#/components/messages/{type_}"}, "not in the channel"),
        (kind != "replies" and type_ not in channel["parameters"]["type"]["enum"], "no routing key"),
        (place.get("messages") != [{"$ref": f"#/channels/{kind}/messages/{type_}"}], "no operation"),
        (operation.get("action") != ("send" if kind == "facts" else "receive"), "the operation goes the wrong way"),
        (refused != ({True, False} if kind == "replies" else {False}), "an example is missing")) if wrong]
    for example in message["examples"] if not errors else []:
        event, headers = example["payload"], example["headers"]
        found = check_reply(type_[:-6], event) if kind == "replies" else check_event(kind, event)
        for trait in (_file["components"]["messageTraits"][t["$ref"].split("/")[-1]] for t in message["traits"]):
            found += ["headers" + text for text in _check(trait["headers"]["$ref"][1:] + "/schema", headers)]
        found += [] if event.get("subject") == headers["partitionkey"] else ["headers/partitionkey"]
        errors += [f"example {example['name']}: {text}" for text in found]
    return [f"{type_}: {error}" for error in errors]

def _check_nodes(node, at=""):
    """Every schema is one of JSON Schema 2020-12 and says so, and every reference leads somewhere."""
    if re.fullmatch("/components/(schemas/[^/]+|messages/[^/]+/payload)", at):
        sound = _Validator(_Validator.META_SCHEMA).is_valid(node.get("schema"))
        yield from [] if sound and "2020-12" in node.get("schemaFormat", "") else [f"{at}: not of JSON Schema 2020-12"]
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        if key == "$ref" and isinstance(value, str):
            step = lambda target, part: target.get(part, {}) if isinstance(target, dict) else {}
            target = functools.reduce(step, value.removeprefix("#/").split("/"), _file)
            yield from [] if target else [f"{at}: refers to nothing"]
        yield from _check_nodes(value, f"{at}/{key}")

def _check_types():
    for kind, types in TYPES.items():
        yield from (f"{name}: not in the contract" for name in {*_file["channels"][kind]["messages"]} - {*types})
        yield from (error for type_ in types for error in _check_type(kind, type_))

def _check_lines(path):
    for number, line in enumerate(open(path, encoding="utf-8"), 1):
        capture = json.loads(line)
        exchange, request, event = capture.get("exchange"), capture.get("requestType"), capture["event"]
        named = request or (event.get("type") if isinstance(event, dict) else None)
        for error in check_reply(request, event) if request else check_event(exchange, event):
            yield f"line {number}, {'reply to' if request else exchange} {named}: {error}"

if __name__ == "__main__":
    if len(sys.argv) not in (2, 4) or sys.argv[2:3] not in ([], ["--jsonl"]):
        sys.exit(__doc__)
    load(sys.argv[1])
    check_file = lambda: list(_check_nodes(_file)) or list(_check_types())
    errors = list(_check_lines(sys.argv[3])) if len(sys.argv) == 4 else check_file()
    print("\n".join([*errors, f"{sys.argv[-1]}: {len(errors)} errors"]))
    sys.exit(bool(errors))
