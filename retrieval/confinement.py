"""What a process gives up before it touches bytes from outside.

Each measure stands alone and is skipped where the system lacks it: resource limits, an
audit hook for what Python itself would do, and on Linux an empty network, Landlock (no
writing outside the scratch folder) and a system call filter (no sockets, programs, signals).
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import resource
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_CLONE_NEWUSER, _CLONE_NEWNET, _CLONE_THREAD = 0x10000000, 0x40000000, 0x00010000
_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 22, 36, 38
_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_LANDLOCK_WRITES = 0b1_1111_1111_0010  # every right of the first version but execute and reads
_LANDLOCK_WRITE_FILE = 0b10
_LINUX = sys.platform == "linux"
_libc = ctypes.CDLL(None, use_errno=True)

_SYSCALLS: dict[str, tuple[int, dict[str, int]]] = {
    "x86_64": (
        0xC000003E,
        {"socket": 41, "connect": 42, "bind": 49, "clone": 56, "fork": 57, "vfork": 58,
         "execve": 59, "kill": 62, "ptrace": 101, "tkill": 200, "tgkill": 234, "execveat": 322,
         "pidfd_send_signal": 424, "clone3": 435, "process_vm_writev": 311,
         "rt_sigqueueinfo": 129, "io_uring_setup": 425},
    ),
    "aarch64": (
        0xC00000B7,
        {"socket": 198, "connect": 203, "bind": 200, "clone": 220, "execve": 221, "kill": 129,
         "ptrace": 117, "tkill": 130, "tgkill": 131, "execveat": 281, "pidfd_send_signal": 424,
         "clone3": 435, "process_vm_writev": 271, "rt_sigqueueinfo": 138, "io_uring_setup": 425},
    ),
}  # fmt: skip

_CALLS_OUT = frozenset(
    {"socket.__new__", "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto",
     "socket.gethostbyname", "socket.gethostbyaddr", "os.fork", "os.forkpty", "pty.spawn"}
)  # fmt: skip
_RUNS = frozenset({"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn"})
_CHANGES = frozenset(
    {"os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.chown", "os.link",
     "os.symlink", "os.truncate", "os.utime"}
)  # fmt: skip
_WRITE_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass(frozen=True, slots=True)
class Limits:
    """What one call may use; `programs` are absolute paths of what it may run.

    After `patience_seconds` a call goes on at a lower priority and makes room for another.
    """

    wall_seconds: float = 60.0
    cpu_seconds: int = 60
    memory_bytes: int = 1 << 30
    file_bytes: int = 64 << 20
    scratch_bytes: int = 1 << 30
    reply_bytes: int = 512 << 20
    programs: tuple[str, ...] = ()
    patience_seconds: float = 2.0


def confine(scratch: str, limits: Limits) -> None:
    """Give up everything at once; there is no way back in this process."""
    _limit(limits)
    if _LINUX:
        _prctl(_PR_SET_NO_NEW_PRIVS, 1)
        _write_only_below(scratch)
        _filter_system_calls(may_run=bool(limits.programs))
    sys.addaudithook(_refuser(os.path.realpath(scratch), limits.programs))


def die_with_parent() -> None:
    """Ask the kernel for SIGKILL when the parent ends."""
    if _LINUX:
        _prctl(_PR_SET_PDEATHSIG, 9)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends."""
    if _LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def leave_network(folder: str) -> bool:
    """Move into an empty network; tried in a child first, as a failure halfway is for good."""
    if not _LINUX:
        return False
    child = os.fork()
    if child == 0:
        try:
            _enter_empty_network()
            (Path(folder) / "probe").touch()
            (Path(folder) / "probe").unlink()
            os._exit(0)
        except BaseException:  # any failure only says that it cannot be done here
            os._exit(1)
    if os.waitpid(child, 0)[1] != 0:
        return False
    _enter_empty_network()
    return True


def _enter_empty_network() -> None:
    user, group = os.getuid(), os.getgid()
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _prctl(option: int, value: int, pointer: Any = 0) -> int:
    return int(_libc.prctl(option, ctypes.c_ulong(value), pointer, 0, 0))


def _limit(limits: Limits) -> None:
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: limits.cpu_seconds,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_NOFILE: 256,
    }
    if not limits.programs:
        wanted[resource.RLIMIT_NPROC] = 0
    if _LINUX:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        wanted[resource.RLIMIT_AS] = pages * resource.getpagesize() + limits.memory_bytes
    for which, most in wanted.items():
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(which, (most, most))


def _write_only_below(folder: str) -> None:
    rights = ctypes.c_uint64(_LANDLOCK_WRITES)
    rules = _libc.syscall(_LANDLOCK_CREATE, ctypes.byref(rights), ctypes.c_size_t(8), 0)
    if rules < 0:
        return
    for path, allowed in ((folder, _LANDLOCK_WRITES), (os.devnull, _LANDLOCK_WRITE_FILE)):
        place = os.open(path, os.O_RDONLY)
        rule = ctypes.create_string_buffer(struct.pack("<Qi", allowed, place))
        _libc.syscall(_LANDLOCK_ADD, rules, 1, rule, 0)
        os.close(place)
    _libc.syscall(_LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)


def _filter_system_calls(may_run: bool) -> None:
    """Install a seccomp filter (man 2 seccomp): what is named fails with EPERM, the rest goes on.

    A process may still start threads, and end itself with a signal as abort(3) does.
    """
    known = _SYSCALLS.get(platform.machine())
    if not known:
        return
    architecture, numbers = known
    blocked = dict(numbers)
    tgkill, clone, clone3 = (blocked.pop(name) for name in ("tgkill", "clone", "clone3"))
    if may_run:
        for name in ("execve", "fork", "vfork"):
            blocked.pop(name, None)
    program = [(0x20, 0, 0, 4), (0x15, 1, 0, architecture), (0x06, 0, 0, 0x00050001)]
    program.append((0x20, 0, 0, 0))
    for number in blocked.values():
        program += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050001)]
    if not may_run:
        program += [(0x15, 0, 1, clone3), (0x06, 0, 0, 0x00050026)]
        program += [(0x15, 0, 3, clone), (0x20, 0, 0, 16)]
        program += [(0x45, 1, 0, _CLONE_THREAD), (0x06, 0, 0, 0x00050001), (0x20, 0, 0, 0)]
    program += [(0x15, 0, 3, tgkill), (0x20, 0, 0, 16)]
    program += [(0x15, 1, 0, os.getpid()), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    code = b"".join(struct.pack("<HBBI", *step) for step in program)
    buffer = ctypes.create_string_buffer(code, len(code))
    header = struct.pack("@HxxxxxxP", len(program), ctypes.addressof(buffer))
    _prctl(_PR_SET_SECCOMP, 2, ctypes.create_string_buffer(header))


def _refuser(scratch: str, programs: tuple[str, ...]) -> Callable[[str, tuple[Any, ...]], None]:
    """Return an audit hook; its events are in the table of audit events of Python's manual."""
    refused = (_CALLS_OUT | _RUNS) - ({"os.fork"} if programs else set())

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            mode, flags = arguments[1], arguments[2]
            if (flags or 0) & _WRITE_FLAGS or (isinstance(mode, str) and set(mode) & set("wax+")):
                inside(arguments[0], event)
        elif event in _CHANGES:
            inside(arguments[1] if event in ("os.link", "os.symlink") else arguments[0], event)
        elif event in refused and not (event == "subprocess.Popen" and arguments[0] in programs):
            raise PermissionError(f"{event} is not allowed while a document is read")

    def inside(path: object, event: str) -> None:
        if isinstance(path, int) or os.fspath(path) in ("/dev/null", b"/dev/null"):  # type: ignore[call-overload]
            return
        real = os.path.realpath(os.fsdecode(path))  # type: ignore[arg-type]
        if real != scratch and not real.startswith(scratch + os.sep):
            raise PermissionError(f"{event} outside the scratch folder is not allowed")

    return hook
