"""How wrong attempts are slowed, by a clock that the test sets."""

from __future__ import annotations

from web.auth.attempts import FORGET_S, LONGEST_S, PATIENCE_S, Attempts, LoginAttempts, network


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
    assert network("::ffff:192.0.2.7") == "192.0.2.7"
    assert network("") == network("unknown") == network("x" * 5000) == ""


def test_one_stranger_slows_neither_the_owner_elsewhere_nor_in_a_known_browser_however_long() -> None:
    clock = Clock()
    attempts = LoginAttempts(clock)
    for _ in range(6 * 3600):  # of attempts, one a second
        attempts.begin("anna", "198.51.100.7", None)
        clock.now_s += 1
    assert attempts.begin("anna", "198.51.100.7", None) is None
    assert attempts.begin("anna", "198.51.100.7", "a browser that knows her") == 0
    assert attempts.begin("bob", "203.0.113.5", None) == 0
    wait = attempts.begin("anna", "203.0.113.5", None)
    assert wait is not None
    assert wait <= 10


def test_many_addresses_together_try_one_name_slowly() -> None:
    clock = Clock()
    attempts = LoginAttempts(clock)
    looked_at = 0
    for second in range(600):
        for n in range(20):
            looked_at += attempts.begin("anna", f"198.51.{second % 250}.{n}", None) is not None
        clock.now_s += 1
    assert looked_at < 100 + 600 / 10 + 10
    assert attempts.begin("anna", "192.0.2.1", "a browser that knows her") == 0


def test_one_address_tries_many_names_slowly() -> None:
    clock = Clock()
    attempts = LoginAttempts(clock)
    looked_at = 0
    for n in range(3600):
        looked_at += attempts.begin(f"name{n}", "198.51.100.7", None) is not None
        clock.now_s += 1
    assert looked_at < 50 + 8 + 3600 / 60


def test_a_right_password_pays_for_its_own_wrong_ones_alone() -> None:
    clock = Clock()
    attempts = LoginAttempts(clock)
    for _ in range(200):  # right ones
        assert attempts.begin("anna", "192.0.2.1", None) == 0
        attempts.succeed("anna", "192.0.2.1", None)
    for n in range(50):
        assert attempts.begin(f"name{n}", "192.0.2.1", None) == 0
    attempts.begin("anna", "192.0.2.1", None)
    attempts.succeed("anna", "192.0.2.1", None)
    assert [attempts.begin(f"other{n}", "192.0.2.1", None) for n in range(2)] == [1, 2]
