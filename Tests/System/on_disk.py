"""What a run left on the disk: whether any file of it holds a value that must stand nowhere in the clear (V1)."""

import base64, contextlib, os, pathlib

from walking import expect


def forms(word):
    """A word as it may stand in a file: as it is, in UTF-16, in hex, and inside base64 or base64url."""
    digits = word.encode().hex()
    found = [word.encode(), word.encode("utf-16-le"), digits.encode(), digits.upper().encode()]
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.append(encode(b"\0" * shift + word.encode())[4:-4])
    return found


def nowhere_on_disk(suite, words, contacts):
    """No file holds one of the words in any of these forms. That the search finds what there is show the contacts,
    whose ids stand in the broker's files and in the databases'."""
    expect(words and all(len(word) > 11 for word in words), "words that stand nowhere by chance")
    searched = [form for word in words for form in forms(word)]
    known = [contact.encode() for contact in contacts]
    seen, found, control = 0, set(), set()
    for root in (suite.folder, pathlib.Path(os.path.realpath(suite.folder / "state" / "database"))):
        for file in (one for one in root.rglob("*") if one.is_file() and not one.is_symlink()):
            with contextlib.suppress(FileNotFoundError):
                content = file.read_bytes()
                seen += 1
                place = "broker" if "broker" in file.parts else "database" if root != suite.folder else "run"
                if any(contact in content for contact in known):
                    control.add(place)
                if any(form in content for form in searched):
                    found.add(str(file.relative_to(root)))
    expect(seen > 100 and {"database", "broker"} <= control, f"{seen} files; contacts stand in {control}")
    expect(not found, f"in files: {sorted(found)}")
