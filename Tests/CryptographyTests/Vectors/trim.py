"""Makes this folder's files anew from what was published: trim.py CRYPTOGRAPHY_VECTORS.whl WYCHEPROOF

The first is the wheel `cryptography-vectors` from PyPI, the second a checkout of github.com/C2SP/wycheproof.
What our interfaces cannot even express is left out: other key sizes, nonces and tags of other lengths.
"""
import json
import os
import re
import sys
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
GCM_A_SHAPE = 5  # of the 15 that NIST has for each length of plaintext and associated data


def write(name, rows):
    with open(os.path.join(HERE, name), "w", encoding="ascii") as file:
        file.write("[\n" + ",\n".join(json.dumps(row, separators=(",", ":")) for row in rows) + "\n]\n")
    print(name, len(rows))


def blocks(text):
    """Each vector of a CAVP response file with the bracketed parameters above it."""
    parameters = {}
    for block in re.split(r"\r?\n\r?\n+", text):
        lines = [line.strip() for line in block.splitlines() if line.strip() and not line.startswith("#")]
        vector = {}
        for line in lines:
            if bracketed := re.fullmatch(r"\[(.+?) *= *(\d+)\]", line):
                parameters[bracketed[1]] = int(bracketed[2])
            else:
                name, _, value = line.partition("=")
                vector[name.strip().lower()] = value.strip()
        if "count" in vector:
            yield parameters, vector


def cavp(wheel):
    def text(path):
        return wheel.read("cryptography_vectors/" + path).decode("ascii")

    def gcm(path, ciphertext="ct"):
        return [{"key": vector["key"], "iv": vector["iv"], "aad": vector["aad"], "msg": vector.get("pt", ""),
                 "ct": vector[ciphertext], "tag": vector["tag"], "valid": "fail" not in vector}
                for shape, vector in blocks(text(path))
                if shape["IVlen"] == 96 and shape["Taglen"] == 128 and int(vector["count"]) < GCM_A_SHAPE]

    write("cavp-gcm-encrypt.json", gcm("ciphers/AES/GCM/gcmEncryptExtIV256.rsp"))
    write("cavp-gcm-decrypt.json", gcm("ciphers/AES/GCM/gcmDecrypt256.rsp"))
    rows = []
    for path in ("KW_AE_256", "KW_AD_256"):
        for shape, vector in blocks(text(f"keywrap/kwtestvectors/{path}.txt")):
            limit = 40 if shape["PLAINTEXT LENGTH"] == 256 else 3
            if int(vector["count"]) < limit and shape["PLAINTEXT LENGTH"] <= 320:
                rows.append({"key": vector["k"], "msg": vector.get("p", ""), "ct": vector["c"],
                             "valid": "p" in vector})
    write("cavp-wrap.json", rows)


def wycheproof(folder):
    def groups(name):
        with open(os.path.join(folder, "testvectors_v1", name + "_test.json"), encoding="utf-8") as file:
            return json.load(file)["testGroups"]

    def row(test, *names, **more):
        return {"id": test["tcId"], "comment": test["comment"], **{name: test[name] for name in names}, **more,
                "valid": test["result"] == "valid"}

    write("wycheproof-gcm.json", [
        row(test, "key", "iv", "aad", "msg", "ct", "tag") for group in groups("aes_gcm")
        if (group["keySize"], group["ivSize"], group["tagSize"]) == (256, 96, 128) for test in group["tests"]])
    write("wycheproof-wrap.json", [
        row(test, "key", "msg", "ct") for group in groups("aes_wrap") if group["keySize"] == 256
        for test in group["tests"]])
    write("wycheproof-ecdh.json", [
        row(test, "shared", public=json.dumps(test["public"]), private=test["private"].get("d", ""))
        for group in groups("ecdh_secp256r1_webcrypto") for test in group["tests"]])
    # The bare point, for what a JWK cannot hold: infinity, compressed points, points of another length.
    write("wycheproof-ecdh-points.json", [
        row(test, "shared", "public", "private", special=True) for group in groups("ecdh_secp256r1_ecpoint")
        for test in group["tests"] if test["result"] != "valid"])
    write("wycheproof-ed25519.json", [
        row(test, "msg", "sig", public=group["publicKey"]["pk"]) for group in groups("ed25519")
        for test in group["tests"]])
    sealed = []
    for group in groups("json_web_encryption"):
        key = group["private"]
        ours = key.get("kty") == "EC" and key.get("crv") == "P-256"
        sealed += [row(test, "jwe", msg=test.get("pt", ""), private=key["d"] if ours else "")
                   for test in (group["tests"] if ours else group["tests"][:1])]
    write("wycheproof-jwe.json", sealed)


if __name__ == "__main__":
    with zipfile.ZipFile(sys.argv[1]) as wheel:
        cavp(wheel)
    wycheproof(sys.argv[2])
