"""A dataset with several sources comes from one of them, whole."""

import hashlib

import pytest

from tests.data.fetch.files import ok


def two_sources(server, main, other):
    """Two sources with a matrix and its cells; ``main`` and ``other`` say what is served."""

    def files(source, served):
        return [
            {"name": name, "role": role, "urls": [server.url(f"/{source}/{name}", *answers)]}
            for (name, role), answers in zip(ROLES.items(), served, strict=True)
        ]

    alternative = {"name": "other", "files": files("other", other)}
    return {"id": "toy", "files": files("main", main), "alternatives": [alternative]}


ROLES = {"toy.mtx": "matrix", "cells.tsv": "barcodes"}
SERVED, DEAD = [ok(b"main")], []
OTHER = [ok(b"other")]


def test_next_source_is_used_whole(server, here, capsys):
    record = here.fetch(two_sources(server, [SERVED, DEAD], [OTHER, OTHER]))
    assert record["source"] == "other"
    assert {file["name"]: file["role"] for file in record["files"]} == ROLES
    assert [(here.out / name).read_bytes() for name in ROLES] == [b"other", b"other"]
    (abandoned,) = record["abandoned"]
    assert abandoned["source"] == "main"
    assert "cells.tsv could not be downloaded" in abandoned["reason"]
    assert "HTTP 404" in abandoned["reason"]
    log = capsys.readouterr().out
    assert "source main: cells.tsv could not be downloaded" in log
    assert "the files are those of other" in log


def test_no_source_works(server, here):
    message = here.fails(two_sources(server, [SERVED, DEAD], [DEAD, SERVED]))
    assert "main: cells.tsv could not be downloaded" in message
    assert "other: toy.mtx could not be downloaded" in message
    assert "/main/cells.tsv: HTTP 404" in message and "/other/toy.mtx: HTTP 404" in message
    for place in ("toy.mtx", "cells.tsv", "other/toy.mtx", "other/cells.tsv"):
        assert f"{here.downloads}/toy/{place}\n" in message
    assert "toy.h5ad" in message


@pytest.mark.parametrize(
    ("in_mirror", "source", "canonical"),
    [
        (["toy.mtx", "cells.tsv", "second.mtx", "toy.h5ad"], "main", False),
        (["toy.mtx", "second.mtx", "toy.h5ad"], "second", False),
        (["toy.mtx", "toy.h5ad"], "main", True),
        (["toy.mtx"], "main", False),
    ],
    ids=["main", "complete source", "ready-made", "network"],
)
def test_order_of_the_strategies(server, here, in_mirror, source, canonical):
    wanted = two_sources(server, [SERVED, SERVED], [OTHER, OTHER])
    second = {"name": "second.mtx", "urls": [server.url("/second")]}
    wanted["alternatives"].append({"name": "second", "files": [second]})
    for name in in_mirror:
        (here.mirror / name).write_bytes(b"mirror")
    record = here.fetch(wanted, here.mirror)
    assert (record["source"], record["canonical"]) == (source, canonical)
    assert server.requests == ([] if len(in_mirror) > 1 else ["/main/cells.tsv"])


def test_refused_file_of_the_mirror_leads_on_and_is_named(server, here):
    wanted = two_sources(server, [SERVED, SERVED], [OTHER, OTHER])
    wanted["files"][0]["sha256"] = hashlib.sha256(b"main").hexdigest()
    for name in ROLES:
        (here.mirror / name).write_bytes(b"mirror")
    record = here.fetch(wanted, here.mirror)
    assert record["source"] == "other"  # complete in the mirror, and nobody says it is wrong
    assert record["abandoned"][0]["source"] == "main"
    assert "expected sha256" in record["abandoned"][0]["reason"]
