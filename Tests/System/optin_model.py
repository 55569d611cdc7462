"""O1–O12 as a plain model, written from features.md and the contract alone: what holds after each event, what a request
is answered, and who may be sent what. `python optin_model.py` holds it against the features' own sentences."""

import collections
import dataclasses

# A weaker opt-in never replaces a stronger one (O5).
STRENGTH = {"none": 0, "single-opt-in-webform": 1, "single-opt-in-user": 2, "double-opt-in": 3}
OPT_OUTS = {"opt-out-user", "opt-out-contact"}
POLICIES = {"double": {"double-opt-in"},
            "double-or-user": {"double-opt-in", "single-opt-in-user"},
            "any": {"double-opt-in", "single-opt-in-user", "single-opt-in-webform"}}
NEW_MAIL = ["campaign", "autoresponder", "workflow", "ad-hoc"]
HOURS_A_DAY = 24


class Refused(Exception):
    """What a request is refused with."""

    @property
    def code(self):
        return self.args[0]


@dataclasses.dataclass
class Address:
    opted_out: bool = False        # by a contact who had it (O7)
    mailed_at: float | None = None  # the last double-opt-in mail that its reader did not answer (O4)
    mailed_for: str | None = None


@dataclasses.dataclass
class Confirmation:
    lists: set
    at: float


@dataclasses.dataclass
class Contact:
    id: str
    address: str
    status: str = "none"
    held: str | None = None        # the opt-out that a form has covered, until the contact confirms (O7)
    lists: set = dataclasses.field(default_factory=set)
    pending: Confirmation | None = None
    waiting: set | None = None     # the lists of a form that the limit holds back; None: there is none (O4)
    mailed_at: float | None = None
    mails: int = 0                 # double-opt-in mails ordered
    received: set = dataclasses.field(default_factory=set)
    received_at: float = 0
    history: list = dataclasses.field(default_factory=list)  # (from, to, by, reason)

    @property
    def opt_out(self):
        """The opt-out that holds, shown or covered by a form."""
        return self.status if self.status in OPT_OUTS else self.held

    def change(self, to, by, reason):
        if to != self.status:
            self.history.append((self.status, to, by, reason))
            self.status = to

    def end_pending(self):
        self.pending = self.waiting = None


class Model:
    """Times are hours."""

    def __init__(self, policy="double", mail_every=24, link_life=7 * HOURS_A_DAY, reply_window=0):
        self.policy, self.mail_every, self.link_life, self.reply_window = policy, mail_every, link_life, reply_window
        self.now = 0
        self.contacts = {}
        self.addresses = collections.defaultdict(Address)

    # --- what happens to contacts

    def created(self, id, email):
        if id in self.contacts:
            return self.updated(id, email)
        contact = self.contacts[id] = Contact(id, email)
        if self.addresses[email].opted_out:  # O7
            contact.change("opt-out-contact", "suite", "address-opted-out")

    def updated(self, id, email=None):
        if id not in self.contacts and email:
            return self.created(id, email)
        contact = self._known(id)
        if email in (None, contact.address):
            return
        # O12: starts again, save an opt-out; what is pending is dead.
        opt_out, contact.held, contact.address = contact.opt_out, None, email
        contact.end_pending()
        if self.addresses[email].opted_out:
            contact.change("opt-out-contact", "suite", "address-opted-out")
        else:
            contact.change(opt_out or "none", "suite", "address-changed")

    def form(self, id, email, marketing=True, lists=()):
        new = id not in self.contacts
        if new:
            self.created(id, email)
        contact = self.contacts[id]
        if email != contact.address:
            raise Refused("conflict")
        if not marketing:
            return
        if contact.status in OPT_OUTS or contact.status == "none":  # O2, O7
            contact.held = contact.opt_out
            contact.change("single-opt-in-webform", "contact", "web-form")
        # Of a known contact, lists wait for the confirmation.
        if new:
            contact.lists |= set(lists)
        wanted = set() if new else set(lists)
        if self._may_be_mailed(contact):
            return self._mail(contact, wanted)
        contact.waiting = (contact.waiting or set()) | wanted
        if contact.pending:
            contact.pending.lists |= wanted

    def received(self, id, message):
        contact = self._known(id)
        contact.received.add(message)
        contact.received_at = self.now  # each mail starts the window anew (O9)

    def later(self, hours):
        """Time passes; a form held back sends its mail if it is still wanted (O4)."""
        self.now += hours
        for contact in self.contacts.values():
            if contact.waiting is not None and self._may_be_mailed(contact):
                self._mail(contact, set())

    # --- what the contact does

    def has_live_link(self, id):
        pending = id in self.contacts and self.contacts[id].pending
        return bool(pending) and self.now - pending.at < self.link_life

    def confirm(self, id):
        contact = self._linked(id)
        contact.lists |= contact.pending.lists
        contact.held = None
        self.addresses[contact.address].opted_out = False
        contact.end_pending()
        self._answered(contact)
        contact.change("double-opt-in", "contact", "confirmed")

    def decline(self, id):
        self._opt_out(self._linked(id), "declined")

    def spend(self, id):
        """Five wrong codes: the link is dead (P6); that is no answer of the mail's reader."""
        self._linked(id).pending = None

    def one_click(self, id):
        self._opt_out(self.contacts[id], "one-click")

    # --- what users ask

    def set(self, id, status, reason="user"):
        contact = self._known(id)
        if contact.opt_out == "opt-out-contact":
            raise Refused("opted-out")
        if status == contact.status:
            return status
        if status == "opt-out-user":
            contact.end_pending()
        elif status == "none":
            if contact.status != "opt-out-user":
                raise Refused("conflict")
        elif STRENGTH.get(contact.status, 0) > STRENGTH[status]:
            raise Refused("conflict")
        contact.held = None
        contact.change(status, "user", reason)
        return status

    def import_(self, items):
        """`items`: [(contact, status)]; returns how many changed, and {reason: contacts}."""
        changed, refused = 0, collections.defaultdict(list)
        for id, status in items:
            if id not in self.contacts:
                refused["unknown"].append(id)
                continue
            before = len(self.contacts[id].history)
            try:
                self.set(id, status, "import")
                changed += len(self.contacts[id].history) - before
            except Refused as refusal:
                refused[refusal.code].append(id)
        return changed, dict(refused)

    def invite(self, ids):
        """Returns how many mails were sent, and {reason: contacts}."""
        sent, refused = 0, collections.defaultdict(list)
        for id in ids:
            reason = self._not_invited(id)
            if reason:
                refused[reason].append(id)
            else:
                self._mail(self.contacts[id], set())
                sent += 1
        return sent, dict(refused)

    def subscribe(self, id, list):
        self._known(id).lists.add(list)
        return self.contacts[id].lists

    def leave(self, id, list):
        contact = self._known(id)
        contact.lists.discard(list)
        for asked in (contact.waiting, contact.pending and contact.pending.lists):
            (asked or set()).discard(list)  # what was asked for before is asked no longer
        return self.contacts[id].lists

    # --- who may be sent what

    def check(self, category, id, list=None, in_reply_to=None):
        """`allowed`, or the reason (O7, O8, O9, O10)."""
        contact = self.contacts.get(id)
        if not contact:
            return "unknown"
        if category == "reply":
            old = self.reply_window and self.now - contact.received_at > self.reply_window
            return "allowed" if in_reply_to in contact.received and not old else "no-conversation"
        if contact.held:
            return "unconfirmed"
        if contact.status in OPT_OUTS:
            return contact.status
        if category == "campaign" and contact.status not in POLICIES[self.policy]:
            return contact.status
        if category == "campaign" and list and list not in contact.lists:
            return "not-on-list"
        return "allowed"

    # --- within

    def _known(self, id):
        if id not in self.contacts:
            raise Refused("unknown-contact")
        return self.contacts[id]

    def _linked(self, id):
        if not self.has_live_link(id):
            raise Refused("dead")
        return self.contacts[id]

    def _opt_out(self, contact, reason):
        """The contact's own; it holds for the address, and for whoever else has that (O7)."""
        self._answered(contact)
        self.addresses[contact.address].opted_out = True
        for other in self.contacts.values():
            if other.address == contact.address:
                other.held = None
                other.end_pending()
                by = ("contact", reason) if other is contact else ("suite", "address-opted-out")
                other.change("opt-out-contact", *by)

    def _not_invited(self, id):
        contact = self.contacts.get(id)
        if not contact:
            return "unknown"
        if contact.opt_out or contact.status == "double-opt-in":
            return contact.opt_out or contact.status
        return None if self._may_be_mailed(contact) else "recently-sent"

    def _may_be_mailed(self, contact):
        return all(one.mailed_at is None or self.now - one.mailed_at >= self.mail_every
                   for one in (contact, self.addresses[contact.address]))

    def _mail(self, contact, lists):
        address = self.addresses[contact.address]
        contact.mailed_at = address.mailed_at = self.now
        address.mailed_for = contact.id
        earlier = contact.pending.lists if contact.pending else set()
        contact.pending = Confirmation(lists | earlier | (contact.waiting or set()), self.now)
        contact.waiting = None
        contact.mails += 1

    def _answered(self, contact):
        """The reader's answer: the last mail no longer counts (O4)."""
        contact.mailed_at = None
        address = self.addresses[contact.address]
        if address.mailed_for == contact.id:
            address.mailed_at = address.mailed_for = None


# --- the features' sentences


def status(model, id="c"):
    return model.contacts[id].status


def refused(code, what, *arguments):
    try:
        what(*arguments)
    except Refused as refusal:
        assert refusal.code == code, refusal
    else:
        raise AssertionError(f"{code} wanted")


def known(**settings):
    model = Model(**settings)
    model.created("c", "a")
    return model


def a_form_and_its_confirmation():
    """O1–O3 none, web form, double; a form without the tick changes nothing; a link works once"""
    model = known()
    model.form("c", "a", marketing=False)
    assert status(model) == "none" and not model.has_live_link("c")
    model.form("c", "a", lists=["news"])
    assert status(model) == "single-opt-in-webform" and model.contacts["c"].lists == set()
    refused("conflict", model.form, "c", "b")
    model.confirm("c")
    assert status(model) == "double-opt-in" and model.contacts["c"].lists == {"news"}
    refused("dead", model.confirm, "c")
    assert [one[3] for one in model.contacts["c"].history] == ["web-form", "confirmed"]


def one_mail_in_a_day():
    """O4 one mail per contact and address in 24 hours, whoever asks; an answered one no longer counts"""
    model = known()
    model.created("d", "a")
    assert model.invite(["c", "d", "x"]) == (1, {"recently-sent": ["d"], "unknown": ["x"]})
    model.form("d", "a", lists=["news"])
    assert not model.has_live_link("d")
    model.later(23)
    assert not model.has_live_link("d")
    model.later(1)
    assert model.contacts["d"].pending.lists == {"news"} and model.contacts["d"].mails == 1
    model.confirm("d")
    assert model.invite(["d", "c"]) == (1, {"double-opt-in": ["d"]})
    model = known()
    model.form("c", "a")
    model.form("c", "a", lists=["news"])  # held back; the pending confirmation takes its lists
    model.decline("c")
    model.later(48)
    assert model.contacts["c"].mails == 1, "no longer wanted"
    assert model.invite(["c"]) == (0, {"opt-out-contact": ["c"]})
    model.form("c", "a")
    assert model.contacts["c"].mails == 2, "an answered mail does not count"
    model.updated("c", "b")
    model.form("c", "b")
    assert not model.has_live_link("c"), "the contact's limit goes along"


def what_users_can_set():
    """O5, O6 a weaker opt-in never replaces a stronger; opt-out-user can be undone, nothing else"""
    model = known()
    assert model.set("c", "single-opt-in-user") == model.set("c", "single-opt-in-user") == "single-opt-in-user"
    refused("conflict", model.set, "c", "none")
    model.form("c", "a")
    assert status(model) == "single-opt-in-user"
    model.confirm("c")
    refused("conflict", model.set, "c", "single-opt-in-user")
    model.set("c", "opt-out-user")
    model.set("c", "none")
    assert status(model) == "none"
    model.set("c", "opt-out-user")
    model.form("c", "a")
    assert model.check("ad-hoc", "c") == "unconfirmed" and model.invite(["c"])[1] == {"opt-out-user": ["c"]}
    model.set("c", "single-opt-in-user")
    assert model.check("ad-hoc", "c") == "allowed"
    assert model.import_([("c", "single-opt-in-user"), ("x", "opt-out-user")]) == (0, {"unknown": ["x"]})
    refused("unknown-contact", model.set, "x", "none")


def the_contacts_own_opt_out():
    """O7 no user, no import and no address undoes it; it holds for the address; the contact's confirmation lifts it"""
    model = known()
    model.created("d", "a")
    model.form("d", "a")
    model.one_click("c")
    assert (status(model), status(model, "d")) == ("opt-out-contact", "opt-out-contact")
    assert model.contacts["d"].history[-1][2:] == ("suite", "address-opted-out")
    refused("dead", model.confirm, "d")
    for wanted in ("single-opt-in-user", "opt-out-user", "none"):
        refused("opted-out", model.set, "c", wanted)
    assert model.import_([("c", "single-opt-in-user")]) == (0, {"opted-out": ["c"]})
    model.created("e", "a")
    assert status(model, "e") == "opt-out-contact"
    model.later(24)
    model.form("e", "a")
    assert status(model, "e") == "single-opt-in-webform"
    assert {model.check(category, "e") for category in NEW_MAIL} == {"unconfirmed"}
    refused("opted-out", model.set, "e", "single-opt-in-user")
    model.confirm("e")
    model.created("f", "a")
    assert status(model, "f") == "none" and model.check("campaign", "e") == "allowed"
    assert status(model) == "opt-out-contact", "each contact's own confirmation"


def who_may_be_sent_what():
    """O8–O10 policies, conversations, lists"""
    for policy, wanted in (("double", {"double-opt-in"}),
                           ("double-or-user", {"double-opt-in", "single-opt-in-user"}),
                           ("any", {"double-opt-in", "single-opt-in-user", "single-opt-in-webform"})):
        model = Model(policy, reply_window=90 * HOURS_A_DAY)
        for id in "cdef":
            model.created(id, id)
        model.set("d", "single-opt-in-user")
        model.form("e", "e"), model.form("f", "f"), model.confirm("f")
        allowed = {status(model, id) for id in "cdef" if model.check("campaign", id) == "allowed"}
        assert allowed == wanted, (policy, allowed)
        assert {model.check("ad-hoc", id) for id in "cdef"} == {"allowed"} and model.check("ad-hoc", "x") == "unknown"
    assert model.check("campaign", "f", list="news") == "not-on-list"
    model.subscribe("f", "news")
    assert model.check("campaign", "f", list="news") == "allowed"
    model.leave("f", "news")
    assert status(model, "f") == "double-opt-in", "leaving is no opt-out"
    model.received("f", "<1>")
    model.one_click("f")
    assert model.check("reply", "f", in_reply_to="<1>") == "allowed"
    assert model.check("reply", "e", in_reply_to="<1>") == "no-conversation"
    model.later(80 * HOURS_A_DAY), model.received("f", "<2>"), model.later(80 * HOURS_A_DAY)
    assert model.check("reply", "f", in_reply_to="<1>") == "allowed", "started anew"
    model.later(20 * HOURS_A_DAY)
    assert model.check("reply", "f", in_reply_to="<2>") == "no-conversation"


def a_changed_address():
    """O12 a changed address starts at none, an opt-out stays, pending links are dead"""
    model = known()
    model.form("c", "a"), model.confirm("c"), model.form("c", "a", lists=["news"])
    model.updated("c", "b")
    assert status(model) == "none" and not model.has_live_link("c") and model.contacts["c"].lists == set()
    model.one_click("c")
    model.updated("c", "a")
    assert status(model) == "opt-out-contact"
    model.created("d", "a")
    assert status(model, "d") == "none", "the other address was opted out"
    model.updated("d", "b")
    assert status(model, "d") == "opt-out-contact"
    model.form("c", "a")
    model.updated("c", "e")
    assert status(model) == "opt-out-contact" and model.contacts["c"].held is None, "unconfirmed: the opt-out stays"


if __name__ == "__main__":
    for case in (a_form_and_its_confirmation, one_mail_in_a_day, what_users_can_set, the_contacts_own_opt_out,
                 who_may_be_sent_what, a_changed_address):
        case()
        print(f"ok   {case.__doc__}")
