"""Addresses of hubs."""

import socket
from pathlib import Path

import pytest

from pgcore.builtin.brokers.sockets.address import Address
from pgcore.quantity import QuantityError


@pytest.mark.parametrize("text", ["127.0.0.1:5555", "[::1]:0", "hub.example.org:80", "unix:/run/hub"])
def test_an_address_is_written_as_it_was_read(text: str) -> None:
    assert str(Address.parse(text)) == text


@pytest.mark.parametrize("text", ["", "5555", "host", "host:", ":5555", "host:70000", "host:-1", "unix:hub", "unix:", "unix:7"])
def test_what_is_no_address_is_refused_with_examples(text: str) -> None:
    with pytest.raises(QuantityError, match=r"expected host:port such as 127.0.0.1:5555"):
        Address.parse(text)


def test_the_socket_of_a_hub_that_was_killed_is_replaced(tmp_path: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(tmp_path / "hub"))
    left.close()
    Address(path=str(tmp_path / "hub")).listen().close()


def test_the_socket_of_a_living_hub_is_not(tmp_path: Path) -> None:
    address = Address(path=str(tmp_path / "hub"))
    with address.listen(), pytest.raises(OSError, match="in use"):
        address.listen()


def test_a_file_that_is_no_socket_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "hub").write_text("mine")
    with pytest.raises(OSError, match="in use"):
        Address(path=str(tmp_path / "hub")).listen()
    assert (tmp_path / "hub").read_text() == "mine"
