"""The broker AcmeBroker: pgcore's own checks, and what is particular to it."""

import pickle
from collections.abc import Callable

import pytest
from pgcore.contracts.broker import BrokerFault
from pgcore.testing.brokers import CHECKS, Factory, letter

from pgcore_acme.broker import AcmeBroker


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_it_passes_the_check(check: Callable[[Factory], None]) -> None:
    check(AcmeBroker)


def test_a_full_broker_refuses_and_keeps_what_it_has() -> None:
    with AcmeBroker(capacity=1) as broker:
        broker.publish("env_0__reports", letter(seq=1))
        with pytest.raises(BrokerFault, match="the capacity"):
            broker.publish("env_0__reports", letter(seq=2))
        assert [message.seq for message in broker.consume("env_0__reports", "environment")] == [1]


def test_it_is_equal_to_its_options_whether_open_or_not() -> None:
    with AcmeBroker(capacity=7) as broker:
        assert broker == AcmeBroker(capacity=7)
        assert pickle.loads(pickle.dumps(AcmeBroker(capacity=7))) == broker
