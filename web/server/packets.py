"""Packets of socket.io, judged as text: by their first characters and by how much stands outside of their strings."""

from __future__ import annotations

import re
from typing import Literal

from chainlit import server

LONG_CHARS, SETTINGS_CHARS, SHORT_CHARS = 5_000_000, 500_000, 10_000
EVENTS = {  # those that may be long: a text that somebody pastes, and settings with instructions
    "client_message": LONG_CHARS,
    "edit_message": LONG_CHARS,
    "window_message": LONG_CHARS,
    "chat_settings_change": SETTINGS_CHARS,
    "chat_settings_edit": SETTINGS_CHARS,
}
OUTSIDE_STRINGS, STRINGS = 20_000, 5_000  # a message has some hundred of each
RESERVED = ("connect", "disconnect")  # socket.io tells of these itself, and takes them from whoever says so
ENGINE_PACKETS = ("1", "2probe", "3", "5")  # leaving, changing to a WebSocket, and the answer to a ping
# Connecting, leaving, an event with or without a number to acknowledge, and an acknowledgement.
_PACKET = re.compile(r'4(?:0(?=\{|$)|1$|2\d{0,9}\["(?P<event>[a-z_]{1,40})"(?=[,\]])|3\d{1,9}\[)', re.ASCII)

Judgement = Literal["take", "drop", "too_large", "too_many", "far_too_many"]


def judge(text: str) -> Judgement:
    """What becomes of a packet by its looks: binary ones, other namespaces and unknown events are nothing of ours."""
    if not text.startswith("4"):
        return "take" if text in ENGINE_PACKETS else "drop"
    packet = _PACKET.match(text)
    if packet is None:
        return "drop"
    event = packet["event"]
    if event and (event in RESERVED or event not in server.sio.handlers["/"]):
        return "drop"
    if len(text) > EVENTS.get(event or "", SHORT_CHARS):
        return "too_large"
    return "take" if len(text) <= SHORT_CHARS or _is_flat(text) else "too_large"


def _is_flat(text: str) -> bool:
    """Whether a packet is little but strings: to read lists by the million would stop everybody."""
    plain = text.replace("\\\\", "").replace('\\"', "")
    if plain.count('"') > 2 * STRINGS:
        return False
    return sum(map(len, plain.split('"')[::2])) <= OUTSIDE_STRINGS
