"""Refuse every connection that leaves this machine.

Python imports `sitecustomize` at start-up, so a kernel whose PYTHONPATH begins with
this folder has the guard before its first cell, and so has every Python it starts.
An audit hook sees each connection and each look-up, whichever library asks for it,
and cannot be removed again.
"""

import errno
import ipaddress
import socket
import sys

ADDRESS_PLACE = {
    "socket.connect": 1,
    "socket.sendto": 1,
    "socket.sendmsg": 1,
    "socket.getaddrinfo": 0,
    "socket.gethostbyname": 0,
    "socket.gethostbyaddr": 0,
}
OWN_NAMES = {"", "localhost", socket.gethostname()}


def refuse_network(event: str, arguments: tuple) -> None:
    """Raise OSError when `event` would reach another machine."""
    if event not in ADDRESS_PLACE:
        return
    address = arguments[ADDRESS_PLACE[event]]
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        if not isinstance(address, tuple) or not isinstance(address[0], str):
            return  # a socket in the file system, or one already connected
        address = address[0]
    if not is_this_machine(address):
        raise OSError(
            errno.ENETUNREACH,
            f"the network is blocked while notebooks are executed, and {address!r} was "
            "asked for; use the data that the course makes or ships",
        )


def is_this_machine(host: str | bytes | None) -> bool:
    """Whether `host`, a name or a numeric address, is this machine."""
    host = host.decode() if isinstance(host, bytes) else host
    if host is None or host in OWN_NAMES:
        return True
    try:
        number = ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return number.is_loopback or number.is_unspecified


sys.addaudithook(refuse_network)
