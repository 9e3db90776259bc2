#!/usr/bin/env python3
"""A second judge of archives: one file, the standard library, nothing of kaowu.

Written from docs/reference/journal-format.md alone, so that an auditor need not
trust the program that wrote an archive to find out whether it is whole.

    python3 verify_archive.py FILE [--key VKEY] [--policy FILE] [--checkpoint FILE]... [--anchor SIZE:ROOT]...

FILE is an archive, or the proof of one fact (docs/reference/fact-proof.md).
Exit code 0: accepted; 1: refused, the first bad place is named; 2: not usable.
"""

import argparse
import base64
import hashlib
import json
import re
import sys
import unicodedata
from pathlib import Path

MARKS = {bytes.fromhex("894b57410d0a1a0a"): "international", bytes.fromhex("894b574e0d0a1a0a"): "national"}
ROWS, PIECE, LONGEST = 256, 1 << 20, 1 << 26
DEEPEST, SEAL = 400, "kaowu archive seal"
HEAD = {"format": int, "made_at": int} | dict.fromkeys(("suite", "origin", "key", "exam", "software"), str)
ITEM = {"digest": bytes, "size": int, "media": str}
WITHHELD = {"digest": bytes, "size": int, "what": str}
sys.setrecursionlimit(max(sys.getrecursionlimit(), 10 * DEEPEST))


RUN, ATTESTATION, OFFICE = b"kaowu run 2\n", b"kaowu attestation 1\n", b"kaowu office key 1\n"
PERSON, POSSESSION = b"kaowu person 1\n", b"kaowu person key 1\n"
LONGEST_RUN, MOST_FAULTS = 128, 1000


class Refused(Exception):
    """The archive does not hold: at which offset, in which part, why."""

    def __init__(self, offset, part, why, index=None):
        super().__init__(why)
        self.offset, self.part, self.why, self.index = offset, part, why, index


def sha256(content):
    return hashlib.sha256(content).digest()


# ---- SM3 (GB/T 32905), where Python's own library lacks it ----


def turned(word, by):
    by %= 32
    return (word << by | word >> 32 - by) & 0xFFFFFFFF


def spread(word, one, other):
    return word ^ turned(word, one) ^ turned(word, other)


class Sm3:
    START = "7380166f4914b2b9172442d7da8a0600a96f30bc163138aae38dee4db0fb0e4e"

    def __init__(self, content=b""):
        self.state = [int(self.START[i : i + 8], 16) for i in range(0, 64, 8)]
        self.length, self.rest = 0, b""
        self.update(content)

    def update(self, content):
        self.length += len(content)
        content = self.rest + content
        whole = len(content) - len(content) % 64
        for at in range(0, whole, 64):
            self.state = self.mixed(self.state, content[at : at + 64])
        self.rest = content[whole:]

    def digest(self):
        padding = b"\x80" + bytes((55 - self.length) % 64) + (8 * self.length).to_bytes(8, "big")
        state, content = self.state, self.rest + padding
        for at in range(0, len(content), 64):
            state = self.mixed(state, content[at : at + 64])
        return b"".join(word.to_bytes(4, "big") for word in state)

    @staticmethod
    def mixed(state, block):
        w = [int.from_bytes(block[i : i + 4], "big") for i in range(0, 64, 4)]
        for j in range(16, 68):
            mixed = spread(w[j - 16] ^ w[j - 9] ^ turned(w[j - 3], 15), 15, 23)
            w.append(mixed ^ turned(w[j - 13], 7) ^ w[j - 6])
        a, b, c, d, e, f, g, h = state
        for j in range(64):
            t = 0x79CC4519 if j < 16 else 0x7A879D8A
            one = turned((turned(a, 12) + e + turned(t, j)) & 0xFFFFFFFF, 7)
            other = one ^ turned(a, 12)
            if j < 16:
                ff, gg = a ^ b ^ c, e ^ f ^ g
            else:
                ff, gg = a & b | a & c | b & c, e & f | ~e & g
            tt1 = (ff + d + other + (w[j] ^ w[j + 4])) & 0xFFFFFFFF
            tt2 = (gg + h + one + w[j]) & 0xFFFFFFFF
            a, b, c, d = tt1, a, turned(b, 9), c
            e, f, g, h = spread(tt2, 9, 17), e, turned(f, 19), g
        return [one ^ other for one, other in zip((a, b, c, d, e, f, g, h), state, strict=True)]


def sm3_hasher():
    return hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else Sm3()


def sm3(content):
    hasher = sm3_hasher()
    hasher.update(content)
    return hasher.digest()


# ---- Ed25519 (RFC 8032, section 5.1), verification only ----

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def added(a, b):
    """The sum of two points in extended coordinates."""
    x1, y1, z1, t1 = a
    x2, y2, z2, t2 = b
    m, n = (y1 - x1) * (y2 - x2) % P, (y1 + x1) * (y2 + x2) % P
    c, d = 2 * t1 * t2 * D % P, 2 * z1 * z2 % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def sum_of(a, point_a, b, point_b):
    """The sum of two points, each taken so many times; both at once, bit by bit."""
    both, total = added(point_a, point_b), (0, 1, 1, 0)
    for bit in range(max(a.bit_length(), b.bit_length()) - 1, -1, -1):
        total = added(total, total)
        chosen = (None, point_a, point_b, both)[(a >> bit & 1) + 2 * (b >> bit & 1)]
        total = added(total, chosen) if chosen else total
    return total


def point_of(encoded):
    """The point that 32 bytes encode, or None."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (1 << 255) - 1
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


def bytes_of(point):
    x, y, z, _ = point
    inverse = pow(z, P - 2, P)
    x, y = x * inverse % P, y * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE = point_of((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519_holds(public, message, signature):
    key = point_of(public)
    if key is None or len(signature) != 64:
        return False
    r, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(r + public + message).digest(), "little") % L
    minus_key = (P - key[0], key[1], 1, P - key[3])
    return bytes_of(sum_of(s, BASE, k, minus_key)) == r


# ---- ECDSA over P-256, and SM2: verification only ----


class Curve:
    """y² = x³ − 3x + b over a prime field; points are pairs, None is the point at infinity."""

    def __init__(self, p, b, n, gx, gy):
        self.p, self.b, self.n, self.base = p, b, n, (gx, gy)

    def point(self, encoded):
        x, y = int.from_bytes(encoded[1:33], "big"), int.from_bytes(encoded[33:], "big")
        if encoded[0] != 4 or max(x, y) >= self.p or (y * y - x * x * x + 3 * x - self.b) % self.p:
            return None
        return x, y

    def added(self, one, other):
        if one is None or other is None:
            return one or other
        (x1, y1), (x2, y2), p = one, other, self.p
        if x1 == x2 and (y1 + y2) % p == 0:
            return None
        slope = (3 * x1 * x1 - 3) * pow(2 * y1, -1, p) if one == other else (y2 - y1) * pow(x2 - x1, -1, p)
        x = (slope * slope - x1 - x2) % p
        return x, (slope * (x1 - x) - y1) % p

    def sum_of(self, a, point_a, b, point_b):
        both, total = self.added(point_a, point_b), None
        for bit in range(max(a.bit_length(), b.bit_length()) - 1, -1, -1):
            total = self.added(total, total)
            total = self.added(total, (None, point_a, point_b, both)[(a >> bit & 1) + 2 * (b >> bit & 1)])
        return total


P256 = Curve(
    2**256 - 2**224 + 2**192 + 2**96 - 1,
    0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B,
    0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)
SM2 = Curve(
    2**256 - 2**224 - 2**96 + 2**64 - 1,
    0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93,
    0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123,
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)


def numbers_of(curve, public, signature):
    key = curve.point(public)
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    holds = key and len(signature) == 64 and 0 < r < curve.n and 0 < s < curve.n
    return (key, r, s) if holds else None


def p256_holds(public, message, signature):
    numbers = numbers_of(P256, public, signature)
    if not numbers:
        return False
    key, r, s = numbers
    inverse = pow(s, -1, P256.n)
    point = P256.sum_of(
        int.from_bytes(sha256(message), "big") * inverse % P256.n, P256.base, r * inverse % P256.n, key
    )
    return point is not None and point[0] % P256.n == r


def sm2_holds(public, message, signature):
    numbers = numbers_of(SM2, public, signature)
    if not numbers:
        return False
    key, r, s = numbers
    parts = (SM2.p - 3, SM2.b, *SM2.base)
    identity = b"\x00\x801234567812345678" + b"".join(part.to_bytes(32, "big") for part in parts)
    e = int.from_bytes(sm3(sm3(identity + public[1:]) + message), "big")
    t = (r + s) % SM2.n
    point = SM2.sum_of(s, SM2.base, t, key) if t else None
    return point is not None and (e + point[0]) % SM2.n == r


# Kind before a key: the length of the key, who verifies, the hash of its ids, the suite it counts under.
KINDS = {
    b"\x01": (32, ed25519_holds, sha256, "international"),
    b"\x04": (32, ed25519_holds, sha256, "international"),
    b"\xffkaowu/p256\n": (65, p256_holds, sha256, "international"),
    b"\xffkaowu/sm2\n": (65, sm2_holds, sm3, "national"),
    b"\xffkaowu/sm2-cosignature\n": (65, sm2_holds, sm3, "national"),
}
COSIGNERS = {b"\x04", b"\xffkaowu/sm2-cosignature\n"}
HASHERS = {"international": (hashlib.sha256, sha256), "national": (sm3_hasher, sm3)}


def kind_of(content):
    """Kind and public key of the bytes of a key."""
    kind = content[: content.find(b"\n") + 1] if content[:1] == b"\xff" else content[:1]
    if kind not in KINDS or len(content) - len(kind) != KINDS[kind][0]:
        raise ValueError("not a verifying key")
    return kind, content[len(kind) :]


# ---- canonical CBOR ----


def value_of(content):
    """The value of canonical CBOR; ValueError for anything else."""
    value, end = item(content, 0, 0)
    if end != len(content):
        raise ValueError("bytes follow the value")
    return value


def item(content, at, depth):
    if at >= len(content):
        raise ValueError("breaks off")
    major, short = content[at] >> 5, content[at] & 31
    at += 1
    if major == 7:
        if short not in (20, 21, 22):
            raise ValueError("a value that is not allowed")
        return {20: False, 21: True, 22: None}[short], at
    number, at = argument(content, at, short)
    if major in (0, 1):
        return (number if major == 0 else -1 - number), at
    if major in (4, 5) and number and depth == DEEPEST:
        raise ValueError("nested too deeply")
    if major in (2, 3):
        if at + number > len(content):
            raise ValueError("breaks off")
        piece = content[at : at + number]
        return (piece if major == 2 else text(piece)), at + number
    if major == 4:
        return items(content, at, number, depth)
    if major == 5:
        return mapping(content, at, number, depth)
    raise ValueError("tags are not allowed")


def argument(content, at, short):
    if short < 24:
        return short, at
    if short > 27:
        raise ValueError("a length that is not definite")
    width = 1 << short - 24
    if at + width > len(content):
        raise ValueError("breaks off")
    number = int.from_bytes(content[at : at + width], "big")
    if number < (24 if width == 1 else 1 << 4 * width):
        raise ValueError("a number not in its shortest form")
    return number, at + width


def items(content, at, count, depth):
    values = []
    for _ in range(count):
        value, at = item(content, at, depth + 1)
        values.append(value)
    return values, at


def mapping(content, at, count, depth):
    values, before, kinds = {}, b"", set()
    for _ in range(count):
        begin = at
        key, at = item(content, at, depth + 1)
        if content[begin:at] <= before or type(key) not in (int, str) or (type(key) is int and key < 0):
            raise ValueError("keys out of order or not allowed")
        before = content[begin:at]
        kinds.add(type(key))
        values[key], at = item(content, at, depth + 1)
    if len(kinds) > 1:
        raise ValueError("keys of two types")
    return values, at


def text(piece):
    decoded = piece.decode("utf-8")
    if not unicodedata.is_normalized("NFC", decoded):
        raise ValueError("text not in NFC")
    return decoded


# ---- keys, notes, checkpoints ----


def canonical_base64(encoded):
    content = base64.b64decode(encoded.encode("ascii"), validate=True)
    if base64.b64encode(content).decode() != encoded:
        raise ValueError("base64 in a second spelling")
    return content


def key_of(line):
    """Name, key id, kind and public key of a verifying key."""
    name, id, content = line.split("+", 2)
    content = canonical_base64(content)
    kind, public = kind_of(content)
    if not is_key_name(name):
        raise ValueError("not the name of a key")
    key_id = KINDS[kind][2](name.encode() + b"\n" + content)[:4]
    if key_id.hex() != id:
        raise ValueError("the key id does not belong to the key")
    return name, key_id, kind, public


def is_key_name(name):
    return name != "" and "+" not in name and not any(c.isspace() for c in name)


def note_of(content):
    """Text and signatures of a note."""
    body, parted, lines = content.decode("utf-8").rpartition("\n\n")
    body += "\n"
    if not parted or not lines.endswith("\n") or any(c < " " and c != "\n" for c in body):
        raise ValueError("not a signed note")
    if len(content) > 1_000_000 or lines.count("\n") > 100:
        raise ValueError("the note is too long")
    signatures = []
    for line in lines[:-1].split("\n"):
        dash, name, encoded = line.split(" ", 2)
        signature = canonical_base64(encoded)
        if dash != "—" or not is_key_name(name) or len(signature) < 5:
            raise ValueError("not a signature line")
        signatures.append((name, signature[:4], signature[4:]))
    return body, signatures


def require_signed(note, key):
    name, key_id, kind, public = key
    body, signatures = note
    by_key = [signature for n, i, signature in signatures if (n, i) == (name, key_id)]
    if not by_key or not all(KINDS[kind][1](public, body.encode(), one) for one in by_key):
        raise ValueError("the signature does not hold")


def signers_of(note, keys, suite):
    """Which of the keys signed; ValueError if a signature that claims to be by one is false."""
    body, signatures = note
    found = []
    for name, key_id, signature in signatures:
        for key in keys:
            if (name, key_id) != key[:2]:
                continue
            message, kind = body.encode(), key[2]
            if kind in COSIGNERS:
                at, signature = signature[:8], signature[8:]
                message = b"cosignature/v1\ntime %d\n" % int.from_bytes(at, "big") + message
            if KINDS[kind][3] != suite or not KINDS[kind][1](key[3], message, signature):
                raise ValueError(f"the signature by {name} does not hold")
            found.append(key)
    return found


class Policy:
    """Logs, witnesses, groups and quorum of a C2SP tlog-policy file."""

    def __init__(self, content):
        self.logs, self.witnesses, self.groups, self.quorum = [], {}, {}, None
        known, used, publics = set(), set(), set()
        for line in content.split("\n"):
            what, *words = line.split() or [""]
            if what == "" or what.startswith("#"):
                continue
            if what == "log" and len(words) in (1, 2):
                self.logs.append(self.key(words[0], False, publics))
            elif what == "witness" and len(words) in (2, 3) and self.fresh(words[0], known):
                self.witnesses[words[0]] = self.key(words[1], True, publics)
            elif what == "group" and len(words) >= 3 and set(words[2:]) <= known - used:
                members = words[2:]
                needed = {"all": len(members), "any": 1}.get(words[1]) or int(words[1])
                if not 1 <= needed <= len(set(members)) or len(set(members)) < len(members):
                    raise ValueError("not a threshold")
                used.update(members)
                self.groups[words[0]] = needed, members
                self.fresh(words[0], known)
            elif (
                what == "quorum" and len(words) == 1 and self.quorum is None and words[0] in known | {"none"}
            ):
                self.quorum = words[0]
            else:
                raise ValueError(f"not a line of a policy: {line}")
        if self.quorum is None:
            raise ValueError("no quorum line")

    @staticmethod
    def key(text, cosigns, publics):
        key = key_of(text)
        if (key[2] in COSIGNERS) is not cosigns or key[3] in publics:
            raise ValueError("a key of another kind, or the same twice")
        publics.add(key[3])
        return key

    @staticmethod
    def fresh(name, known):
        if name in known or name == "none":
            raise ValueError(f"the name {name} is taken")
        known.add(name)
        return True

    def met(self, note, suite):
        """Whether the quorum cosigned the note."""
        signers = signers_of(note, list(self.witnesses.values()), suite)
        met = {name: key in signers for name, key in self.witnesses.items()}
        for name, (needed, members) in self.groups.items():
            met[name] = sum(met[member] for member in members) >= needed
        return self.quorum == "none" or met[self.quorum]


def checkpoint_of(note):
    lines = note[0][:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise ValueError("not a checkpoint")
    size, root = lines[1], canonical_base64(lines[2])
    if not (size.isascii() and size.isdigit()) or str(int(size)) != size or int(size) >= 10**19:
        raise ValueError("not a size")
    return lines[0], int(size), root


# ---- the tree ----


class Tree:
    """Appends leaf hashes; keeps the roots of full subtrees with their sizes."""

    def __init__(self, hash=sha256):
        self.size, self.full, self.hash = 0, [], hash

    def append(self, hash):
        width = 1
        while self.full and self.full[-1][0] == width:
            hash = self.hash(b"\x01" + self.full.pop()[1] + hash)
            width *= 2
        self.full.append((width, hash))
        self.size += 1

    def root(self):
        if not self.full:
            return self.hash(b"")
        root = self.full[-1][1]
        for _, hash in self.full[-2::-1]:
            root = self.hash(b"\x01" + hash + root)
        return root


# ---- the archive ----


class Reader:
    """Hands out frames one after another, each checked against all bytes before it."""

    def __init__(self, file):
        self.file, self.at, self.kept, self.before, self.digest = file, 0, None, "", None

    def bytes(self, count, part, begin):
        content = self.file.read(count)
        if len(content) < count:
            raise Refused(begin, part, "the file breaks off")
        if self.digest is None:  # the mark: it says by which hash all that follows is judged
            self.digest = HASHERS[MARKS.get(content, "international")][0]()
        self.digest.update(content)
        self.at += count
        return content

    def frame(self):
        """Kind, body, offset, and the digest of all before the frame."""
        if self.kept:
            kept, self.kept = self.kept, None
            return kept
        at, before = self.at, self.digest.digest()
        header = self.bytes(5, "frame", at)
        kind, length = header[:1].decode("latin-1"), int.from_bytes(header[1:], "big")
        if kind not in "HFCAWDBMS" or length > LONGEST:
            raise Refused(at, "frame", "no such frame")
        if kind == "S" and self.before != "M":
            raise Refused(at, kind, "out of order: a seal closes the archive")
        self.before = kind
        body = self.bytes(length, kind, at)
        if kind != "S":
            expected = self.digest.digest()
            if self.bytes(32, kind, at) != expected:
                raise Refused(at, kind, "the content does not match its digest")
        return kind, body, at, before

    def next_is(self, *kinds):
        if not self.kept:
            self.kept = self.frame()
        return self.kept[0] in kinds

    def take(self, kind):
        found, body, at, before = self.frame()
        if found != kind:
            raise Refused(at, found, f"out of order: {kind} should stand here")
        return body, at, before


class Judge:
    """Judges one archive from front to back."""

    def __init__(self, file, key, checkpoints, policy=None, anchors=()):
        self.reader, self.outside_key, self.outside_notes = Reader(file), key, checkpoints
        self.policy, self.anchors, self.settled = policy, anchors, 0
        self.tree, self.agreed, self.checkpoints = Tree(), [], 0
        self.recorded_at, self.devices, self.ids, self.attached = 0, {}, set(), {}
        self.signatures, self.faults, self.offices, self.persons = 0, [], {}, {}
        self.scores = Scores()
        self.withheld, self.withheld_fields = {}, 0

    def judge(self):
        self.suite = MARKS.get(self.reader.bytes(8, "mark", 0))
        if self.suite is None:
            raise Refused(0, "mark", "not an archive")
        self.hash = self.tree.hash = HASHERS[self.suite][1]
        self.head()
        self.journal()
        artefacts, documents = self.items("A"), self.items("D")
        body, at, _ = self.reader.take("M")
        with_counts = {
            "facts": self.tree.size,
            "root": self.tree.root(),
            "checkpoints": self.checkpoints,
            "artefacts": artefacts,
            "documents": documents,
        }
        if self.withheld or self.withheld_fields:
            with_counts |= {"withheld": sum(self.withheld.values()), "withheld_fields": self.withheld_fields}
        form = {name: type(said) for name, said in with_counts.items()}
        if self.described(body, at, "M", form) != with_counts:
            raise Refused(at, "M", "the manifest does not match")
        self.seal()

    def value(self, body, at, part, index=None):
        try:
            return value_of(body)
        except ValueError as error:
            raise Refused(at, part, f"not canonical: {error}", index) from None

    def described(self, body, at, part, form):
        described = self.value(body, at, part)
        if type(described) is not dict or {name: type(one) for name, one in described.items()} != form:
            raise Refused(at, part, "not the fields it should have")
        return described

    def head(self):
        body, at, _ = self.reader.take("H")
        head = self.described(body, at, "H", HEAD)
        self.origin = head["origin"]
        if (head["format"], head["suite"]) != (1, self.suite):
            raise Refused(at, "H", "unknown version or suite")
        lines = [self.origin, head["exam"], head["software"]]
        if not (all(map(is_line, lines)) and 0 <= head["made_at"] < 1 << 47) or self.origin in ("", SEAL):
            raise Refused(at, "H", "not a head")
        try:
            self.key = key_of(head["key"])
        except ValueError as error:
            raise Refused(at, "H", str(error)) from None
        if self.key[2] in COSIGNERS | {b"\xffkaowu/p256\n"} or KINDS[self.key[2]][3] != self.suite:
            raise Refused(at, "H", "the key is of another suite")
        logs = [*([self.outside_key] if self.outside_key else []), *(self.policy.logs if self.policy else [])]
        if logs and self.key not in logs:
            raise Refused(at, "H", "signed by another key")
        self.outside = {}
        for content in self.outside_notes:
            origin, size, root = self.checkpoint(content, 0, "outside")
            if origin != self.origin or self.outside.setdefault(size, root) != root:
                raise Refused(0, "outside", "the checkpoint given is of another log")
        for size, root in self.anchors:
            if self.outside.setdefault(size, root) != root:
                raise Refused(0, "outside", "two roots of one size were given")

    def checkpoint(self, content, at, part):
        try:
            note = note_of(content)
            require_signed(note, self.key)
            checkpoint = checkpoint_of(note)
            # One that does not fit the facts is refused by whoever asked, so its witnesses count for nothing.
            if self.policy and self.policy.met(note, self.suite):
                self.settled = max(self.settled, checkpoint[1])
            return checkpoint
        except ValueError as error:
            raise Refused(at, part, str(error)) from None

    def compare(self, at):
        root = self.outside.pop(self.tree.size, None)
        if root is not None:
            if root != self.tree.root():
                raise Refused(at, "F", "contradicts the checkpoint given", self.tree.size)
            self.agreed.append(self.tree.size)

    def journal(self):
        reader, covered, full = self.reader, -1, True
        self.compare(reader.at)
        while reader.next_is("F", "C"):
            if reader.next_is("F"):
                body, at, _ = reader.take("F")
                if not full:
                    raise Refused(at, "F", "the frame before is not full")
                full = self.rows(body, at)
                continue
            body, at, _ = reader.take("C")
            if self.checkpoint(body, at, "C") != (self.origin, self.tree.size, self.tree.root()):
                raise Refused(at, "C", "the facts do not match the checkpoint", self.tree.size)
            covered, full = self.tree.size, True
            self.checkpoints += 1
        if covered != self.tree.size:
            raise Refused(reader.at, "C", "the last checkpoint does not cover all facts")
        if self.outside:
            raise Refused(reader.at, "F", "the checkpoint given counts more facts", self.tree.size)
        if self.policy and self.settled < self.tree.size:
            self.name((reader.at, "C", self.settled), "the quorum has cosigned only so many facts")
        if self.signatures:
            waiting = [device.since for device in self.devices.values() if device.digests or device.overlong]
            for at, index in sorted(waiting, key=lambda place: place[1]):
                self.name((at, "F", index), "no device signed it")

    def rows(self, body, frame_at):
        at = count = 0
        while at < len(body):
            begin = at
            of_leaf, of_personal = (
                int.from_bytes(body[at : at + 2], "big"),
                int.from_bytes(body[at + 2 : at + 4], "big"),
            )
            absent = of_personal >= 0xFFFE
            end = at + 4 + of_leaf + 32 + (0 if absent else of_personal + 32)
            if end > len(body) or of_leaf == 0xFFFF or at + 4 > len(body):
                raise Refused(frame_at, "F", "a row breaks off")
            leaf, rest = body[at + 4 : at + 4 + of_leaf], body[at + 4 + of_leaf : end]
            personal = None if absent else (rest[32:-32], rest[-32:])
            where = (frame_at + 5 + begin, "F", self.tree.size)
            self.fact(leaf, rest[:32], personal, of_personal == 0xFFFE, where)
            self.compare(frame_at)
            at, count = end, count + 1
        if not 0 < count <= ROWS:
            raise Refused(frame_at, "F", "not 1 to 256 rows")
        return count == ROWS

    def fact(self, leaf, written_hash, personal, withheld, where):
        at, part, index = where

        def require(holds, why):
            if not holds:
                raise Refused(at, part, why, index)

        hash = self.hash(b"\x00" + leaf)
        require(hash == written_hash, "the fact does not match its leaf hash")
        content = self.value(leaf, at, part, index)
        require(is_leaf(content), "not a time of receipt, an entry and what signs it")
        recorded_at, entry, *proof = content
        fields = self.value(entry, at, part, index)
        require(is_entry(fields), "not an entry")
        require(recorded_at >= self.recorded_at, "received before the fact that precedes it")
        if personal is not None:
            require(
                fields[16] == self.hash(b"\x02" + personal[1] + personal[0])
                and type(self.value(personal[0], at, part, index)) is dict,
                "personal fields do not match the commitment",
            )
        require(not withheld or fields[16] is not None, "withheld, though it commits to no personal fields")
        self.withheld_fields += withheld
        require(fields[2] not in self.ids, "an earlier fact has the same id")
        self.recorded_at = recorded_at
        for why in self.signed(fields, entry, proof[0] if proof else None, (at, index)):
            self.name(where, why)
        self.ids.add(fields[2])
        for digest in fields[15]:
            self.attached.setdefault(digest, (at, index))
        why = self.scores.fact(fields, (at, index))
        require(why is None, why)
        self.tree.append(hash)

    # ---- chains of devices, and who signed ----

    def name(self, where, why):
        at, part, index = where
        self.faults.append({"offset": at, "part": part, "index": index, "why": why})

    def signed(self, fields, entry, proof, place):
        """What is wrong with an entry's place in its device's chain and with its signatures."""
        digest = self.hash(entry)
        device = self.devices.setdefault(fields[6], Device())
        wrong = []
        if (fields[7], fields[8]) != (device.sequence + 1, device.head):
            gap, fork = fields[7] > device.sequence + 1, fields[7] <= device.sequence
            wrong.append(f"the device's chain {'has a gap' if gap else 'forks' if fork else 'is broken'}")
        if fields[7] > device.sequence:
            device.sequence, device.head = fields[7], digest
        if not device.digests and not device.overlong:
            device.since = place
        device.digests.append(digest)
        if len(device.digests) > LONGEST_RUN:
            device.digests, device.overlong = [], True
        if device.revoked:
            wrong.append("the device was revoked")
        elif device.key and device.exam != fields[4]:
            wrong.append("the device was enrolled for another exam")
        if proof is not None:
            wrong += self.proven(device, fields, entry, proof)
        elif len(fields[11]) > 1:
            device.several.append((place[0], "F", place[1]))
        if fields[3] == "person_key_enrolled":
            wrong += self.person_enrolled(fields)
        if fields[3] == "person_key_revoked" and fields[13].get("credential") in self.persons:
            self.persons[fields[13]["credential"]]["revoked"] = True
        if fields[3] in ("device_enrolled", "device_revoked"):
            wrong += self.enrolled(fields)
        return wrong

    def proven(self, device, fields, entry, content):
        digests, too_long, several = device.digests, device.overlong, device.several
        device.digests, device.overlong, device.several = [], False, []
        try:
            signature, attested, office = proof_of(content)
        except ValueError:
            return ["what should sign it is not a proof"]
        if too_long:
            return ["one signature covers too many facts"]
        if office is None:
            key = device.key
        elif device.key:
            return ["the device has a key of its own"]
        else:
            key = office[0]
            if office not in self.offices:
                self.offices[office] = self.holds(self.key[2:], OFFICE + b"".join(key), office[1])
            if not self.offices[office]:
                return ["the office key is not certified"]
        if not key:
            return ["the device is not enrolled"]
        run = Tree(self.hash)
        for one in digests:
            run.append(one)
        message = RUN + fields[6].encode() + b"\n%d\n" % run.size + run.root()
        if not self.holds(key, message, signature):
            return ["the signature of the device does not hold"]
        for where in several:
            self.name(where, "an act of two persons is not signed by itself")
        return self.acted(fields, self.hash(deed_of(entry)), attested, key, digests)

    def acted(self, fields, deed, attested, key, digests):
        actors, exam = fields[11], fields[4]
        wrong = []
        if len(actors) < 2 and not attested:
            return wrong
        if len(digests) > 1:
            wrong.append("an act of two persons is not signed by itself")
        for *words, signature in attested:
            lines = "".join(f"{word}\n" for word in words)
            if words[2] != "key" and not self.holds(
                key, ATTESTATION + lines.encode() + digests[-1], signature
            ):
                return [*wrong, "the attestation of a person does not hold"]
        for account, credential, method, moment, signature in attested:
            own = self.persons.get(credential)
            if own is None:
                wrong += ["the person's key is not enrolled"] if method == "key" else []
            elif method != "key" or (own["account"], own["exam"]) != (account, exam):
                wrong.append("the key is not the signer's own")
            elif own["revoked"]:
                wrong.append("the person's key was revoked")
            elif not self.holds(
                own["key"], PERSON + f"{account}\n{credential}\n{moment}\n".encode() + deed, signature
            ):
                wrong.append("the signature of the person's key does not hold")
        holders = {
            one["account"] for one in self.persons.values() if one["exam"] == exam and not one["revoked"]
        }
        if any(one[2] != "key" and one[0] in holders for one in attested):
            wrong.append("who holds a key must sign with it")
        accounts = [account for account, _ in actors]
        if len(actors) > 1 and len(set(accounts)) < len(accounts):
            wrong.append("the two persons are one account")
        if len(actors) > 1 and not set(accounts) <= {one[0] for one in attested}:
            wrong.append("the signature of one of the persons is missing")
        if len(actors) > 1 and len({one[1] for one in attested}) < len(attested):
            wrong.append("two persons signed with one credential")
        return wrong

    def enrolled(self, fields):
        name, text = fields[13].get("device"), fields[13].get("key")
        if type(name) is not str:
            return ["not the enrolment of a device"]
        device = self.devices.setdefault(name, Device())
        if fields[3] == "device_revoked":
            device.revoked = True
            return []
        if device.sequence or device.key:
            return ["the device's name was used before"]
        try:
            _, _, *device.key = key_of(text)
        except (ValueError, AttributeError):
            return ["not the enrolment of a device"]
        device.exam = fields[4]
        return []

    def person_enrolled(self, fields):
        """A person's key: named after its holder, new, and shown to be held."""
        person, text, held = (fields[13].get(name) for name in ("person", "key", "possession"))
        try:
            name, _, *key = key_of(text)
        except (ValueError, AttributeError):
            return ["not the enrolment of a person's key"]
        if type(person) is not str or not person or not name.startswith(person + "/"):
            return ["not the enrolment of a person's key"]
        if KINDS[key[0]][3] != self.suite:
            return ["not the enrolment of a person's key"]
        if name in self.persons:
            return ["the name of the person's key was used before"]
        try:
            signature = canonical_base64(held)
        except (ValueError, AttributeError):
            signature = b""
        if not self.holds(key, POSSESSION + f"{fields[4]}\n{text}\n".encode(), signature):
            return ["nobody has shown to hold the person's key"]
        self.persons[name] = {"account": person, "exam": fields[4], "key": key, "revoked": False}
        return []

    def holds(self, key, message, signature):
        self.signatures += 1
        kind, public = key
        return KINDS[kind][3] == self.suite and KINDS[kind][1](public, message, signature)

    def items(self, kind):
        form = ITEM if kind == "A" else ITEM | {"name": str}
        before, count = b"", 0
        while self.reader.next_is(*("AW" if kind == "A" else kind)):
            if self.reader.next_is("W"):
                before = self.left_out(before)
                continue
            body, at, _ = self.reader.take(kind)
            described = self.described(body, at, kind, form)
            order = described["digest"] if kind == "A" else described["name"].encode()
            if order <= before or (kind == "D" and not is_document_name(described["name"])):
                raise Refused(at, kind, "out of order, or not a name")
            before, count = order, count + 1
            self.content(described, at, kind)
            self.attached.pop(described["digest"] if kind == "A" else None, None)
        if kind == "A" and self.attached:
            at, index = min(self.attached.values())
            raise Refused(at, "F", "a sealed artefact that the fact binds is missing", index)
        for index, at, why in self.scores.unfit() if kind == "A" else ():
            raise Refused(at, "F", why, index)
        return count

    def left_out(self, before):
        """An artefact that is not in the archive: a fact binds its digest, so it is known what is missing."""
        body, at, _ = self.reader.take("W")
        described = self.described(body, at, "W", WITHHELD)
        digest, what = described["digest"], described["what"]
        if digest <= before or self.attached.pop(digest, None) is None:
            raise Refused(at, "W", "out of order, or no fact binds it")
        if described["size"] < 0 or not is_line(what):
            raise Refused(at, "W", "not the fields it should have")
        self.withheld[what] = self.withheld.get(what, 0) + 1
        return digest

    def content(self, described, at, kind):
        digest, rest = HASHERS[self.suite][0](), described["size"]
        leaves = self.scores.files.get(described["digest"]) if kind == "A" else None
        while rest > 0:
            piece, piece_at, _ = self.reader.take("B")
            if len(piece) != min(rest, PIECE):
                raise Refused(piece_at, "B", "cut in another way")
            digest.update(piece)
            if leaves is not None:
                leaves += piece
            rest -= len(piece)
        if rest < 0 or digest.digest() != described["digest"]:
            raise Refused(at, kind, "the content is not what its digest says")

    def seal(self):
        body, at, before = self.reader.take("S")
        try:
            note = note_of(body)
            require_signed(note, self.key)
        except ValueError as error:
            raise Refused(at, "S", str(error)) from None
        expected = f"{SEAL}\n{self.origin}\n{at}\n{before.hex()}\n"
        if note[0] != expected or len(note[1]) != 1:
            raise Refused(at, "S", "the seal does not match what precedes it")
        if self.reader.file.read(1):
            raise Refused(self.reader.at, "end", "something follows the seal")


class Scores:
    """What facts say of scores, and the files of leaves that freezes bind (docs/reference/scores.md)."""

    FORMS = {
        "scores_frozen": {"root": bytes, "leaves": bytes, "candidates": int},
        "scores_approved": {"root": bytes},
        "scores_released": {"root": bytes},
        "score_corrected": {"candidate": str, "leaf_before": bytes, "leaf": bytes},
    }

    def __init__(self):
        self.files, self.freezes, self.frozen, self.approved = {}, [], {}, {}
        self.standing, self.replaced = {}, {}

    def fact(self, fields, place):
        """Why a fact about scores cannot stand where it does, or None."""
        kind, exam, said = fields[3], fields[4], fields[13]
        form = self.FORMS.get(kind, {})
        if any(type(said.get(name)) is not expected for name, expected in form.items()):
            return "not the fields that a record of scores has"
        if kind == "scores_frozen":
            if said["leaves"] not in fields[15]:
                return "the freeze does not bind its leaves"
            if exam in self.approved:
                return "scores were frozen again after their approval"
            self.files.setdefault(said["leaves"], bytearray())
            self.freezes.append((place, said))
            self.frozen[exam] = said
        elif kind == "scores_approved":
            if self.frozen.get(exam, {}).get("root") != said["root"]:
                return "approves other scores than were frozen"
            self.approved[exam] = self.frozen[exam]
        elif kind == "scores_released":
            if self.approved.get(exam, {}).get("root") != said["root"]:
                return "releases other scores than were approved"
        elif kind == "score_corrected":
            return self.corrected(exam, said, place)
        return None

    def corrected(self, exam, said, place):
        if exam not in self.approved:
            return "corrects scores that were not approved"
        who, before, file = (exam, said["candidate"]), said["leaf_before"], self.approved[exam]["leaves"]
        if self.standing.get(who, before) != before:
            return "corrects another score than the one that stands"
        if who not in self.standing:
            if (file, before) in self.replaced:
                return "corrects a score that another candidate's correction replaced"
            self.replaced[file, before] = place
        self.standing[who] = said["leaf"]
        return None

    def unfit(self):
        """Facts that do not fit their file of leaves, in order: index, offset, why."""
        held, found = {}, []
        for file, content in self.files.items():
            tree, held[file] = Tree(), [bytes(content[at : at + 32]) for at in range(0, len(content), 32)]
            for leaf in held[file]:
                tree.append(leaf)
            for (at, index), said in self.freezes:
                if said["leaves"] == file and len(content) != 32 * said["candidates"]:
                    found.append((index, at, "the leaves are not as many as the candidates"))
                elif said["leaves"] == file and tree.root() != said["root"]:
                    found.append((index, at, "the leaves do not make the root of the freeze"))
        held = {file: set(leaves) for file, leaves in held.items()}
        for (file, before), (at, index) in self.replaced.items():
            if before not in held[file]:
                found.append((index, at, "corrects a score that was not frozen"))
        return sorted(found)


class Device:
    """Where the chain of one device stands, and what waits for its signature."""

    def __init__(self):
        self.sequence, self.head, self.digests, self.overlong, self.since = 0, bytes(32), [], False, (0, 0)
        self.several = []  # places of entries of several persons that wait inside a run
        self.key, self.exam, self.revoked = None, "", False


def deed_of(entry):
    """What persons sign: the entry without its fields 7 and 8, which place it in its device's chain."""
    at, ends = 1, []
    for _ in range(16):
        _, at = item(entry, at, 1)
        ends.append(at)
    return entry[: ends[11]] + entry[ends[15] :]


def is_leaf(content):
    types = [type(one) for one in content] if type(content) is list else []
    return types in ([int, bytes], [int, bytes, bytes]) and content[0] >= 0


def proof_of(content):
    """Signature, attestations and office key of what stands beside the last entry of a run."""
    read = value_of(content)
    if type(read) is not list or [type(part) for part in read[:2]] != [bytes, list] or len(read) != 3:
        raise ValueError("not a proof")
    signature, attested, office = read
    for one in attested:
        if type(one) is not list or [type(part) for part in one] != [str, str, str, int, bytes]:
            raise ValueError("not an attestation")
        if not all(0 < len(word) <= 200 and word.isprintable() for word in one[:3]):
            raise ValueError("not an attestation")
    if office is not None:
        if type(office) is not list or [type(part) for part in office] != [bytes, bytes]:
            raise ValueError("not an office key")
        office = kind_of(office[0]), office[1]
        if office[0][0] in COSIGNERS:
            raise ValueError("not a key that signs for an office")
    if len(attested) > 8 or len(content) > 8_000:
        raise ValueError("too long")
    return signature, attested, office


def is_entry(fields):
    def digest(value):
        return type(value) is bytes and len(value) == 32

    def id(value):
        return type(value) is bytes and len(value) == 16

    return (
        type(fields) is dict
        and list(fields) == list(range(1, 18))
        and type(fields[1]) is int
        and fields[1] == 1
        and id(fields[2])
        and all(type(fields[number]) is str for number in (3, 4, 6, 10, 12))
        and (fields[5] is None or type(fields[5]) is str)
        and type(fields[7]) is int
        and fields[7] >= 1
        and digest(fields[8])
        and type(fields[9]) is int
        and type(fields[11]) is list
        and all(type(actor) is list and [type(part) for part in actor] == [str, str] for actor in fields[11])
        and type(fields[13]) is dict
        and all(type(name) is str for name in fields[13])
        and (fields[14] is None or id(fields[14]))
        and type(fields[15]) is list
        and all(digest(one) for one in fields[15])
        and all(fields[number] is None or digest(fields[number]) for number in (16, 17))
    )


def is_line(line):
    return re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{0,1000}", line) is not None


def is_document_name(name):
    return (
        len(name.encode()) <= 1000
        and not any(c < " " or c in '\\:*?"<>|\x7f' for c in name)
        and not any(part in ("", ".", "..") or part != part.strip() for part in name.split("/"))
    )


# ---- the proof of one fact ----

PROOFS = {"c2sp.org/tlog-proof@v1": "international", "kaowu/tlog-proof-sm3@v1": "national"}


def split_of(size):
    return 1 << (size - 1).bit_length() - 1


class FactJudge:
    """Judges the proof of one fact by what its reader has from elsewhere."""

    def __init__(self, content, key, policy, checkpoints, anchors):
        head, _, note = content.partition(b"\n\n")
        mark, extra, index, *path = head.decode("utf-8").split("\n")
        if (
            mark not in PROOFS
            or not extra.startswith("extra ")
            or not re.fullmatch("index (0|[1-9][0-9]{0,18})", index)
        ):
            raise ValueError("not the proof of a fact")
        self.suite = PROOFS[mark]
        self.hash = HASHERS[self.suite][1]
        self.index, self.path = int(index[6:]), [canonical_base64(line) for line in path]
        self.note = note_of(note)
        self.origin, self.size, self.root = checkpoint_of(self.note)
        read = value_of(canonical_base64(extra[6:]))
        self.leaf, self.run, self.keys, self.personal = (read[number] for number in (1, 2, 3, 4))
        self.key, self.policy = key, policy
        self.kept = [checkpoint_of(note_of(one)) for one in checkpoints]
        self.kept += [(self.origin, size, root) for size, root in anchors]
        self.signatures, self.anchored = 0, False

    def judge(self):
        """Raises ValueError or another error of reading at what does not hold."""
        if (
            len(self.path) > 63
            or self.root_from(self.index, self.size, self.leaf_hash(self.leaf), self.path) != self.root
        ):
            raise ValueError("the fact is not in the log")
        logs = [*([self.key] if self.key else []), *(self.policy.logs if self.policy else [])]
        self.log = next(iter(signers_of(self.note, logs, self.suite)), None)
        if logs and self.log is None:
            raise ValueError("the key given did not sign the checkpoint")
        if self.policy and not self.policy.met(self.note, self.suite):
            raise ValueError("the quorum of the policy did not cosign the checkpoint")
        same = [one for one in self.kept if one[1] == self.size]
        if any(one != (self.origin, self.size, self.root) for one in same):
            raise ValueError("contradicts the checkpoint given")
        self.anchored = bool(self.log or same)
        leaf = value_of(self.leaf)
        self.require(is_leaf(leaf), "not a leaf")
        self.entry = leaf[1]
        self.fields = value_of(self.entry)
        self.require(is_entry(self.fields), "not an entry")
        if self.run is not None:
            self.signed(leaf[2] if len(leaf) == 3 else None)
        if self.personal is not None:
            content, salt = self.personal
            self.require(type(value_of(content)) is dict, "not personal fields")
            self.require(
                self.hash(b"\x02" + salt + content) == self.fields[16], "personal fields do not match"
            )

    def signed(self, beside):
        place, count, path, given = self.run
        self.require((beside is None) != (given is None), "two proofs of a run, or none")
        self.require(beside is None or place == count - 1, "the proof stands beside the last entry of a run")
        self.require(0 <= place < count <= LONGEST_RUN, "no such place in a run")
        signature, attested, office = proof_of(beside if given is None else given)
        if office is not None:
            certified = self.log and self.holds(self.log[2:], OFFICE + b"".join(office[0]), office[1])
            self.require(certified, "the office key is not certified")
            key = office[0]
        else:
            device = self.fields[6]
            _, _, *key = key_of(
                self.enrolled("device_enrolled", lambda held: held.get("device") == device)["key"]
            )
        root = self.root_from(place, count, self.hash(self.entry), self.hashes(path))
        message = RUN + self.fields[6].encode() + b"\n%d\n" % count + root
        self.require(self.holds(key, message, signature), "the signature of the device does not hold")
        self.attested(attested, key, count)

    def attested(self, attested, key, count):
        accounts = [account for account, _ in self.fields[11]]
        if len(accounts) < 2 and not attested:
            return
        self.require(count == 1, "an act of two persons is not signed by itself")
        for account, credential, method, moment, signature in attested:
            message = (
                ATTESTATION
                + f"{account}\n{credential}\n{method}\n{moment}\n".encode()
                + self.hash(self.entry)
            )
            by = key
            if method == "key":
                by = self.person(account, credential)
                message = (
                    PERSON + f"{account}\n{credential}\n{moment}\n".encode() + self.hash(deed_of(self.entry))
                )
            self.require(self.holds(by, message, signature), "the attestation of a person does not hold")
        self.require(len(set(accounts)) == len(accounts), "the two persons are one account")
        self.require(set(accounts) <= {one[0] for one in attested}, "a person is missing")
        distinct = len({one[1] for one in attested}) == len(attested)
        self.require(len(accounts) < 2 or distinct, "two persons signed with one credential")

    def person(self, account, credential):
        def fits(held):
            return held.get("person") == account and str(held.get("key")).startswith(credential + "+")

        held = self.enrolled("person_key_enrolled", fits)
        name, _, *key = key_of(held["key"])
        self.require(name == credential and name.startswith(account + "/"), "not a key of this person")
        message = POSSESSION + f"{self.fields[4]}\n{held['key']}\n".encode()
        self.require(
            self.holds(key, message, canonical_base64(held["possession"])), "the key was not shown to be held"
        )
        return key

    def enrolled(self, kind, fits):
        """The payload of the earlier fact, of the same log and exam, that makes a key known."""
        for index, leaf, path in self.keys:
            self.require(index < self.index, "enrolled after it signed")
            depth, start, end = self.meeting(index)
            root = self.root_from(index - start, end - start, self.leaf_hash(leaf), self.hashes(path))
            self.require(
                depth < len(self.path) and root == self.path[-1 - depth], "an enrolment is not in the log"
            )
            content = value_of(leaf)
            self.require(is_leaf(content), "not a leaf")
            fields = value_of(content[1])
            self.require(is_entry(fields), "not an entry")
            if (fields[3], fields[4]) == (kind, self.fields[4]) and fits(fields[13]):
                return fields[13]
        raise ValueError("no fact in the proof enrols the key")

    def meeting(self, other):
        """How deep the ways to the root meet, and the range of leaves on the other's side."""
        start, end, depth = 0, self.size, 0
        while True:
            split = start + split_of(end - start)
            if (self.index < split) != (other < split):
                return (depth, start, split) if other < split else (depth, split, end)
            start, end = (start, split) if other < split else (split, end)
            depth += 1

    def root_from(self, index, size, leaf, path):
        rest = list(path)

        def over(index, size):
            if size == 1:
                return leaf
            self.require(rest, "a path is too short")
            sibling, split = rest.pop(), split_of(size)
            if index < split:
                return self.hash(b"\x01" + over(index, split) + sibling)
            return self.hash(b"\x01" + sibling + over(index - split, size - split))

        self.require(0 <= index < size and all(len(one) == 32 for one in rest), "no such place")
        root = over(index, size)
        self.require(not rest, "a path is too long")
        return root

    def hashes(self, joined):
        self.require(len(joined) % 32 == 0 and len(joined) <= 63 * 32, "not a path")
        return [joined[at : at + 32] for at in range(0, len(joined), 32)]

    def leaf_hash(self, leaf):
        return self.hash(b"\x00" + leaf)

    def holds(self, key, message, signature):
        self.signatures += 1
        kind, public = key
        return KINDS[kind][3] == self.suite and KINDS[kind][1](public, message, signature)

    @staticmethod
    def require(holds, why):
        if not holds:
            raise ValueError(why)


def judge_fact(content, key=None, policy=None, checkpoints=(), anchors=()):
    """The verdict over the proof of one fact as a dictionary."""
    try:
        found = FactJudge(content, key_of(key.strip()) if key else None, policy, checkpoints, anchors)
        found.judge()
        if not found.anchored:
            raise ValueError("nothing from elsewhere was given to judge it by")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        return {"ok": False, "why": str(error)}
    fields = found.fields
    return {
        "ok": True,
        "origin": found.origin,
        "index": found.index,
        "size": found.size,
        "root": found.root.hex(),
        "signatures": found.signatures,
        "device_signature": found.run is not None,
        "kind": fields[3],
        "exam": fields[4],
        "device": fields[6],
        "subject": fields[12],
        "payload": {
            name: value.hex() if type(value) is bytes else value for name, value in fields[13].items()
        },
    }


def judge(file, key=None, checkpoints=(), policy=None, anchors=()):
    """The verdict as a dictionary; `key` is a verifying key's text, checkpoints are notes' bytes."""
    found = Judge(file, key_of(key.strip()) if key else None, checkpoints, policy, anchors)
    bad = None
    try:
        found.judge()
    except Refused as refused:
        bad = {"offset": refused.offset, "part": refused.part, "index": refused.index, "why": refused.why}
    bad = bad or next(iter(found.faults), None)
    return {
        "ok": bad is None,
        "origin_checked": bad is None and bool(key or (policy and policy.logs)),
        "settled": found.settled if policy else None,
        "signatures": found.signatures,
        "faulty": len(found.faults),
        "faults": found.faults[:MOST_FAULTS],
        "checkpoints_checked": found.agreed,
        "size": found.tree.size,
        "root": base64.b64encode(found.tree.root()).decode(),
        "withheld": dict(sorted(found.withheld.items())),
        "withheld_fields": found.withheld_fields,
        "first_bad": bad,
    }


def anchor_of(text):
    size, root = text.split(":", 1)
    root = bytes.fromhex("".join(root.split()).replace("-", ""))
    if len(root) != 32:
        raise ValueError("a root has 64 hexadecimal digits")
    return int(size.replace(",", "")), root


def main():
    parser = argparse.ArgumentParser(
        description="judge an archive of kaowu (*.kwa) or the proof of one fact (*.tlog-proof)"
    )
    parser.add_argument("archive", type=Path)
    parser.add_argument("--key", help="the log's verifying key, from elsewhere than the archive")
    parser.add_argument(
        "--checkpoint", type=Path, action="append", default=[], help="a checkpoint kept from earlier"
    )
    parser.add_argument("--policy", type=Path, help="the policy of witnesses, from elsewhere")
    parser.add_argument("--anchor", action="append", default=[], help="SIZE:ROOT as printed on paper")
    arguments = parser.parse_args()
    try:
        policy = Policy(arguments.policy.read_text("utf-8-sig")) if arguments.policy else None
        anchors = [anchor_of(one) for one in arguments.anchor]
        checkpoints = [path.read_text("utf-8-sig").strip().encode() + b"\n" for path in arguments.checkpoint]
        with arguments.archive.open("rb") as file:
            if file.read(8) in MARKS:
                file.seek(0)
                verdict = judge(file, arguments.key, checkpoints, policy, anchors)
            else:
                file.seek(0)
                content = (
                    file.read(200_000).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n").strip() + b"\n"
                )
                verdict = judge_fact(content, arguments.key, policy, checkpoints, anchors)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(verdict, ensure_ascii=False, indent=2))
    return 0 if verdict["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
