"""By which names this page may be called: another site can point a name of its own at this machine.

A browser then takes that site and this page for one, and lets the site read the page (DNS rebinding). Its
requests still carry the strange name. Where visitors log in that reads nothing: it has none of their cookies.
"""

import ipaddress
import os
import socket

from demo.settings import Settings, is_loopback

SHARED = ".gradio.live"
"""Where Gradio's tunnel shows a page that was started with --share."""
LOCAL = ".localhost"
"""Names under which a browser looks for nothing but its own machine (RFC 6761, section 6.3)."""


def checks_hosts(settings: Settings) -> bool:
    """Tell whether the page is to answer only under its own names.

    It is where nobody logs in and only this machine can reach it, or where names were given. A page open to
    others on purpose is called by names that it can't know.
    """
    if settings.auth_file is not None:
        return False
    return is_loopback(settings.host) or bool(settings.allowed_hosts)


def is_own_host(host: str, settings: Settings) -> bool:
    """Tell whether a Host header names this machine in a way that no other site can have made up.

    An address is nobody's name.
    """
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    name = name.strip("[]").lower().rstrip(".")
    given = {one.lower() for one in (settings.host, *settings.allowed_hosts)}
    machine = socket.gethostname().lower()
    if name in {"localhost", machine, f"{machine}.local", *_space(), *given} - {""}:
        return True
    if name.endswith(LOCAL) or (settings.share and name.endswith(SHARED)):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _space() -> list[str]:
    """List the names of the Space that this page is: its own domain besides, where it has one."""
    return os.environ.get("SPACE_HOST", "").lower().split(",")
