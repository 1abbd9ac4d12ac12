"""Who somebody is to the operating system, and who may enter a class."""

from __future__ import annotations

import os
import socket
import struct
import sys
from dataclasses import dataclass

from bpstep.classroom import messages
from bpstep.errors import BpstepError
from bpstep.text import fill, quoted

try:
    import grp
    import pwd
except ImportError:  # Windows
    grp = pwd = None  # type: ignore[assignment]

_DARWIN_PEERCRED = 1


@dataclass(frozen=True)
class PeerCredentials:
    """The user at the other end of a socket, and the group they act as, if known."""

    uid: int
    gid: int | None = None


def peer_credentials(connection: socket.socket) -> PeerCredentials | None:
    """The user at the other end, as the kernel reports it; None if it does not."""
    try:
        if hasattr(socket, "SO_PEERCRED"):
            told = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
            _, uid, gid = struct.unpack("iII", told)
            return PeerCredentials(uid, gid)
        if sys.platform == "darwin":
            told = connection.getsockopt(0, _DARWIN_PEERCRED, 76)
            return PeerCredentials(struct.unpack_from("=II", told)[1])
    except (OSError, struct.error):
        return None
    return None


def user_name(uid: int) -> str:
    """A user's name, or the number if there is no name."""
    try:
        return pwd.getpwuid(uid).pw_name
    except (KeyError, AttributeError):
        return str(uid)


@dataclass(frozen=True)
class AccessRules:
    """Who may enter a class: always the teacher's own user, and a group, or some users."""

    owner_uid: int
    group: int | None = None
    users: frozenset[int] = frozenset()

    @property
    def folder_mode(self) -> int:
        """The rights of the class's folder."""
        return 0o750 if self.group is not None else 0o711 if self.users else 0o700

    @property
    def socket_mode(self) -> int:
        """The rights of its socket. Rights know no list of users: with a list, everybody may connect."""
        return 0o660 if self.group is not None else 0o666 if self.users else 0o600

    def allows(self, peer: PeerCredentials | None) -> bool:
        """Whether a user whom the file system's rights let through may stay.

        If the kernel does not report the user, the rights alone decide; a list of users then admits nobody.
        """
        if peer is None:
            return not self.users
        if peer.uid in (self.owner_uid, 0) or peer.uid in self.users:
            return True
        return self.group is not None and self.group in (peer.gid, *_groups(peer.uid))


def _groups(uid: int) -> list[int]:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return []
    return os.getgrouplist(entry.pw_name, entry.pw_gid)


def access_rules(group: str | None, users: str | None) -> AccessRules:
    """The access rules given by --group or --users. BpstepError if there is no such group or user."""
    if pwd is None:
        raise BpstepError(fill(messages.NEEDS_USERS))
    if group is not None and users is not None:
        raise BpstepError(fill(messages.GROUP_OR_USERS))
    if group is not None:
        return AccessRules(os.geteuid(), group=_group_id(group))
    return AccessRules(
        os.geteuid(), users=frozenset(map(_user_id, users.split(","))) if users else frozenset()
    )


def _group_id(name: str) -> int:
    try:
        found = grp.getgrnam(name)
    except KeyError:
        raise BpstepError(fill(messages.NO_GROUP, name=quoted(name))) from None
    if os.geteuid() != 0 and found.gr_gid not in (os.getegid(), *os.getgroups()):
        raise BpstepError(fill(messages.NOT_IN_GROUP, name=quoted(name)))
    return found.gr_gid


def _user_id(name: str) -> int:
    try:
        return pwd.getpwnam(name.strip()).pw_uid
    except KeyError:
        raise BpstepError(fill(messages.NO_USER, name=quoted(name))) from None
