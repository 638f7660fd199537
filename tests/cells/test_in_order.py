"""Work of several threads in the order of its items."""

import threading
import time

import pytest

from clear.cells.in_order import in_order


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_the_order_of_the_items(threads):
    def work(number):
        time.sleep(0.01 * (number % 3))  # later ones are done first
        return number**2

    assert list(in_order(work, range(10), threads)) == [n**2 for n in range(10)]


def test_threads_work_at_once_and_items_are_taken_shortly_before_their_turn():
    barrier, taken = threading.Barrier(2, timeout=10), []

    def items():
        for number in range(20):
            taken.append(number)
            yield number

    def work(number):
        barrier.wait()  # breaks unless two work at once
        return number

    for number in in_order(work, items(), 2):
        assert len(taken) <= number + 3
    assert len(taken) == 20


@pytest.mark.parametrize("threads", [1, 2])
def test_what_work_or_items_raise_is_raised(threads):
    def items():
        yield 1
        raise OSError("cut off")

    with pytest.raises(OSError, match="cut off"):
        list(in_order(abs, items(), threads))
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda number: 1 / number, [1, 0, 1], threads))
