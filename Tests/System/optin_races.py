"""Withdrawals against everything else about the same contacts, with two instances of opt-in and of the notifier: forms,
confirmations, users, imports, campaigns and ad hoc mails at the same moment. What a contact was told last is what
holds, and no mail but a double opt-in starts after that (X3, O3, O4, O7, O9, O11).

`python optin_races.py [seed]`"""

import collections, email, email.policy, json, os, pathlib, random, sys, threading, time
from concurrent.futures import ThreadPoolExecutor

from harness import Client, Suite, event, form, run, within
from optin_model import NEW_MAIL
from walking import changed_configuration, code_of, expect, fresh, get, one_click, post, press

CONTACTS = 45  # in each wave
HANDS = 96     # contacts that press something at the same moment
PATIENCE = 40  # seconds
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


class Mails:
    """What the notifier told of its mails, and their files."""

    def __init__(self, suite):
        self.folder = pathlib.Path(suite.env["MAIL_DIR"])
        self.collector = suite.collector("crm", "crm.races", ("facts", "mail.*"))
        self.lock, self.read = threading.Lock(), 0
        self.known, self.by_contact = {}, collections.defaultdict(list)

    def update(self):
        with self.lock:
            while self.read < len(self.collector.taken):
                fact = json.loads(self.collector.taken[self.read][3])
                self.read += 1
                if fact["data"]["mail"] not in self.known:
                    self.by_contact[fact["subject"]].append(fact)
                self.known[fact["data"]["mail"]] = fact
            return self.known

    def sent(self, contact, category):
        self.update()
        return [fact["data"]["mail"] for fact in list(self.by_contact[contact])
                if fact["type"] == "mail.sent" and fact["data"]["category"] == category]

    def wait(self, contact, category, count=1):
        """The newest mail of a category, once there are so many."""
        sent = within(PATIENCE, lambda: (found := self.sent(contact, category)) and len(found) >= count and found,
                      f"{category} mail {count} of {contact}")
        return self.open(sent[-1])

    def open(self, id):
        return email.message_from_bytes((self.folder / f"{id}.eml").read_bytes(), policy=email.policy.default)

    def came(self, id):
        """When the mail's file was there, by the clock of this machine."""
        return (self.folder / f"{id}.eml").stat().st_ctime_ns / 1e9


class Told:
    """What contacts were told by the answers to what they pressed: [(time, action, HTTP status)]."""

    def __init__(self):
        self.by_contact = collections.defaultdict(list)

    def press(self, contact, action, act):
        answer = act()
        self.by_contact[contact].append((time.time(), action, answer.status_code))

    def done(self, contact, *actions):
        """When an action was acknowledged, if it was."""
        return next((at for at, action, status in self.by_contact[contact]
                     if action in actions and status == 200), None)

    def ends(self, contact):
        """What must hold: a link dies with an opt-out, so a confirmation that was taken came before it."""
        if self.done(contact, "one-click", "decline"):
            return "out"
        return "in" if self.done(contact, "confirm") else None


class Rival(threading.Thread):
    """Others who work on the same contacts until they are told to stop, each with a connection of their own."""

    def __init__(self, suite, contacts, work):
        super().__init__(daemon=True)
        self.suite, self.contacts, self.work = suite, contacts, work
        self.random = random.Random(f"{suite.seed}-{work.__name__}")
        self.client, self.asked, self.mails, self.stopping = Client(suite.amqp_url("crm")), {}, 0, False
        self.published, self.failure = 0, None
        self.start()

    def run(self):
        try:
            while not self.stopping:
                self.work(self, self.random.sample(self.contacts, len(self.contacts)))
        except Exception as error:  # shown by `stop`
            self.failure = error

    def ask(self, type, subject, data):
        correlation = self.client.ask_again(event(type, subject, data), token=self.suite.user)
        self.asked[correlation] = (type, subject)
        self.published += 1

    def stop(self, seconds=PATIENCE):
        """Lets the round end and returns what was answered: {(type, subject): [replies]}."""
        self.stopping = True
        self.join(seconds)
        if self.failure:
            raise self.failure
        expect(not self.is_alive(), f"{self.work.__name__} ended")
        answers = collections.defaultdict(list)
        for correlation, data in self.client.answers(list(self.asked), seconds).items():
            answers[self.asked[correlation]].append(data)
        self.client.close()
        return answers


# --- rivals: one round over all contacts each


def forms(rival, contacts):
    for contact in contacts:
        rival.client.contacts(form(contact))
        rival.published += 1
    rival.stopping = True  # once: the last of them may well come after the withdrawal


def sets(rival, contacts):
    for contact in contacts:
        status = rival.random.choice(["single-opt-in-user", "single-opt-in-user", "opt-out-user", "none"])
        rival.ask("optin.set", contact, {"status": status})


def permissions(rival, contacts):
    for contact in contacts:
        rival.ask("optin.set", contact, {"status": "single-opt-in-user"})


def imports(rival, contacts):
    for at in range(0, len(contacts), 30):
        items = [{"contact": one, "status": "single-opt-in-user"} for one in contacts[at:at + 30]]
        rival.ask("optin.import", "several", {"contacts": items})
    rival.client.answers(list(rival.asked), PATIENCE)


def invitations(rival, contacts):
    rival.ask("optin.invite", "several", {"contacts": contacts})
    rival.client.answers(list(rival.asked), PATIENCE)


def campaigns(rival, contacts):
    rival.ask("mail.campaign", "several",
              {"campaign": fresh("race"), "subject": "Hello", "text": "A text.", "contacts": contacts})
    rival.client.answers(list(rival.asked), PATIENCE)
    rival.mails += len(contacts)


def ad_hoc_mails(rival, contacts):
    for contact in contacts:
        rival.ask("mail.send", contact, {"category": "ad-hoc", "subject": "Hello", "text": "A text."})
        rival.mails += 1
    rival.client.answers(list(rival.asked), PATIENCE)


# --- waves


def made(suite, count, mark):
    """Contacts who ticked the box; each has a mail with a link to confirm."""
    contacts = [f"{fresh('r')}-{mark}" for _ in range(count)]
    for contact in contacts:
        suite.crm.contacts(form(contact))
    for contact in contacts:
        suite.mails.wait(contact, "double-opt-in")
    return contacts


def written_to(suite, contacts):
    """A campaign reaches them all: {contact: the link for one click}."""
    data = {"campaign": fresh("race"), "subject": "Hello", "text": "A text.", "contacts": contacts}
    answer = suite.crm.request("mail.campaign", "several", data, token=suite.user, timeout=PATIENCE)
    expect(answer.get("recipients") == len(contacts), f"mail.campaign: {answer}")
    return {contact: one_click(suite.mails.wait(contact, "campaign")) for contact in contacts}


def confirmation(suite, contact, count=1):
    """What confirms the newest double-opt-in mail, with its code at once."""
    mail = suite.mails.wait(contact, "double-opt-in", count)
    return suite.link(mail), {"action": "confirm", "code": code_of(mail)}


def race(suite, contacts, presses, *work, forms_too=False):
    """Everybody at once; then all that was told is compared with what holds and with the mails that came."""
    told, rivals = Told(), [Rival(suite, contacts, one) for one in work]
    within(PATIENCE, lambda: all(rival.published >= 10 or not rival.is_alive() or rival.asked for rival in rivals),
           "the rivals have begun")
    random.Random(suite.seed).shuffle(presses)
    with ThreadPoolExecutor(HANDS) as hands:
        started = [hands.submit(told.press, *one) for one in presses]
        for one in started:
            one.result()
    for rival in rivals:
        rounds = rival.published  # more of it, after what was acknowledged
        within(PATIENCE, lambda: rival.published > rounds or not rival.is_alive(), "one more round")
    answers = [rival.stop() for rival in rivals]
    suite.raced += len(presses) + sum(rival.published for rival in rivals)
    mails_are_done(suite, sum(rival.mails for rival in rivals))
    what_was_told_holds(suite, contacts, told, forms_too)
    nothing_started_afterwards(suite, contacts, told)
    return told, {key: data for one in answers for key, data in one.items()}


def mails_are_done(suite, count):
    """Each of so many mails, and of those before, was sent or suppressed."""
    suite.ordered += count

    def done():
        return sum(fact["data"]["category"] != "double-opt-in" for fact in suite.mails.update().values())
    within(PATIENCE, lambda: done() >= suite.ordered, f"{suite.ordered} mails sent or suppressed")
    expect(done() == suite.ordered, f"{done()} mails for {suite.ordered} orders")
    failed = [fact for fact in suite.mails.known.values() if fact["type"] == "mail.failed"]
    expect(not failed, f"mails failed: {failed[:3]}")


def what_was_told_holds(suite, contacts, told, forms_too):
    shown = {one: suite.crm.ask("optin.show", one, {}) for one in contacts}
    answers = suite.crm.answers(shown.values(), PATIENCE)
    shown = {one: answers[correlation] for one, correlation in shown.items()}
    checks = {category: suite.crm.request("optin.check", "several", {"category": category, "contacts": contacts},
                                          timeout=PATIENCE) for category in NEW_MAIL}
    wrong = []
    for contact in contacts:
        status, history = shown[contact]["status"], shown[contact]["history"]
        got = {verdict(checks[category], contact) for category in NEW_MAIL}
        wanted = {"in": [("double-opt-in", {"allowed"})], "out": [("opt-out-contact", {"opt-out-contact"})]}[
            told.ends(contact)]
        # A form that came after the opt-out covers it, until the contact confirms (O7).
        if forms_too and told.ends(contact) == "out":
            wanted.append(("single-opt-in-webform", {"unconfirmed"}))
        chain = all(one["to"] == other["from"] for one, other in zip(history, history[1:]))
        if (status, got) not in wanted or not chain or history[-1]["to"] != status:
            wrong.append((contact, told.by_contact[contact], status, got, [one["reason"] for one in history]))
    expect(not wrong, f"{len(wrong)} contacts were told otherwise: {wrong[:5]}")


def verdict(check, contact):
    reasons = [reason for reason, ids in check["refused"].items() if contact in ids]
    return reasons[0] if reasons else "allowed" if contact in check["allowed"] else "no answer"


def nothing_started_afterwards(suite, contacts, told):
    late, counted = [], 0
    for contact in contacts:
        at = told.done(contact, "one-click", "decline")
        for category in ("campaign", "ad-hoc"):
            for mail in suite.mails.sent(contact, category):
                counted += 1
                if at and suite.mails.came(mail) > at:
                    late.append((contact, category, f"{suite.mails.came(mail) - at:.3f} s after"))
    expect(counted, "mails were sent at all")
    expect(not late, f"{len(late)} mails started after the acknowledgement: {late[:5]}")


# --- cases


def one_click_against_all(suite):
    """One click against users, imports, invitations, campaigns and ad hoc mails: the opt-out holds, no mail after it"""
    contacts = suite.opted_out = made(suite, CONTACTS, "a")
    links = written_to(suite, contacts)
    suite.ordered += len(contacts)
    presses = [(one, "one-click", lambda one=one: post(links[one], ONE_CLICK)) for one in contacts]
    told, answers = race(suite, contacts, presses, sets, imports, invitations, campaigns, ad_hoc_mails)
    expect(all(told.ends(one) == "out" for one in contacts), "every POST was acknowledged")
    refused = sum("error" in data and data["error"]["code"] == "opted-out" for key, all in answers.items()
                  if key[0] == "optin.set" for data in all)
    expect(refused, "no user came after an opt-out")


def decline_against_confirm(suite):
    """Decline and confirmation of one mail at the same moment: one is taken, and it holds"""
    contacts = made(suite, CONTACTS, "b")
    presses = []
    for contact in contacts:
        link, fields = confirmation(suite, contact)
        presses.append((contact, "decline", lambda link=link: post(link, {"action": "decline"})))
        presses.append((contact, "confirm", lambda link=link, fields=fields: post(link, fields)))
    told, _ = race(suite, contacts, presses, permissions, imports, campaigns, ad_hoc_mails)
    taken = collections.Counter(told.ends(one) for one in contacts)
    both = [one for one in contacts if told.done(one, "decline") and told.done(one, "confirm")]
    print(f"     {dict(taken)}")
    expect(not both, f"both were taken: {[told.by_contact[one] for one in both][:3]}")
    expect(set(taken) <= {"in", "out"}, f"neither was taken: {taken}")


def one_click_against_forms(suite):
    """One click, a form and a confirmation at the same moment: refused to all but the double-opt-in mail"""
    contacts = made(suite, CONTACTS, "c")
    links = written_to(suite, contacts)
    suite.ordered += len(contacts)
    presses = []
    for contact in contacts:
        link, fields = confirmation(suite, contact)
        presses.append((contact, "one-click", lambda one=contact: post(links[one], ONE_CLICK)))
        presses.append((contact, "confirm", lambda link=link, fields=fields: post(link, fields)))
    told, _ = race(suite, contacts, presses, forms, permissions, campaigns, ad_hoc_mails, forms_too=True)
    expect(all(told.ends(one) == "out" for one in contacts), "every POST was acknowledged")


def back_again(suite):
    """Who comes back by a form and its confirmation is in, whatever users and imports do at that moment (O7)"""
    contacts = suite.opted_out
    for contact in contacts:
        suite.crm.contacts(form(contact))
    presses = []
    for contact in contacts:
        mail = newest_that_works(suite, contact)
        presses.append((contact, "confirm",
                        lambda mail=mail: press(suite.link(mail), "confirm", lambda: code_of(mail))))
    told, _ = race(suite, contacts, presses, permissions, imports, invitations, campaigns, ad_hoc_mails)
    expect(all(told.ends(one) == "in" for one in contacts), "every confirmation was taken")


def newest_that_works(suite, contact):
    """The contact's double-opt-in mail whose link is alive: the others died with the opt-out."""
    def found():
        for id in reversed(suite.mails.sent(contact, "double-opt-in")):
            if get(suite.link(mail := suite.mails.open(id))).status_code == 200:
                return mail
    return within(PATIENCE, found, f"{contact}'s mail with a link that works")


def every_file_is_known(suite):
    """Every mail's file was told of as sent, and nothing else was"""
    def sent():
        return {id for id, fact in suite.mails.update().items() if fact["type"] == "mail.sent"}

    def files():
        return {file.stem for file in suite.mails.folder.glob("*.eml")}
    within(PATIENCE, lambda: files() == sent(), "files and facts are the same")
    print(f"     {suite.raced} things raced, {len(sent())} mails were sent, {len(suite.mails.known)} decided on")


def first(suite):
    """Two instances of opt-in and of the notifier, and a user who may do all of it"""
    suite.instance("optin", 0), suite.instance("notifier", 1)
    suite.user, suite.crm, suite.mails = suite.token("mark", "marketing"), suite.client(), Mails(suite)
    suite.raced = suite.ordered = 0
    print(f"     seed {suite.seed}")


if __name__ == "__main__":
    # Everybody who ticked the box may be written to, so that there is something to withdraw.
    configuration = changed_configuration("/tmp", ("policy: double ", "policy: any "))
    suite = Suite(environment={"ASSENT_CONFIG": configuration})
    suite.seed = int(sys.argv[1]) if sys.argv[1:] else int(time.time())
    try:
        run(suite, first, one_click_against_all, decline_against_confirm, one_click_against_forms, back_again,
            every_file_is_known)
    finally:
        os.unlink(configuration)
