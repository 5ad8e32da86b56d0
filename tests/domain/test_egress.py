"""Where model calls may go."""

import ipaddress

import pytest

from orchestra.domain.addresses import networks_of
from orchestra.domain.egress import Egress

PUBLIC, LAN, HERE, CLOUD_KEYS = "93.184.215.14", "192.168.1.7", "127.0.0.1", "169.254.169.254"


@pytest.mark.parametrize(
    ("address", "is_local", "may"),
    [
        (PUBLIC, False, True),
        (PUBLIC, True, True),
        (LAN, False, False),
        (LAN, True, True),
        (HERE, False, False),
        (HERE, True, True),
        ("::1", True, True),
        ("::ffff:127.0.0.1", False, False),
        ("::ffff:127.0.0.1", True, True),
        (CLOUD_KEYS, False, False),
        (CLOUD_KEYS, True, False),
        ("0.0.0.0", True, False),
    ],
)
def test_providers_of_our_own_may_be_near_and_others_are_public(address: str, is_local: bool, may: bool) -> None:
    refusal = Egress().refusal_of(ipaddress.ip_address(address), is_local)
    assert (refusal is None) is may
    assert refusal is None or "ORCHESTRA_PROVIDER_ALLOW" in refusal


def test_the_setting_allows_what_is_not_public_to_every_kind() -> None:
    egress = Egress(allowed=networks_of(["192.168.1.0/24"]))
    assert egress.refusal_of(ipaddress.ip_address(LAN), False) is None
    assert egress.faults_of_url(f"http://{LAN}:9/v1", False) == []
    assert egress.faults_of_url("http://192.168.2.7/v1", False)


@pytest.mark.parametrize(
    ("url", "may"),
    [
        ("http://127.0.0.1:11434/v1", True),
        ("http://[::1]:11434/v1", True),
        ("http://localhost:11434/v1", True),
        ("http://LOCALHOST.:11434/v1", True),
        ("http://[::ffff:127.0.0.1]/v1", True),
        ("http://[64:ff9b::7f00:1]/v1", False),
        ("http://127.0.0.1.nip.io/v1", False),
        ("http://notlocalhost/v1", False),
        (f"http://{LAN}/v1", False),
        ("https://api.openai.com/v1", False),
    ],
)
def test_with_zero_egress_only_this_machine_is_asked(url: str, may: bool) -> None:
    faults = Egress(is_zero=True, allowed=networks_of([LAN])).faults_of_url(url, True)
    assert (faults == []) is may
    assert may or "ORCHESTRA_ZERO_EGRESS" in faults[0].message


@pytest.mark.parametrize("url", ["", "ftp://x/", "//x", "http://", "http://u:p@x/", "http://x y/", "http://x:99999/"])
def test_what_is_no_address_is_told_at_its_field(url: str) -> None:
    [fault] = Egress().faults_of_url(url, True)
    assert fault.pointer == "/baseUrl"
