"""The ledger of decisions, its proofs and receipts, checked by another implementation (X1, X2, C0, C8): Merkle proofs,
signed notes and compact JWS by Python alone, with the published keys; rows changed as the database's owner are found."""

import base64, hashlib, json, os, re, subprocess

import psycopg, requests, yaml
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from access_log import assent
from consent import decision
from harness import REPOSITORY, Suite, run, within
from walking import Walker, changed_configuration, expect, fresh

CONSENTS = yaml.safe_load((REPOSITORY / "assent.yaml").read_text())["consents"]
LEAF = {"index", "at", "consent", "decision", "textVersion", "channel", "commitment"}
NOTE = "Said so in call 4711, from ada@example.com"


def sha(*parts):
    return hashlib.sha256(b"".join(parts)).digest()


def unpadded(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Keys:
    """What a verifier keeps of /.well-known/assent-keys."""

    def __init__(self, document, host):
        self.notes, self.tokens = {}, {}
        for text in document["checkpoints"]:
            name, id, key = text.split("+", 2)
            key = base64.b64decode(key)
            expect(key[0] == 1 and sha(name.encode(), b"\n", key)[:4].hex() == id, "a verifier key")
            self.notes[name, id] = Ed25519PublicKey.from_public_bytes(key[1:])
        for key in document["keys"]:
            expect(key["alg"] == "EdDSA" and key["crv"] == "Ed25519", f"{key}")
            self.tokens[key["kid"]] = Ed25519PublicKey.from_public_bytes(unpadded(key["x"]))
        self.ledger = f"{host}/ledger/consent"

    def head(self, note):
        """A signed checkpoint's size and root."""
        text, signatures = note.rsplit("\n\n", 1)
        origin, size, root = (text + "\n").split("\n")[:3]
        expect(origin == self.ledger or re.fullmatch(re.escape(self.ledger) + r"/\d+", origin), origin)
        _, name, signature = signatures.strip().split(" ")
        signature = base64.b64decode(signature)
        expect(name == self.ledger, name)
        self.notes[name, signature[:4].hex()].verify(signature[4:], (text + "\n").encode())
        return int(size), base64.b64decode(root)

    def opened(self, receipt):
        """A compact JWS's payload."""
        head, payload, signature = receipt.split(".")
        header = json.loads(unpadded(head))
        expect(header["alg"] == "EdDSA" and header["typ"] == "consent-receipt+jwt", f"{header}")
        self.tokens[header["kid"]].verify(unpadded(signature), f"{head}.{payload}".encode())
        return json.loads(unpadded(payload))


def root_of(leaf, index, size, path):
    """The root to which a path leads (RFC 9162 section 2.1.3.2)."""
    expect(0 <= index < size, "a place in the tree")
    place, last, node = index, size - 1, sha(b"\0", leaf)
    for step in path:
        expect(last > 0, "the path is too long")
        if place % 2 or place == last:
            node = sha(b"\1", step, node)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            node = sha(b"\1", node, step)
        place, last = place >> 1, last >> 1
    expect(last == 0, "the path is too short")
    return node


def goes_on(first, second, path):
    """Whether the tree of `first` (size, root) is the beginning of that of `second` (RFC 9162 section 2.1.4.2)."""
    (size, root), (later, head) = first, second
    if size == later:
        return path == [] and root == head
    path = [root, *path] if size & (size - 1) == 0 else path
    place, last = size - 1, later - 1
    while place % 2:
        place, last = place >> 1, last >> 1
    early = late = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if place % 2 or place == last:
            early, late = sha(b"\1", step, early), sha(b"\1", step, late)
            while place % 2 == 0 and place:
                place, last = place >> 1, last >> 1
        else:
            late = sha(b"\1", late, step)
        place, last = place >> 1, last >> 1
    return last == 0 and early == root and late == head


def verified(keys, proof):
    """The leaf of a proof, and what it opens to."""
    entry = base64.b64decode(proof["entry"])
    size, root = keys.head(proof["checkpoint"])
    path = [base64.b64decode(one) for one in proof["inclusion"]]
    expect(root_of(entry, proof["leafIndex"], size, path) == root, "the path leads to the signed root")
    leaf = json.loads(entry)
    if "opening" in proof:
        rest = {name: value for name, value in proof["opening"].items() if name != "salt"}
        # RFC 8785, for objects without numbers.
        text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        commitment = sha(base64.b64decode(proof["opening"]["salt"]), text)
        expect(base64.b64encode(commitment).decode() == leaf["commitment"], "the leaf commits to the opening")
    return leaf, proof.get("opening")


def record(suite, contact, consent, choice):
    data = decision(consent, choice, evidence={"note": NOTE, "reference": "file 12"})
    return suite.walker.ok("consent.record", contact, data, suite.privacy, timeout=20)["index"]


def begin(suite):
    """Some contacts decide"""
    suite.walker = Walker(suite)
    suite.privacy, suite.support = suite.token("ann", "privacy"), suite.token("bob", "support")
    address = suite.env["PUBLIC_URL"]
    suite.document = requests.get(f"{address}/.well-known/assent-keys", timeout=5).text
    suite.keys = Keys(json.loads(suite.document), address.split("://")[1])
    suite.people = [fresh("l") for _ in range(4)]
    suite.decided = []  # (index, contact, consent, choice)
    for number, contact in enumerate(suite.people):
        suite.walker.tell("contact.created", contact, {"email": f"{contact}@example.com", "locale": "de"})
        for consent, choice in [("partner-contact", "granted"), ("automated-decisions", "revoked"),
                                ("partner-contact", "revoked")][:number]:
            suite.decided.append((record(suite, contact, consent, choice), contact, consent, choice))


def proofs(suite):
    """X1 each decision is proved at once, to anybody, by a leaf that names nobody and an opening that it commits to"""
    for index, contact, consent, choice in suite.decided:
        proof = suite.walker.ok("consent.proof", "-", {"index": index})
        leaf, opening = verified(suite.keys, proof)
        expect(set(leaf) == LEAF, f"{set(leaf)}")
        expect((leaf["index"], leaf["consent"], leaf["decision"], leaf["textVersion"], leaf["channel"])
               == (index, consent, choice, CONSENTS[consent]["version"], "phone"), f"{leaf}")
        expect(contact not in json.dumps(leaf) and "4711" not in json.dumps(leaf), "the leaf names nobody")
        expect(set(opening) == {"salt", "contact", "evidence", "text"} and opening["contact"] == contact, f"{opening}")
        expect(opening["text"] == CONSENTS[consent]["text"]["en"], f"{opening}")
        expect(opening["evidence"] == {"note": NOTE, "reference": "file 12", "recordedBy": "ann", "language": "en"},
               f"{opening}")
    for index, code in (("7-999999", "not-found"), ("07-1", "invalid-field"), ("", "invalid-field")):
        suite.walker.refused(code, "consent.proof", "-", {"index": index}, pointer="/data/index")


def forged(suite):
    """A proof of which anything was changed does not hold, by this implementation either"""
    proof = suite.walker.ok("consent.proof", "-", {"index": suite.decided[0][0]})
    entry = base64.b64decode(proof["entry"]).replace(b"granted", b"revoked")
    for what, part in (("entry", {"entry": base64.b64encode(entry).decode()}),
                       ("text", {"opening": {**proof["opening"], "text": "All you like."}}),
                       ("place", {"leafIndex": proof["leafIndex"] ^ 1}),
                       ("path", {"inclusion": proof["inclusion"][1:]}),
                       ("size", {"checkpoint": re.sub(r"\n(\d+)\n", r"\n1\1\n", proof["checkpoint"])})):
        try:
            verified(suite.keys, {**proof, **part})
        except (AssertionError, InvalidSignature):
            continue
        raise AssertionError(f"a changed {what} is taken")


def receipts(suite):
    """X2 C8 each decision has a receipt, signed by a published key, with the fields of ISO/IEC TS 27560 and no address"""
    contact = suite.people[3]
    within(5, lambda: "assent:checkpoint" in opened(suite, contact)[0][1]["assent:ledgerEntry"], "a checkpoint covers it")
    found = opened(suite, contact)
    expected = [one for one in suite.decided if one[1] == contact][::-1]
    expect([index for index, _ in found] == [one[0] for one in expected], "newest first")
    for (index, _, consent, choice), (_, receipt) in zip(expected, found):
        expect(receipt["@type"] == "dpv:ConsentReceipt" and receipt["dct:identifier"] == index, f"{receipt}")
        one, declared = receipt["dpv:hasRecordOfActivity"], CONSENTS[consent]
        expect(one["dpv:hasDataSubject"]["dct:identifier"] == contact, f"{one}")
        expect(one["dpv:hasDataController"]["dpv:hasName"] == "Example GmbH", f"{one}")
        process, notice, status = one["dpv:hasProcess"], one["dpv:hasNotice"], one["dpv:hasConsentStatus"]
        expect(process["dpv:hasPurpose"]["dct:description"]["@value"] == declared["purpose"]["en"], f"{process}")
        expect(process["dpv:hasLegalBasis"] == "dpv:Consent", f"{process}")
        names = [recipient["dpv:hasName"] for recipient in process.get("dpv:hasRecipient", [])]
        expect(names == declared.get("recipients", []), f"{process}")
        expect((notice["dct:hasVersion"], notice["dct:language"], notice["dct:description"]["@value"])
               == (declared["version"], "en", declared["text"]["en"]), f"{notice}")
        state = {"granted": "dpv:ConsentGiven", "revoked": "dpv:ConsentWithdrawn"}[choice]
        expect(state in status["@type"] and status["dpv:hasIndicationMethod"] == "phone", f"{status}")
        leaf, _ = verified(suite.keys, suite.walker.ok("consent.proof", "-", {"index": index}))
        entry = receipt["assent:ledgerEntry"]
        expect(status["dpv:isIndicatedAtTime"] == leaf["at"], f"{status}")
        expect(entry["assent:index"] == index and entry["assent:commitment"] == leaf["commitment"], f"{entry}")
        expect(suite.keys.head(entry["assent:checkpoint"])[0] >= 1, "a signed checkpoint")
        for private in (f"{contact}@", "ada@", "4711", "file 12", "ann"):
            expect(private not in json.dumps(receipt["dpv:hasRecordOfActivity"]["dpv:hasDataSubject"]) and
                   (private == "ann" or private not in json.dumps(receipt)), private)
    expect(opened(suite, contact) == found, "the same facts each time")


def opened(suite, contact, **data):
    entries = suite.walker.ok("consent.history", contact, data)["entries"]
    return [(one["index"], suite.keys.opened(one["receipt"])) for one in entries]


def pages(suite):
    """consent.history has pages; what nobody decided is empty, and who is not known has none"""
    contact = suite.people[3]
    expected, found, after = [one[0] for one in suite.decided][-3:][::-1], [], None
    while True:
        page = suite.walker.ok("consent.history", contact, {"limit": 2, **({"after": after} if after else {})})
        found.append([one["index"] for one in page["entries"]])
        after = page["next"]
        if after is None:
            break
    expect(found == [expected[:2], expected[2:]], f"{found} {expected}")
    expect(suite.walker.ok("consent.history", suite.people[0], {}) == {"status": "ok", "entries": [], "next": None},
           "nothing was decided")
    suite.walker.refused("unknown-contact", "consent.history", fresh(), {})
    for pointer, data in (("/data/after", {"after": "x"}), ("/data/limit", {"limit": 0}), ("/data/limit", {"limit": 10001})):
        suite.walker.refused("invalid-field", "consent.history", contact, data, pointer=pointer)


def witness(suite):
    """X1 a kept checkpoint is the beginning of every later one; each is told as a fact too"""
    kept = suite.walker.ok("consent.checkpoint", "-", {})["checkpoint"]
    index = record(suite, suite.people[0], "tracking", "granted")
    suite.decided.append((index, suite.people[0], "tracking", "granted"))
    suite.walker.ok("consent.proof", "-", {"index": index})
    audit = suite.walker.ok("consent.audit", "-", {"since": [kept]}, suite.privacy)
    expect(audit["findings"] == [] and audit["unfolded"] == 0 and audit["folded"] == len(suite.decided), f"{audit}")
    path = [base64.b64decode(one) for one in audit["consistency"][0]]
    first, second = suite.keys.head(kept), suite.keys.head(audit["checkpoint"])
    expect(first[0] < second[0] and goes_on(first, second, path), "it goes on")
    expect(not goes_on((first[0], sha(b"x")), second, path), "not from another")
    told = [fact for fact in suite.walker.facts.events("ledger.checkpoint") if fact["source"] == "/assent/consent"]
    expect(kept in [fact["data"]["checkpoint"] for fact in told], "told")
    suite.walker.refused("not-permitted", "consent.audit", "-", {}, suite.support)
    suite.walker.refused("not-permitted", "consent.audit", "-", {})
    suite.kept = suite.folder / "consent.note"
    suite.kept.write_text(kept)


def operator(suite):
    """The operator's command takes both ledgers, and no checkpoint of one for the other's"""
    anybody = {"token": ""}
    code, note, errors = assent(suite, "ledger", "checkpoint", "--ledger", "consent", **anybody)
    expect(code == 0 and suite.keys.head(note), errors)
    code, out, errors = assent(suite, "ledger", "verify", "--ledger", "consent", "--since", str(suite.kept))
    expect(code == 0 and out.startswith(f"intact: {len(suite.decided)} entries") and "/ledger/consent" in out, out + errors)
    code, out, errors = assent(suite, "ledger", "verify", "--ledger", "vault", "--since", str(suite.kept))
    expect(code == 2 and "--ledger consent" in errors, f"{code} {out}{errors}")
    index, contact, *_ = suite.decided[0]
    code, out, errors = assent(suite, "ledger", "prove", index, "--ledger", "consent", **anybody)
    expect(code == 0, errors)
    verified(suite.keys, json.loads(out))
    proof, keys = suite.folder / "decision.json", suite.folder / "keys.json"
    proof.write_text(out)
    keys.write_text(suite.document)
    alone = {"AMQP_URL": "", "PUBLIC_URL": "", "token": ""}
    for ledger, wanted in (([], 0), (["--ledger", "consent"], 0), (["--ledger", "vault"], 1)):
        code, out, errors = assent(suite, "ledger", "verify", "--proof", str(proof), "--keys", str(keys), *ledger, **alone)
        expect(code == wanted and (code or contact in out and CONSENTS["partner-contact"]["text"]["en"] in out),
               f"{ledger}: {code} {out}{errors}")


CHANGES = [
    ("UPDATE ledger_entry SET leaf = replace(leaf, 'granted', 'revoked') WHERE (partition, number) = (%s, %s)", "edited"),
    ("DELETE FROM ledger_entry WHERE (partition, number) = (%s, %s)", "missing"),
    ("UPDATE ledger_evidence SET content = replace(content, '4711', '4712') WHERE (partition, number) = (%s, %s)",
     "evidence-changed"),
    ("DELETE FROM ledger_evidence WHERE (partition, number) = (%s, %s)", "evidence-missing"),
]


def found(suite):
    """X1 a row that the database's owner changed is found with its place, and gets no receipt"""
    index, contact, *_ = suite.decided[0]
    place = index.split("-")[:2]
    tables = ["ledger_entry", "ledger_evidence"]
    for change, what in CHANGES:
        for table in tables:
            suite.sql("consent", f"CREATE TABLE kept_{table} AS SELECT * FROM {table}")
        suite.sql("consent", change, *place)
        try:
            audit = suite.walker.ok("consent.audit", "-", {}, suite.privacy)
            named = [(one["what"], one.get("index")) for one in audit["findings"]]
            expect(named == [(what, index)], f"{change}: {named}")
            code, out, _ = assent(suite, "ledger", "verify", "--ledger", "consent")
            expect(code == 1 and f"entry {index}: " in out, out)
            receipt = suite.walker.ok("consent.history", contact, {})["entries"][-1]["receipt"]
            expect((receipt is None) == (what != "evidence-missing"), f"{change}: {receipt}")
        finally:
            for table in tables:
                suite.sql("consent", f"DELETE FROM {table}; INSERT INTO {table} SELECT * FROM kept_{table}; "
                          f"DROP TABLE kept_{table}")
    expect(suite.walker.ok("consent.audit", "-", {}, suite.privacy)["findings"] == [], "restored")


def own_role(suite):
    """The service's own role can change neither the ledger nor the texts that were shown"""
    for table in ("ledger_entry", "ledger_leaf", "ledger_node", "ledger_checkpoint", "ledger_epoch", "ledger_evidence",
                  "shown_text", "shown_controller"):
        column = suite.sql("consent", "SELECT column_name FROM information_schema.columns WHERE table_name = %s",
                           table)[0][0]
        changes = [f"UPDATE {table} SET {column} = {column}", f"TRUNCATE {table}", f"DROP TABLE {table}"]
        for change in changes + ([] if table == "ledger_evidence" else [f"DELETE FROM {table}"]):
            try:
                suite.sql("consent", change, owner=False)
            except psycopg.errors.InsufficientPrivilege:
                continue
            raise AssertionError(f"the service can {change}")


def texts(suite):
    """C0 a text changed under its old version keeps the service from starting, with its line; a new version does not"""
    text, purpose = CONSENTS["tracking"]["text"]["en"], CONSENTS["partner-contact"]["purpose"]["en"]
    for change, pointer in (((text, "You may do anything."), "/consents/tracking/text/en"),
                            ((purpose, "To sell it."), "/consents/partner-contact/purpose/en"),
                            (("[Partner AG]", "[Partner AG, Anybody]"), "/consents/partner-contact/recipients")):
        configuration = changed_configuration("/tmp", change)
        try:
            environment = suite.service_environment("consent", suite.port + 15, ASSENT_CONFIG=configuration)
            done = subprocess.run([suite.bin / "consent"], env=environment, capture_output=True, text=True, timeout=30,
                                  stdin=subprocess.DEVNULL)
            line = re.search(rf"^assent.yaml:(\d+):\d+: .*\({re.escape(pointer)}\)$", done.stderr, re.M)
            expect(done.returncode == 1 and line, f"{pointer}: {done.returncode} {done.stderr}")
            expect(change[1].strip("[]") in open(configuration).read().splitlines()[int(line[1]) - 1], "its line")
        finally:
            os.unlink(configuration)
    rows = suite.sql("consent", "SELECT content ->> 'text' FROM shown_text WHERE name = 'consents/tracking' "
                     "AND language = 'en'")
    expect(rows == [(text,)], f"{rows}")


def as_published(suite):
    """Every fact and reply is as asyncapi.yaml says, and nothing is dead"""
    expect(suite.walker.check_schemas() > 0, "facts were seen")
    expect(not suite.dead("consent"), "no dead letters")


if __name__ == "__main__":
    run(Suite(["consent"]), begin, proofs, forged, receipts, pages, witness, operator, found, own_role, texts, as_published)
