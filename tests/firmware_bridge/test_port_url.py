"""Port URLs: what they mean, and what people are told about a wrong one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.errors import ConfigError
from firmware_bridge.port.url import parse_url

BY_PATH = "/dev/serial/by-path/pci-0000:00:14.0-usb-0:1:1.0-port0"


@pytest.mark.parametrize(
    ("url", "scheme", "place", "number"),
    [
        ("udpin:0.0.0.0:14550", "udpin", "0.0.0.0", 14550),
        ("udpin:127.0.0.1:0", "udpin", "127.0.0.1", 0),
        ("udpout:ground.local:14550", "udpout", "ground.local", 14550),
        ("tcp:127.0.0.1:5760", "tcp", "127.0.0.1", 5760),
        ("tcp://127.0.0.1:5760", "tcp", "127.0.0.1", 5760),
        ("tcp:[::1]:5760", "tcp", "::1", 5760),
        ("tcpin:0.0.0.0:5770", "tcpin", "0.0.0.0", 5770),
        ("serial:/dev/ttyACM0:921600", "serial", "/dev/ttyACM0", 921600),
        (f"serial:{BY_PATH}:57600", "serial", BY_PATH, 57600),
        (" serial:/dev/pts/3:115200\n", "serial", "/dev/pts/3", 115200),
    ],
)
def test_a_url_has_its_parts(url: str, scheme: str, place: str, number: int) -> None:
    address = parse_url(url)
    assert (address.scheme, address.place, address.number) == (scheme, place, number)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "must begin with one of serial:, udpin:, udpout:, tcp:, tcpin:"),
        ("/dev/ttyACM0", "must begin with one of"),
        ("udp:127.0.0.1:14550", "must begin with one of"),
        ("TCP:127.0.0.1:5760", "must begin with one of"),
        ("serial:/dev/ttyACM0", "must end with a colon and the baud rate"),
        ("serial:/dev/ttyACM0:fast", "must end with a colon and the baud rate"),
        ("serial:/dev/ttyACM0:+9600", "must end with a colon and the baud rate"),
        ("serial:/dev/ttyACM0:١٢٣٤", "must end with a colon and the baud rate"),
        ("serial:ttyACM0:57600", "'ttyACM0' is not an absolute device path"),
        ("serial:/dev/ttyACM0:7", "no baud rate of 7"),
        ("serial:/dev/ttyACM0:99999999999999999999", "no baud rate of"),
        ("tcp:127.0.0.1", "must end with a colon and the port"),
        ("tcp:127.0.0.1:0", "ports run from 1 to 65535"),
        ("udpin:0.0.0.0:65536", "ports run from 0 to 65535"),
        ("tcp::5760", "names no host"),
        ("tcp:a b:5760", "names no host"),
        ("tcp:::1:5760", "an IPv6 address stands in brackets"),
    ],
)
def test_a_wrong_url_is_named_with_what_is_wrong(url: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_url(url)
    assert words in str(caught.value)
    assert repr(url) in str(caught.value)


@given(st.text(max_size=60) | st.from_regex(r"(serial|udpin|tcp):.{0,20}:\d{0,6}", fullmatch=True))
def test_any_text_parses_or_is_a_configuration_error(text: str) -> None:
    try:
        address = parse_url(text)
    except ConfigError:
        return
    assert address.place
    assert address.number >= 0
