"""A file to fetch, and the card that asks for it."""

import hashlib

DATA = bytes(range(256)) * 4000
DIGEST = hashlib.sha256(DATA).hexdigest()
POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 1\n"


def card(*urls, **spec):
    return {"id": "toy", "files": [{"name": "toy.bin", "urls": list(urls), **spec}]}


def ok(body=DATA):
    return {"body": body}
