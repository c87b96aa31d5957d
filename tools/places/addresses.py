"""Whether an address is the one that was asked for: 广东深圳 and 广东省深圳市. Knows no services."""

from __future__ import annotations

from tools.places.divisions import Division, divisions_named, readings
from tools.places.names import ENDINGS, fold

COUNTRY = "中国"


def divisions_of(name: str) -> tuple[Division, ...]:
    """The divisions that a Chinese name can mean, with those above it or without."""
    name = _plain(name)
    chains = [chain[-1] for chain in readings(name) if len(chain) > 1]
    return tuple(dict.fromkeys((*divisions_named(name), *chains)))


def is_address_of(address: str, name: str) -> bool:
    """Whether `name` has parts of the address, in its order, each from a part's beginning: 内蒙, 北京海淀, 浦东区."""
    name, address = (_plain(text).replace("新区", "区") for text in (name, address))
    return len(name) > 1 and (name in address or _has_parts(address, name, 0))


def _plain(name: str) -> str:
    return fold(name).removeprefix(COUNTRY)


def _has_parts(address: str, name: str, start: int) -> bool:
    """Whether the rest of the name is made of the address's parts from `start` on."""
    if not name:
        return True
    for at in range(start, len(address)):
        if at and not address[:at].endswith(tuple(ENDINGS)):
            continue
        for length in range(len(name), 1, -1):
            if address.startswith(name[:length], at) and _has_parts(address, name[length:], at + length):
                return True
    return False
