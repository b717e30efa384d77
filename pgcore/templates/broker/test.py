"""The broker AcmeBroker: pgcore's own checks, and what is particular to it."""

import pytest
from pgcore.contracts.broker import BrokerFault
from pgcore.testing.brokering import BrokerChecks
from pgcore.testing.brokers import letter

from pgcore_acme.broker import AcmeBroker


class TestAcmeBroker(BrokerChecks):
    """Every check that pgcore has for brokers; `pgcore plugins check acme --kind broker` runs the same."""

    broker = AcmeBroker


def test_a_full_broker_refuses_and_keeps_what_it_has() -> None:
    with AcmeBroker(capacity=1) as broker:
        broker.publish("env_0__reports", letter(seq=1))
        with pytest.raises(BrokerFault, match="the capacity"):
            broker.publish("env_0__reports", letter(seq=2))
        assert [message.seq for message in broker.consume("env_0__reports", "environment")] == [1]
