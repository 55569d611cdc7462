"""The README's tour, word for word: every command of it runs in one shell as a reader's would, and shows what the text
beside it says. Only what a reader does with the eyes, the mouse and patience is done here."""

import json, pathlib, re, subprocess

from harness import REPOSITORY, Suite, run, within
from page import choose
from walking import code_of, confirm, expect, mail_to, press

CONTACT, ADDRESS = "c-1001", "anna@example.com"
END = "--- end of the block"


class Reader:
    """A shell in a folder that looks like the repository's, and what of the tour is still to be run."""

    def __init__(self, suite):
        text = (REPOSITORY / "README.md").read_text(encoding="utf-8")
        tour = text.split("\n## A tour\n")[1].split("\n## ")[0]
        self.blocks = re.findall(r"^```sh\n(.*?)^```$", tour, re.MULTILINE | re.DOTALL)
        folder = suite.folder / "reader"
        (folder / ".build").mkdir(parents=True)
        (folder / ".build" / "debug").symlink_to(suite.bin)
        (folder / "assent.yaml").symlink_to(REPOSITORY / "assent.yaml")
        (folder / "dev").write_text(f'#!/bin/sh\nexec "{REPOSITORY}/dev" "$@"\n')
        (folder / "dev").chmod(0o755)
        self.shell = subprocess.Popen(["bash"], cwd=folder, env=suite.environ, text=True, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.shell.stdin.write("shopt -s expand_aliases\n")
        suite.processes.append(self.shell)

    def block(self):
        """Runs the next block and returns what it shows."""
        self.shell.stdin.write(f"{self.blocks.pop(0)}\necho '{END}'\n")
        self.shell.stdin.flush()
        lines = []
        for line in self.shell.stdout:
            if line.rstrip("\n") == END:
                return "".join(lines)
            lines.append(line)
        raise AssertionError(f"the shell ended: {''.join(lines)}")

    def replies(self):
        """Runs the next block and returns the objects that it shows, in their order, and all of its text."""
        text, found, at = self.block(), [], 0
        while (at := text.find("{", at)) >= 0:
            try:
                one, at = json.JSONDecoder().raw_decode(text, at)
                found.append(one)
            except json.JSONDecodeError:
                at += 1
        return found, text


def begin(suite):
    """The terminal is told where everything is"""
    suite.reader = Reader(suite)
    expect(suite.reader.block() == "", "it shows something")


def a_form(suite):
    """1. A form makes an unconfirmed opt-in"""
    (shown,), text = suite.reader.replies()
    expect(shown["status"] == "single-opt-in-webform" and shown["history"][0]["text"] == "Yes, send me news by e-mail.",
           text)
    (checked,), text = suite.reader.replies()
    expect(checked["allowed"] == [] and checked["refused"] == {"single-opt-in-webform": [CONTACT]}, text)


def a_mail(suite):
    """2. A mail asks, its button confirms"""
    mail = mail_to(suite, ADDRESS)
    expect(suite.link(mail).split("/o/")[0] in suite.reader.block().replace("=\n", ""), "the mail is another")
    expect(confirm(suite, mail).status_code == 200, "not confirmed")
    (shown, checked), text = suite.reader.replies()
    expect(shown["status"] == "double-opt-in" and checked["allowed"] == [CONTACT], text)


def an_import(suite):
    """3. Contacts are imported and invited"""
    replies, text = suite.reader.replies()
    imported, invited, subscribed = replies[-3:]
    expect(imported["changed"] == 2 and imported["refused"] == {"unknown": ["c-nobody"]}, text)
    # Whom consent does not know yet, a condition on an attribute does not find: services have no common order.
    expect(invited["sent"] <= 1 and all(one["status"] == "ok" for one in (imported, invited, subscribed)), text)


def a_campaign(suite):
    """4. A campaign goes to who confirmed"""
    replies, text = suite.reader.replies()
    expect([one["status"] for one in replies] == ["ok", "ok"] and replies[0]["recipients"] == 2, text)
    crm = suite.client("crm")
    progress = lambda: crm.request("mail.progress", "-", {"campaign": "spring"})
    within(20, lambda: progress()["sent"] == 1, "the campaign's mail")
    expect(progress()["suppressed"] == {"single-opt-in-user": 1}, f"{progress()}")
    mail_to(suite, ADDRESS, 2)


def one_click(suite):
    """5. One click ends it"""
    replies, text = suite.reader.replies()
    expect("200" in text.splitlines() and replies[-1]["status"] == "opt-out-contact", text)


def a_colleague(suite):
    """6. A colleague may answer alone"""
    replies, text = suite.reader.replies()
    expect(replies[-1]["allowed"] == [CONTACT], text)
    mails = [str(mail["Subject"]) for mail in suite.mails(ADDRESS)]
    expect(len(mails) == 2, f"a mail was sent after the opt-out: {mails}")


def a_credit_card(suite):
    """7. A sensitive field is stored with the contact's consent alone, and shown masked"""
    replies, text = suite.reader.replies()
    refused, recorded, stored, read, found = replies
    expect(refused["error"]["code"] == "locked", text)
    expect(recorded["index"] and stored["stored"] == ["creditCard"], text)
    expect(read["fields"] == {"creditCard": {"masked": "••••1234", "state": "stored", "locked": False}}, text)
    expect("4111" not in text and found["contacts"] == [CONTACT], text)


def a_reveal(suite):
    """8. Who may reveals it, and the log says who did"""
    replies, text = suite.reader.replies()
    revealed, refused = replies[:2]
    expect(revealed["value"] == "4111 1111 1111 1234", text)
    expect(refused["error"]["code"] == "not-permitted", text)
    log = text[text.index("\nat "):]
    rows = [line for line in log.splitlines() if re.match(r"\d{4}-\d\d-\d\dT", line)]
    expect(len(rows) == 2, text)
    expect("mark" in rows[0] and "refused" in rows[0] and "grace" in rows[1] and "released" in rows[1] and
           "Refund of order 4711" in rows[1], text)
    # The checkpoint comes within a second, before or after the question.
    counted = re.search(r"^intact: (\d+) entries in the tree, (\d+) waiting", log, re.MULTILINE)
    expect(counted and int(counted[1]) + int(counted[2]) == 2, text)


def a_page(suite):
    """9. The contact decides on the page, confirmed by mail"""
    replies, text = suite.reader.replies()
    answer = choose(replies[-1]["url"], consent__tracking="granted")
    expect(answer.status_code == 200, f"saving was answered {answer.status_code}")
    mail = mail_to(suite, ADDRESS, 3)
    answer = press(suite.link(mail, "c"), "confirm", lambda: code_of(mail))
    expect(answer.status_code == 200, f"confirming was answered {answer.status_code}")
    (shown, history), text = suite.reader.replies()
    tracking = next(one for one in shown["decisions"] if one["consent"] == "tracking")
    expect(tracking["decision"] == "granted" and tracking["channel"] == "page", text)
    expect(history["entries"][0]["index"] == tracking["index"], text)


def refusals(suite):
    """10. What cannot be accepted is said, and kept"""
    replies, text = suite.reader.replies()
    codes = [one["error"]["code"] for one in replies if "error" in one]
    expect(codes == ["unknown-contact", "invalid-field"], text)
    expect(text.splitlines()[-1].startswith("assent.yaml: in order"), text)
    expect(not suite.reader.blocks, f"{len(suite.reader.blocks)} blocks were not run")


if __name__ == "__main__":
    run(Suite(), begin, a_form, a_mail, an_import, a_campaign, one_click, a_colleague, a_credit_card, a_reveal, a_page,
        refusals)
