"""Makes wrong messages out of a right one, the same ones for the same seed: nothing of them may stop a service.

    for description, body, overrides in mutations(event, seed, count): publish(body, {**properties, **overrides})

`properties` are those of the right message: `routing_key` (its type), `user_id`, `content_type`, `message_id`,
`headers` ({"partitionkey": its subject}), …; an override of `None` leaves the property out, and `headers` replaces all
headers. A foreign `user_id` is refused by the broker itself, which closes the channel. Some mutations are harmless (an
optional member dropped, an unknown one added): what is to be seen is that each is answered, dead-lettered or taken.
"""
import copy, json, random

RAW = "@raw@"  # stands in the event for bytes that no JSON writer would write
DROPPED = object()
MESSAGE_LIMIT = 256 * 1024  # contract section 1
VALUE_LIMIT = 4096  # contract section 3


def _paths(node, path=()):
    """Where there is something to change: every member and element, the outermost first."""
    entries = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    below = []
    for key, value in entries:
        yield path + (key,)
        below.append((value, path + (key,)))
    for value, place in below:
        yield from _paths(value, place)


def _put(event, path, value):
    """A copy of the event with another value at `path`, or none."""
    parent = event = copy.deepcopy(event)
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = value
    if value is DROPPED:
        del parent[path[-1]]
    return event


def _bytes(event, raw=b""):
    body = json.dumps(event, separators=(",", ":"), ensure_ascii=False).encode()
    return body.replace(json.dumps(RAW).encode(), raw, 1) if raw else body


def _values(rng):
    """What is put in the place of a value: name → bytes, as they stand in the body."""
    return {
        "null": b"null",
        "another type": rng.choice([b"true", b"17", b'"seventeen"', b"[]", b"{}", b"1.5", b"-1"]),
        "an array instead": b'["a","b"]',
        "an empty string": b'""',
        "a string over the value's limit": b'"%s"' % (b"x" * (VALUE_LIMIT + 1 + rng.randrange(64))),
        "a string over the message's limit": b'"%s"' % (b"y" * (MESSAGE_LIMIT + 1 + rng.randrange(64))),
        "4-byte characters at the limit": b'"%s"' % ("\U0001f600".encode() * (VALUE_LIMIT // 4 + 1)),
        "a NUL escape": b'"a\\u0000b"',
        "a lone surrogate escape": b'"a\\ud800b"',
        "a control character": b'"a\nb"',
        "a line break escape": b'"a\\r\\nBcc: b"',
        "bad UTF-8": b'"a%sb"' % rng.choice([b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\xe2\x82", b"\xf5\x80\x80"]),
        "a bad escape": rng.choice([b'"\\x41"', b'"\\u12"', b'"\\"']),
        "a huge number": rng.choice([b"1e400", b"-1e400", b"9" * 400, b"18446744073709551616", b"1e-400"]),
        "no number of JSON": rng.choice([b"NaN", b"Infinity", b"01", b"+1", b".5", b"1.", b"0x10"]),
        "deep arrays": b"[" * (depth := rng.choice([33, 1_000, 50_000])) + b"]" * depth,
        "deep objects": b'{"a":' * (depth := rng.choice([33, 1_000, 30_000])) + b"0" + b"}" * depth,
        "arrays that never end": b"[" * rng.choice([1_000, 100_000]),
        "SQL in a string": b'"\'; DROP TABLE contact; --"',
        "a template in a string": b'"{{email}}{{{email}}}<script>"',
    }


def _envelopes(event, rng):
    """What is wrong with the message as a whole: name → body, overrides."""
    body, subject = _bytes(event), event.get("subject", "")
    other = "c-%d" % rng.randrange(10**6, 10**7)
    member = rng.choice(list(event))
    double = json.dumps({member: rng.choice([None, 17, "other", event[member]])}).encode()
    bad_subject = rng.choice(["a b", "ä", "a/b", "a\u0000", "x" * 129, "", "*", "#", "a\n"])
    bad_id = rng.choice(["not-a-uuid", "", "0193582a", "{%s}" % event.get("id"), "0" * 36])
    return {
        "a duplicate member": (double[:-1] + b"," + body[1:], {}),
        "truncated": (body[: rng.randrange(1, len(body) - 1)], {}),
        "empty": (b"", {}),
        "a byte order mark": (b"\xef\xbb\xbf" + body, {}),
        "UTF-16": (body.decode().encode("utf-16"), {}),
        "something after the end": (body + rng.choice([b"}", b"\0", body, b" x"]), {}),
        "an array of the event": (b"[" + body + b"]", {}),
        "no JSON": (bytes(rng.randrange(256) for _ in range(64)), {}),
        "an unknown attribute": (_bytes({**event, "x%d" % rng.randrange(99): {"a": [1]}}), {}),
        "another type than the routing key": (_bytes({**event, "type": "contact.unheard-of"}), {}),
        "a type that nobody knows": (_bytes({**event, "type": "contact.x"}), {"routing_key": "contact.x"}),
        "another routing key": (body, {"routing_key": event.get("type", "") + ".more"}),
        "another subject than the header": (_bytes({**event, "subject": other}), {}),
        "a bad subject": (_bytes({**event, "subject": bad_subject}), {"headers": {"partitionkey": bad_subject}}),
        "an id that is no UUID": (_bytes({**event, "id": bad_id}), {"message_id": bad_id}),
        "another message_id": (body, {"message_id": "00000000-0000-4000-8000-%012d" % rng.randrange(10**12)}),
        "another specversion": (_bytes({**event, "specversion": rng.choice(["0.3", "2.0", 1.0, ""])}), {}),
        "a bad time": (_bytes({**event, "time": rng.choice(["now", "2026-02-30T00:00:00Z", "2026-11-23", 0])}), {}),
        "another partitionkey": (body, {"headers": {"partitionkey": other}}),
        "a partitionkey that is a number": (body, {"headers": {"partitionkey": 17}}),
        "no headers": (body, {"headers": None}),
        "no user_id": (body, {"user_id": None}),
        "a foreign user_id": (body, {"user_id": "operator"}),
        "another content type": (body, {"content_type": rng.choice(["application/json", "text/plain", None])}),
        "a foreign reply_to": (body, {"reply_to": rng.choice(["consent.0", "operator.q", "", "x" * 200])}),
        "a bad authorization": (body, {"headers": {"partitionkey": subject, "authorization": rng.choice(
            ["Bearer", "Bearer a.b.c", "Basic eDp5", "Bearer " + "A" * 20_000, 17])}}),
        "a bad traceparent": (body, {"headers": {"partitionkey": subject, "traceparent": "00-" + "0" * 52}}),
    }


def mutations(event, seed, count):
    """Yields `count` times (description, body, overrides); each kind comes once before any comes again."""
    rng, kinds = random.Random(f"assent {seed}"), []
    for _ in range(count):
        if not kinds:
            kinds = ["without", *_values(random.Random(0)), *_envelopes(event, random.Random(0))]
            rng.shuffle(kinds)
        kind, path = kinds.pop(), rng.choice(list(_paths(event)))
        pointer = "".join(f"/{key}" for key in path)
        if kind == "without":
            yield f"without {pointer}", _bytes(_put(event, path, DROPPED)), {}
        elif kind in (values := _values(rng)):
            yield f"{kind} at {pointer}", _bytes(_put(event, path, RAW), values[kind]), {}
        else:
            yield kind, *_envelopes(event, rng)[kind]


def _self_test():
    event = {"specversion": "1.0", "id": "0193582a-7d00-7c3e-9b1a-5f0d2e8c4a10", "source": "/crm",
             "type": "contact.created", "subject": "c-1001", "time": "2026-11-23T10:00:00.000Z",
             "data": {"email": "a@example.com", "profile": {"x": [1]}}}
    before, kinds = _bytes(event), 1 + len(_values(random.Random(0))) + len(_envelopes(event, random.Random(0)))
    made = list(mutations(event, 1, 40 * kinds))
    assert len(made) == 40 * kinds and made == list(mutations(event, 1, 40 * kinds)), "the same seed makes the same"
    assert made[:kinds] != list(mutations(event, 2, kinds)), "another seed makes others"
    assert len({d.split(" at /")[0].split(" /")[0] for d, _, _ in made[:kinds]}) == kinds, "every kind comes"
    assert {"/" + name for name in event} <= {d[8:] for d, _, _ in made if d.startswith("without ")}, "every member"
    assert _bytes(event) == before, "the event stays as it was"
    assert all(isinstance(b, bytes) and isinstance(o, dict) and RAW.encode() not in b for _, b, o in made)
    assert all(b != before or o for _, b, o in made), "every one differs from the right message"
    print(f"{kinds} kinds, {len(made)} mutations, the largest of {max(len(b) for _, b, _ in made)} bytes")


if __name__ == "__main__":
    _self_test()
