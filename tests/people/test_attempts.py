"""How wrong attempts are slowed, by a clock that the test sets."""

from __future__ import annotations

from people.attempts import FORGET_S, LONGEST_S, PATIENCE_S, Attempts, network


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_the_first_attempts_cost_nothing_and_each_later_one_waits_longer() -> None:
    clock = Clock()
    attempts = Attempts(free=3, clock=clock)
    waits = []
    for _ in range(7):
        wait = attempts.begin("anna")
        assert wait is not None
        waits.append(wait)
        clock.now_s += wait
    assert waits == [0, 0, 0, 0, 1, 2, 4]


def test_many_at_once_stand_in_line_and_those_too_far_back_are_refused() -> None:
    attempts = Attempts(free=3, clock=Clock())
    waits = [attempts.begin("anna") for _ in range(50)]
    assert waits[:7] == [0, 0, 0, 0, 1, 3, 7]
    assert waits[7:] == [None] * 43
    assert max(wait for wait in waits if wait is not None) <= PATIENCE_S


def test_the_wait_has_an_end_and_is_forgotten() -> None:
    clock = Clock()
    attempts = Attempts(free=0, clock=clock)
    for _ in range(20):
        while (wait := attempts.begin("anna")) is None:
            clock.now_s += 1
        clock.now_s += wait
    asked = clock.now_s
    while attempts.begin("anna") is None:
        clock.now_s += 1
    assert clock.now_s - asked <= LONGEST_S
    clock.now_s += FORGET_S + LONGEST_S
    assert attempts.begin("anna") == 0


def test_names_do_not_wait_for_each_other_and_a_right_one_is_forgiven() -> None:
    attempts = Attempts(free=1, clock=Clock())
    assert [attempts.begin("anna"), attempts.begin("anna"), attempts.begin("anna")] == [0, 0, 1]
    assert attempts.begin("bob") == 0
    attempts.forgive("anna")
    assert attempts.begin("anna") == 0


def test_an_attempt_that_is_taken_back_counts_for_nothing_but_forgives_nothing() -> None:
    attempts = Attempts(free=2, clock=Clock())
    for _ in range(10):
        assert attempts.begin("10.0.0.1") == 0
        attempts.take_back("10.0.0.1")
    assert [attempts.begin("10.0.0.1") for _ in range(4)] == [0, 0, 0, 1]


def test_one_households_addresses_count_as_one() -> None:
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2::9") == "2001:db8:1:2::/64"
    assert network("192.0.2.7") == "192.0.2.7"
    assert network("") == ""
