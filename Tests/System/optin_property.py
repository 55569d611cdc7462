"""O1–O12 against the model: random sequences of events over three contacts with two addresses between them, many
sequences at once, each as fast as the rules of order allow; then each contact is as `optin_model.py` says.

`python optin_property.py [sequences] [seed] [only this sequence]`"""

import collections, email, email.policy, json, os, pathlib, random, sys, threading, time, uuid

from harness import Client, Suite, event, form, run, within
from optin_model import NEW_MAIL, POLICIES, Model, Refused
from walking import changed_configuration, code_of, expect, get, one_click, post, press

SEQUENCES, EVENTS, AT_ONCE = 120, 12, 48
CONTACTS, LISTS = 3, ["news", "events"]
PATIENCE = 40  # seconds for an answer or a mail, with everything at once on a small machine
MISTAKES_SHOWN = 25


class MailFacts:
    """What became of the mails to each contact, in the order in which the notifier told it."""

    def __init__(self, suite):
        self.collector = suite.collector("crm", "crm.property", ("facts", "mail.*"))
        self.lock, self.read, self.by_contact = threading.Lock(), 0, collections.defaultdict(dict)

    def of(self, contact):
        """{mail: the last fact about it}"""
        with self.lock:
            while self.read < len(self.collector.taken):
                fact = json.loads(self.collector.taken[self.read][3])
                self.by_contact[fact["subject"]][fact["data"].get("mail")] = fact
                self.read += 1
            return dict(self.by_contact[contact])

    def sent(self, contact, category, **wanted):
        return [fact["data"]["mail"] for fact in self.of(contact).values() if fact["type"] == "mail.sent" and
                fact["data"]["category"] == category and
                all(fact["data"].get(name) == value for name, value in wanted.items())]


class Sequence:
    """One sequence: each event is published, and told to the model; what is answered is compared at the next stop."""

    def __init__(self, suite, seed, number):
        self.suite, self.random = suite, random.Random(f"{seed}-{number}")
        self.client = Client(suite.amqp_url("crm"))
        self.model = Model(suite.policy)
        self.name = f"p{uuid.uuid4().hex[:6]}-{number}"
        self.ids = [f"{self.name}-{letter}" for letter in "xyz"[:CONTACTS]]
        self.addresses = [f"{self.name}-{letter}@example.com" for letter in "ab"]
        self.log, self.wanted, self.unsettled = [], {}, set()
        self.dead_links = collections.defaultdict(set)  # contact → links of double-opt-in mails that were found dead
        self.seen_links, self.campaign_links = collections.defaultdict(set), {}
        self.events = 0

    # --- what happens: (how often, event)

    MENU = [(4, "created"), (3, "updated"), (10, "ticked"), (2, "unticked"), (7, "set"), (4, "import_"), (4, "invite"),
            (3, "lists"), (14, "confirm"), (4, "decline"), (2, "spend"), (3, "dead_link"), (3, "campaign"),
            (8, "one_click"), (2, "received")]

    def play(self):
        contact = self.ids[0]
        while self.events < EVENTS:
            if self.random.random() < 0.4:
                contact = self.random.choice(self.ids)
            possible = [(weight, name) for weight, name in self.MENU if self.possible(name, contact)]
            weights, names = zip(*possible)
            name = self.random.choices(names, weights)[0]
            getattr(self, name)(contact)
            self.events += 1
        self.settle()
        self.compare()

    def possible(self, name, contact):
        known = contact in self.model.contacts
        if not known and name not in ("created", "ticked"):
            # What nobody was made for is refused; a little of that is enough.
            return name in ("updated", "unticked", "set", "import_", "invite", "received") and self.events % 4 == 3
        if name == "created":
            return not known or self.events % 4 == 0
        if name == "ticked" and known and self.model.contacts[contact].status == "double-opt-in":
            return bool(self.new_lists(contact))
        if name in ("confirm", "decline", "spend"):
            return self.model.has_live_link(contact)
        if name == "dead_link":
            return bool(self.seen_links[contact]) and not self.model.has_live_link(contact)
        return name != "one_click" or contact in self.campaign_links

    # --- events of publishers

    def created(self, contact):
        address = self.random.choice(self.addresses)
        self.tell(contact, event("contact.created", contact, {"email": address}), self.model.created, address)

    def updated(self, contact):
        address = self.random.choice([*self.addresses, self.other_address(contact), None])
        data = {"email": address} if address else {"profile": {"firstName": "Ada"}}
        self.tell(contact, event("contact.updated", contact, data), self.model.updated, address)

    def other_address(self, contact):
        known = self.model.contacts.get(contact)
        return self.addresses[known.address == self.addresses[0]] if known else self.random.choice(self.addresses)

    def ticked(self, contact, ticked=True):
        known = self.model.contacts.get(contact)
        address = known.address if known else self.random.choice(self.addresses)
        if known and self.random.random() < 0.08:
            address = self.other_address(contact)
        lists = [one for one in LISTS if self.random.random() < 0.4]
        if known and known.status == "double-opt-in":
            lists = self.new_lists(contact)  # a form that asks for nothing new may or may not send a mail
        self.tell(contact, form(contact, address, ticked, lists=lists), self.model.form, address, ticked, lists)

    def new_lists(self, contact):
        return [one for one in LISTS if one not in self.model.contacts[contact].lists]

    def unticked(self, contact):
        self.ticked(contact, False)

    def received(self, contact):
        message = f"<{self.events}@{self.name}>"
        self.tell(contact, event("mail.received", contact, {"messageId": message}), self.model.received, message)

    def tell(self, contact, message, rule, *arguments):
        self.alone(contact)
        self.note(message["type"], contact, message["data"])
        self.client.contacts(message)
        self.unsettled.add(contact)
        try:
            rule(contact, *arguments)
        except Refused as refusal:
            # An update without an address says nothing to opt-in: it may judge it or not.
            kept = self.suite.refused if message["type"] != "contact.updated" else self.suite.ignored
            with self.suite.lock:
                kept[message["id"]] = refusal.code

    # --- requests of users

    def set(self, contact):
        status = self.random.choice(["single-opt-in-user", "single-opt-in-user", "opt-out-user", "none"])
        self.ask(contact, "optin.set", {"status": status}, lambda: {"status": self.model.set(contact, status)})

    def lists(self, contact):
        type = self.random.choice(["subscribe", "subscribe", "leave"])
        name = self.random.choice(LISTS)
        rule = getattr(self.model, type)
        self.ask(contact, f"optin.{type}", {"list": name},
                 lambda: {"status": "ok", "lists": sorted(rule(contact, name))})

    def ask(self, contact, type, data, rule):
        self.alone(contact)
        self.note(type, contact, data)
        correlation = self.client.ask_again(event(type, contact, data), token=self.suite.user)
        self.unsettled.add(contact)
        try:
            self.wanted[correlation] = (type, contact, rule())
        except Refused as refusal:
            self.wanted[correlation] = (type, contact, {"status": "error", "code": refusal.code})

    def import_(self, _):
        # What was published before about its contacts comes first, without waiting for it.
        items = [(one, self.random.choice(["single-opt-in-user", "opt-out-user"])) for one in self.some()]
        data = {"contacts": [{"contact": one, "status": status} for one, status in items]}
        answer = self.request("optin.import", data)
        changed, refused = self.model.import_(items)
        self.same("optin.import", (answer.get("changed"), by_reason(answer)),
                  (changed, by_reason({"refused": refused})))
        self.settle()

    def invite(self, _):
        self.settle()
        ids = self.some()
        answer = self.request("optin.invite", {"contacts": ids})
        # Of two with one address either may get the mail.
        late = answer.get("refused", {}).get("recently-sent", [])
        sent, refused = self.model.invite(sorted(ids, key=late.__contains__))
        self.same("optin.invite", (answer.get("sent"), by_reason(answer)), (sent, by_reason({"refused": refused})))

    def request(self, type, data):
        self.note(type, "-", data)
        return self.client.request(type, "several", data, timeout=PATIENCE, token=self.suite.user)

    def some(self):
        return self.random.sample(self.ids, self.random.randint(1, CONTACTS))

    # --- what a contact does

    def confirm(self, contact):
        link, mail = self.live_link(contact)
        how = self.random.choice(["press", "press", "press", "wrong first", "blind"])
        self.note("confirm", contact, how)
        if how == "press":
            answer = press(link, "confirm", lambda: code_of(mail))
        else:
            if how == "wrong first":
                wrong = post(link, {"action": "confirm", "code": wrong_code(mail)})
                expect(wrong.status_code == 422, f"a wrong code: {wrong.status_code}")
            answer = post(link, {"action": "confirm", "code": code_of(mail)})
        expect(answer.status_code == 200, f"confirming {contact} ({how}): {answer.status_code}")
        self.dead_links[contact].add(link)
        self.model.confirm(contact)

    def decline(self, contact):
        link, mail = self.live_link(contact)
        blind = self.random.random() < 0.5
        self.note("decline", contact, "blind" if blind else "press")
        answer = post(link, {"action": "decline"}) if blind else press(link, "decline")
        expect(answer.status_code == 200, f"declining {contact}: {answer.status_code}")
        self.dead_links[contact].add(link)
        self.model.decline(contact)

    def spend(self, contact):
        """Five wrong codes: the link is dead (P6)."""
        link, mail = self.live_link(contact)
        self.note("five wrong codes", contact, "")
        opened = post(link, {"action": "confirm"})
        expect(opened.status_code == 200 and 'name="code"' in opened.text, f"the code's form: {opened.status_code}")
        codes = [post(link, {"action": "confirm", "code": wrong_code(mail)}).status_code for _ in range(5)]
        expect(codes == [422] * 4 + [410], f"five wrong codes: {codes}")
        self.dead_links[contact].add(link)
        self.model.spend(contact)

    def dead_link(self, contact):
        self.settle()
        link = self.random.choice(sorted(self.seen_links[contact]))
        action = self.random.choice(["confirm", "decline"])
        self.note("a dead link", contact, action)
        opened, answer = get(link), post(link, {"action": action, "code": "123456"})
        expect((opened.status_code, answer.status_code) == (410, 410),
               f"a dead link of {contact}: {opened.status_code}, {answer.status_code}")

    def campaign(self, _):
        """A campaign to those there are: one mail to each address it may go to, suppressed for the model's reason
        otherwise."""
        self.settle()
        ids = [one for one in self.some() if one in self.model.contacts]
        if not ids:
            return
        name = f"{self.name}-{self.events}"
        data = {"campaign": name, "subject": "Hello", "text": "A text.", "contacts": ids}
        self.same("mail.campaign", self.request("mail.campaign", data).get("recipients"), len(ids))
        written = set()
        for one in ids:
            fact = within(PATIENCE, lambda: self.campaign_fact(one, name), f"the mail of {name} to {one}")
            wanted, address = self.model.check("campaign", one), self.model.contacts[one].address
            got = "allowed" if fact["type"] == "mail.sent" else fact["data"].get("reason")
            if wanted == "allowed" and got == "same-address":
                continue
            self.same(f"the campaign's mail to {one}", got, wanted)
            if fact["type"] == "mail.sent":
                expect(address not in written, f"{name} went to {address} twice")
                written.add(address)
                self.campaign_links[one] = one_click(self.open_mail(fact["data"]["mail"], one))
        allowed = {self.model.contacts[one].address for one in ids if self.model.check("campaign", one) == "allowed"}
        self.same(f"the addresses that {name} went to", written, allowed)

    def campaign_fact(self, contact, name):
        facts = self.suite.facts.of(contact).values()
        return next((fact for fact in facts if fact["data"].get("campaign") == name), None)

    def one_click(self, contact):
        self.settle()
        self.note("one-click", contact, "")
        answer = post(self.campaign_links[contact], {"List-Unsubscribe": "One-Click"})
        expect(answer.status_code == 200, f"one click of {contact}: {answer.status_code}")
        self.model.one_click(contact)

    def live_link(self, contact):
        """The link that works, and its mail, once that has arrived."""
        self.settle()
        return within(PATIENCE, lambda: self.find_live_link(contact), f"{contact}'s mail with a link that works")

    def find_live_link(self, contact):
        for id in reversed(self.suite.facts.sent(contact, "double-opt-in")):
            mail = self.open_mail(id)
            link = self.suite.link(mail)
            self.seen_links[contact].add(link)
            if link not in self.dead_links[contact]:
                if get(link).status_code == 200:
                    self.same_address(contact, mail)
                    return link, mail
                self.dead_links[contact].add(link)
        return None

    def open_mail(self, id, contact=None):
        content = (self.suite.mail_folder / f"{id}.eml").read_bytes()
        mail = email.message_from_bytes(content, policy=email.policy.default)
        if contact:
            self.same_address(contact, mail)
        return mail

    def same_address(self, contact, mail):
        self.same(f"the address of {contact}'s mail", mail["To"].addresses[0].addr_spec,
                  self.model.contacts[contact].address)

    # --- order and comparison

    def alone(self, contact):
        """Contacts with one address depend on each other: what happens to another waits until this was done."""
        if self.unsettled - {contact}:
            self.settle()

    def settle(self):
        """Waits until all that was published took effect: a request about a contact is answered in order."""
        asked = [self.client.ask_again(event("optin.show", one, {})) for one in self.unsettled]
        self.client.answers(asked, PATIENCE)
        self.unsettled.clear()

    def compare(self):
        for correlation, (type, contact, wanted) in self.wanted.items():
            answer = dict(self.client.answer(correlation, PATIENCE)[0])
            if error := answer.pop("error", None):
                answer["code"] = error["code"]
            if "lists" in answer:
                answer["lists"] = sorted(answer["lists"])
            self.same(f"{type} of {contact}", answer, wanted)
        for contact in self.ids:
            self.compare_contact(contact)
        self.compare_checks()
        for contact in self.model.contacts:
            if self.model.has_live_link(contact):
                self.live_link(contact)
            sent, ordered = len(self.suite.facts.sent(contact, "double-opt-in")), self.model.contacts[contact].mails
            expect(sent <= ordered, f"{contact} got {sent} double-opt-in mails, at most {ordered} may be sent (O4)")

    def compare_contact(self, contact):
        shown = self.client.request("optin.show", contact, {}, timeout=PATIENCE)
        model = self.model.contacts.get(contact)
        if not model:
            return self.same(f"{contact} is unknown", shown.get("error", {}).get("code"), "unknown-contact")
        self.same(f"{contact}'s status", shown["status"], model.status)
        self.same(f"{contact}'s lists", sorted(shown["lists"]), sorted(model.lists))
        chain = [(one["from"], one["to"]) for one in shown["history"]]
        for (_, before), (after, _) in zip(chain, chain[1:]):
            self.same(f"{contact}'s history is a chain", after, before)
        self.same(f"{contact}'s history", changes(shown["history"]), [list(one) for one in model.history])

    def compare_checks(self):
        questions = [{"category": category} for category in NEW_MAIL]
        questions += [{"category": "campaign", "list": one} for one in LISTS]
        questions = [{**one, "contacts": self.ids} for one in questions]
        for contact in self.ids:
            known = sorted(self.model.contacts[contact].received) if contact in self.model.contacts else []
            questions += [{"category": "reply", "contacts": [contact], "inReplyTo": message}
                          for message in [*known[:1], f"<none@{self.name}>"]]
        asked = [(self.client.ask_again(event("optin.check", "several", one)), one) for one in questions]
        answers = self.client.answers([correlation for correlation, _ in asked], PATIENCE)
        for correlation, question in asked:
            answer = answers[correlation]
            got = {one: "allowed" for one in answer.get("allowed", [])}
            got.update((one, reason) for reason, ids in answer.get("refused", {}).items() for one in ids)
            wanted = {one: self.model.check(question["category"], one, question.get("list"), question.get("inReplyTo"))
                      for one in question["contacts"]}
            self.same(f"optin.check {question['category']} {question.get('list', '')}", got, wanted)

    def note(self, what, contact, how):
        self.log.append(f"{what} {contact} {how}")

    def same(self, what, got, wanted):
        if got != wanted:
            raise AssertionError(f"{what}: {got}, but the model says {wanted}")


def by_reason(answer):
    return {reason: sorted(ids) for reason, ids in answer.get("refused", {}).items() if ids} or answer.get("error")


def changes(history):
    """[from, to, by, reason] of what changed the status; starting again at none and at once opted out is one change."""
    found, before = [], {}
    for one in history:
        entry = [one["from"], one["to"], one["by"], one["reason"]]
        at_once = before.get("reason") == "address-changed" and before["at"] == one["at"]
        if found and at_once and one["reason"] == "address-opted-out":
            entry[0] = found.pop()[0]
        if entry[0] != entry[1]:
            found.append(entry)
        before = one
    return found


def wrong_code(mail):
    return f"{(int(code_of(mail)) + 1) % 1_000_000:06d}"


# --- the run


def play(suite, seed, numbers, failures):
    while True:
        with suite.lock:
            number = next(numbers, None)
        if number is None:
            return
        sequence = Sequence(suite, seed, number)
        try:
            sequence.play()
        except Exception as error:  # the others go on
            failures.append((number, error, sequence.log))
        finally:
            sequence.client.close()
            with suite.lock:
                suite.counts[0] += 1
                suite.counts[1] += sequence.events


def first(suite):
    """A user with the permissions, a listener to the facts about mails"""
    suite.user = suite.token("mark", "marketing")
    suite.facts, suite.lock = MailFacts(suite), threading.Lock()
    suite.mail_folder = pathlib.Path(suite.env["MAIL_DIR"])
    suite.counts, suite.refused, suite.ignored = [0, 0], {}, {}


def as_the_model_says(suite):
    """After each of many random sequences every contact is as the model says: status, lists, history, checks"""
    print(f"     seed {suite.seed}, {len(suite.numbers)} sequences, policy {suite.policy}", flush=True)
    failures, begun, numbers = [], time.monotonic(), iter(suite.numbers)
    threads = [threading.Thread(target=play, args=(suite, suite.seed, numbers, failures)) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    print(f"     {suite.counts[0]} sequences, {suite.counts[1]} events in {took:.0f} s", flush=True)
    for number, error, log in sorted(failures, key=lambda one: one[0])[:MISTAKES_SHOWN]:
        print(f"     sequence {number}: {type(error).__name__}: {error}\n        " + "\n        ".join(log), flush=True)
    expect(not failures, f"{len(failures)} sequences disagree, seed {suite.seed}")


def what_was_refused_is_dead(suite):
    """A form with another address, an event about nobody: dead with its reason, and nothing else is"""
    found = {}

    def all_there():
        found.update((properties.message_id, headers["x-error-code"]) for headers, properties, _ in suite.dead("optin"))
        return set(found) >= set(suite.refused)
    within(10, all_there, "the dead letters")
    found = {id: code for id, code in found.items() if suite.ignored.get(id) != code}
    expect(found == suite.refused, f"dead: {collections.Counter(found.values())}, "
           f"wanted {collections.Counter(suite.refused.values())}")


if __name__ == "__main__":
    arguments = [int(one) for one in sys.argv[1:]]
    count, seed, *only = [*arguments, *[SEQUENCES, int(time.time())][len(arguments):]]
    policy = sorted(POLICIES)[seed % len(POLICIES)]
    configuration = changed_configuration("/tmp", ("policy: double ", f"policy: {policy} "))
    suite = Suite(environment={"ASSENT_CONFIG": configuration})
    suite.policy, suite.seed, suite.numbers = policy, seed, only or range(count)
    try:
        run(suite, first, as_the_model_says, what_was_refused_is_dead)
    finally:
        os.unlink(configuration)
