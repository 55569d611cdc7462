"""A flood of others' questions: pages answer and mails leave meanwhile, and what nobody waits for any more is dropped."""

import json, threading, time

import pika

from harness import Suite, event, run, within
from walking import Walker, expect, fresh, get, mail_to

QUESTIONS, CONTACTS = 1500, 10_000
MEASURED = 20  # seconds of pages and mails beside the flood
DROPPED_AFTER = 60  # seconds that a question waits at most (contract section 1)


class Flood(threading.Thread):
    """Publishes the questions as fast as the broker takes them, and reads no reply."""

    def __init__(self, suite, contacts):
        super().__init__(daemon=True)
        self.connection = pika.BlockingConnection(pika.URLParameters(suite.amqp_url("crm")))
        self.contacts, self.published = contacts, 0
        self.start()

    def run(self):
        channel = self.connection.channel()
        data = {"category": "campaign", "contacts": self.contacts}
        for _ in range(QUESTIONS):
            question = event("optin.check", "flood", data)
            channel.basic_publish("requests", "optin.check", json.dumps(question).encode(), pika.BasicProperties(
                content_type="application/cloudevents+json", delivery_mode=2, message_id=question["id"],
                user_id="crm", headers={"partitionkey": "flood"}, reply_to="crm.nobody", correlation_id="1"))
            self.published += 1
        self.connection.close()


def contacts_are_known(suite):
    """A contact with a confirmation link, and 10,000 others in opt-in's table"""
    suite.walker, contact = Walker(suite), fresh()
    suite.walker.submit(contact)
    suite.link_open = suite.link(mail_to(suite, f"{contact}@example.com"))
    suite.contacts = [f"flood-{number}" for number in range(CONTACTS)]
    suite.sql("optin", """
        INSERT INTO contact SELECT (jsonb_populate_record(c, jsonb_build_object('contact', asked))).*
        FROM contact AS c, unnest(%s::text[]) AS asked WHERE c.contact = %s""", suite.contacts, contact)


def pages_and_mails_go_on(suite):
    """While 1,500 checks of 10,000 contacts wait, confirmation pages open and mails leave: most pages within a second"""
    expect(get(suite.link_open).status_code == 200, "the page before the flood")
    suite.flood = flood = Flood(suite, suite.contacts)
    within(20, lambda: suite.waiting("optin.queries") > 50, "the flood is there")
    pages, mails, end = [], [], time.monotonic() + MEASURED
    while time.monotonic() < end:
        contact, begun = fresh(), time.monotonic()
        suite.walker.submit(contact)
        while not suite.mails(f"{contact}@example.com"):
            asked = time.monotonic()
            answer = get(suite.link_open)
            pages.append(time.monotonic() - asked)
            expect(answer.status_code == 200, f"the page: {answer.status_code} after {pages[-1]:.1f} s")
            expect(time.monotonic() - begun < 20, "no mail within 20 s")
            time.sleep(0.02)
        mails.append(time.monotonic() - begun)
    left = suite.waiting("optin.queries")
    pages.sort()
    print(f"     {len(pages)} pages, median {pages[len(pages) // 2]:.2f} s, slowest {pages[-1]:.2f} s; "
          f"{len(mails)} mails, slowest {max(mails):.1f} s; {flood.published} questions published, {left} wait")
    expect(left > 0, "the flood was over before the end of the measurement")
    expect(pages[len(pages) // 2] < 1, "half of the pages")
    expect(pages[-1] < 5, "the slowest page, also where other work keeps the processors busy")
    expect(max(mails) < 10, "mails leave")


def old_questions_are_dropped(suite):
    """A minute after the last one was published no question waits, answered or not; a new one is answered at once"""
    suite.flood.join(60)
    expect(not suite.flood.is_alive(), "all are published")
    within(DROPPED_AFTER + 15, lambda: suite.depths()["optin.queries"] < 50, "the questions are gone")
    begun = time.monotonic()
    answer = suite.walker.ok("optin.check", "flood", {"category": "campaign", "contacts": suite.contacts[:10]})
    expect(time.monotonic() - begun < 5, f"a new question took {time.monotonic() - begun:.1f} s")
    expect(sum(map(len, answer["refused"].values())) + len(answer["allowed"]) == 10, f"{answer}")


if __name__ == "__main__":
    run(Suite(), contacts_are_known, pages_and_mails_go_on, old_questions_are_dropped)
