"""Manners towards servers: pauses, a name, two connections at a time, each file once."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from clear.benchmark.data.fetch import politeness
from clear.benchmark.data.fetch.fetch import fetch
from clear.benchmark.data.fetch.politeness import connection
from tests.data.fetch.files import card
from tests.data.fetch.transfers import DATA, WHOLE


def test_server_may_say_when_to_come_back(server, here):
    busy = {"status": 429, "headers": {"Retry-After": "1"}}
    here.fetch(card(server.url("/file", busy, WHOLE)))
    first, second = server.times
    assert 1.0 <= second - first < 10


def test_server_that_says_to_come_back_much_later_is_left(server, here):
    until = {"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"}
    busy = server.url("/busy", {"status": 503, "headers": until})
    record = here.fetch(card(busy, server.url("/good", WHOLE)))
    assert server.requests == ["/busy", "/good"]
    assert "HTTP 503" in record["files"][0]["tried"][0]["error"]


def test_pauses_grow(server, here, monkeypatch):
    monkeypatch.setattr(politeness, "PAUSE_S", 0.1)
    here.fails(card(server.url("/busy", {"status": 500})))
    assert len(server.times) == politeness.ATTEMPTS
    pauses = np.diff(server.times)
    assert pauses[0] >= 0.05 and pauses[1] >= 0.1 and pauses[2] >= 0.2


def test_the_project_is_named(server, here):
    here.fetch(card(server.url("/file", WHOLE)))
    assert server.headers[0]["User-Agent"].startswith("clear-sc/")


def test_two_connections_at_a_time(server, tmp_path, here):
    def one(number):
        one_card = card(server.url(f"/{number}", WHOLE | {"takes": 0.1})) | {"id": f"toy{number}"}
        fetch(one_card, tmp_path / f"out{number}", here.downloads)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(one, range(6)))
    assert server.busiest == 2


def test_connections_of_another_process_count_until_it_dies(server, here):
    url = server.url("/file", WHOLE)
    program = (
        "import sys, time; from pathlib import Path\n"
        "from clear.benchmark.data.fetch.politeness import connection\n"
        "with connection(*(a := (sys.argv[1], Path(sys.argv[2])))), connection(*a):\n"
        "    print('held', flush=True)\n"
        "    time.sleep(60)\n"
    )
    hosts = here.downloads / ".hosts"
    command = [sys.executable, "-c", program, url, str(hosts)]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other,
        ThreadPoolExecutor() as pool,
    ):
        assert other.stdout.readline() == "held\n"
        with connection("http://localhost/elsewhere", hosts):
            pass  # another host is free
        ours = pool.submit(here.fetch, card(url))
        time.sleep(0.3)
        assert server.requests == [] and not ours.done()
        other.kill()
        ours.result(timeout=20)
    assert server.requests == ["/file"]


def test_two_runs_that_want_the_same_file(server, tmp_path, here):
    wanted = card(server.url("/file", WHOLE | {"takes": 0.2}))

    def run(number):
        fetch(wanted, tmp_path / f"out{number}", here.downloads)
        return (tmp_path / f"out{number}" / "toy.bin").read_bytes()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, range(2))) == [DATA, DATA]
    assert server.requests == ["/file"]
