"""A child that has locked itself in: what it can no longer do, and what it still can. Every test starts a real process."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lossproof.discover import confine
from lossproof.discover.linux import seccomp

linux = pytest.mark.skipif(sys.platform != "linux", reason="locks of the Linux kernel")

PRELUDE = """
import errno, io, json, os, signal, socket, subprocess, sys, threading, time
from lossproof.discover.confine import lock_down

def refused(act):
    try:
        act()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "allowed"

def say(value):
    print(json.dumps(value), flush=True)
"""


def child(
    body: str, *, pass_fds: tuple[int, ...] = (), memory_mib: int = 256, cpu_seconds: int = 10, imports: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `body` in a fresh interpreter, locked down after `imports`; `missing` holds what lock_down returned."""
    lock = f"missing = lock_down(memory_bytes={memory_mib} << 20, cpu_seconds={cpu_seconds})\n"
    program = PRELUDE + textwrap.dedent(imports) + lock + textwrap.dedent(body)
    environment = {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.run(
        [sys.executable, "-c", program],
        pass_fds=pass_fds,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def answer(run: subprocess.CompletedProcess[str]) -> object:
    """What the child said, after it ended well."""
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


@pytest.fixture(scope="module")
def enforced() -> list[str]:
    """The codes that this system cannot enforce; tests that need one of them skip."""
    codes = answer(child("say(missing)"))
    assert isinstance(codes, list)
    return codes


@pytest.fixture
def needs_seccomp(enforced: list[str]) -> None:
    if "no_seccomp" in enforced:
        pytest.skip("no seccomp on this system")


def test_every_missing_lock_is_named_by_a_stable_code(enforced: list[str]) -> None:
    assert set(enforced) <= {"no_limits", "no_landlock", "no_seccomp", "no_network_filter"}


@linux
def test_it_opens_no_file(enforced: list[str]) -> None:
    if {"no_landlock", "no_seccomp"} <= set(enforced):
        pytest.skip("neither Landlock nor seccomp on this system")
    said = answer(
        child("""
        say([
            refused(lambda: open("/etc/passwd", "rb")),
            refused(lambda: open("lossproof-never", "wb")),
            refused(lambda: os.listdir("/")),
            refused(lambda: os.open("/proc/self/mem", os.O_RDONLY)),
            refused(lambda: os.open("/dev/zero", os.O_RDONLY)),
        ])
        """)
    )
    assert isinstance(said, list)
    assert set(said) <= {"EPERM", "EACCES"}
    assert not Path("lossproof-never").exists()


@linux
def test_landlock_alone_opens_no_file(enforced: list[str]) -> None:
    if "no_landlock" in enforced:
        pytest.skip("no Landlock on this system")
    said = answer(
        child(
            "say([refused(lambda: open('/etc/passwd')), refused(lambda: os.listdir('/'))])",
            imports="from lossproof.discover.linux import seccomp\nseccomp.filter_calls = lambda libc: False\n",
        )
    )
    assert said == ["EACCES", "EACCES"]


@linux
def test_without_a_filter_the_missing_locks_are_reported() -> None:
    said = answer(
        child(
            "say(missing)",
            imports="""
            from lossproof.discover.linux import landlock, seccomp
            seccomp.filter_calls = lambda libc: False
            landlock.deny_files = lambda libc: False
            """,
        )
    )
    assert said == ["no_landlock", "no_seccomp", "no_network_filter"]


def test_another_operating_system_is_reported_and_never_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(confine.sys, "platform", "win32")
    monkeypatch.setattr(confine, "_limit", lambda memory_bytes, cpu_seconds: False)
    assert confine.lock_down(memory_bytes=1, cpu_seconds=1) == (
        "no_limits",
        "no_landlock",
        "no_seccomp",
        "no_network_filter",
    )


@linux
@pytest.mark.usefixtures("needs_seccomp")
def test_it_makes_and_reaches_no_socket() -> None:
    said = answer(
        child(
            """
            say([
                refused(lambda: socket.socket()),
                refused(lambda: socket.socket(socket.AF_UNIX)),
                refused(lambda: socket.socketpair()),
                refused(lambda: datagram.sendto(b"x", ("127.0.0.1", 9))),
                refused(lambda: datagram.connect(("127.0.0.1", 9))),
                refused(lambda: datagram.bind(("127.0.0.1", 0))),
            ])
            """,
            imports="datagram = socket.socket(type=socket.SOCK_DGRAM)\n",
        )
    )
    assert said == ["EPERM"] * 6


@linux
@pytest.mark.usefixtures("needs_seccomp")
def test_it_starts_no_process_and_no_program() -> None:
    said = answer(
        child("""
        say([
            refused(os.fork),
            refused(lambda: os.execv("/bin/true", ["true"])),
            refused(lambda: os.posix_spawn("/bin/true", ["true"], {})),
            refused(lambda: subprocess.run(["/bin/true"])),
        ])
        """)
    )
    assert said == ["EPERM"] * 4


@linux
@pytest.mark.usefixtures("needs_seccomp")
def test_it_changes_no_file_and_signals_nobody_else() -> None:
    said = answer(
        child("""
        say([
            refused(lambda: os.unlink("lossproof-never")),
            refused(lambda: os.rename("lossproof-never", "lossproof-none")),
            refused(lambda: os.chmod(".", 0o777)),
            refused(lambda: os.mkdir("lossproof-none")),
            refused(lambda: os.symlink("a", "lossproof-none")),
            refused(lambda: os.stat("/etc/passwd")),
            refused(lambda: os.kill(os.getppid(), 0)),
            refused(lambda: os.chroot("/")),
            refused(lambda: os.setuid(0)),
        ])
        """)
    )
    assert said == ["EPERM"] * 9


@linux
@pytest.mark.usefixtures("needs_seccomp")
def test_calls_that_python_does_not_know_are_refused_too() -> None:
    # ptrace, process_vm_readv, mount, io_uring_setup, bpf, userfaultfd, keyctl, openat2, execveat
    numbers = {
        "x86_64": [101, 310, 165, 425, 321, 323, 250, 437, 322],
        "aarch64": [117, 270, 40, 425, 280, 282, 219, 437, 281],
    }[os.uname().machine]
    said = answer(
        child(
            f"""
            answers = []
            for n in {numbers}:
                ctypes.set_errno(0)
                answers.append("allowed" if call(n, 0, 0, 0, 0, 0, 0) >= 0 else errno.errorcode[ctypes.get_errno()])
            say(answers)
            """,
            imports="import ctypes\ncall = ctypes.CDLL(None, use_errno=True).syscall\n",
        )
    )
    assert said == ["EPERM"] * len(numbers)


@linux
def test_it_reads_a_descriptor_that_was_passed(tmp_path: Path) -> None:
    path = tmp_path / "stick.img"
    path.write_bytes(b"0123456789" * 1000)
    fd = os.open(path, os.O_RDONLY)
    try:
        run = child(
            f"""
            import mmap
            say([os.pread({fd}, 5, 9995).decode(), os.fstat({fd}).st_size, os.lseek({fd}, 0, os.SEEK_END)])
            """,
            pass_fds=(fd,),
            imports="import mmap\n",
        )
    finally:
        os.close(fd)
    assert answer(run) == ["56789", 10000, 10000]


@linux
def test_descriptors_arrive_over_a_unix_socket_after_the_lock(tmp_path: Path) -> None:
    path = tmp_path / "later.txt"
    path.write_bytes(b"opened by the parent")
    ours, theirs = socket.socketpair()
    program = """
            message, ancillary, _, _ = link.recvmsg(16, socket.CMSG_SPACE(4))
            fds = array.array("i")
            fds.frombytes(ancillary[0][2])
            link.sendall(os.read(fds[0], 100))
            link.settimeout(5)
            say(link.recv(3).decode())
            """
    fd = os.open(path, os.O_RDONLY)
    with ours:
        socket.send_fds(ours, [b"take"], [fd])
        ours.sendall(b"end")
        with theirs:
            run = child(
                program,
                pass_fds=(theirs.fileno(),),
                imports=f"import array\nlink = socket.socket(fileno={theirs.fileno()})\n",
            )
        os.close(fd)
        assert answer(run) == "end"
        assert ours.recv(100) == b"opened by the parent"


@linux
def test_it_writes_no_file_even_through_an_open_descriptor(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with path.open("wb") as out:
        said = answer(child(f"say(refused(lambda: os.write({out.fileno()}, b'x')))", pass_fds=(out.fileno(),)))
    assert said == "EFBIG"
    assert path.read_bytes() == b""


@linux
def test_too_much_memory_is_a_memory_error() -> None:
    run = child(
        """
        try:
            hoard = bytearray(200 << 20)
        except MemoryError:
            say("refused")
        """,
        memory_mib=100,
    )
    assert answer(run) == "refused"


@linux
def test_too_much_processor_time_ends_it() -> None:
    run = child("while True: pass", cpu_seconds=0)
    assert run.returncode in (-signal.SIGXCPU, -signal.SIGKILL)


@linux
def test_it_dies_with_its_parent() -> None:
    # The middle process starts a locked grandchild and ends; the pipe closes when the grandchild is gone too.
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    grandchild = PRELUDE + "lock_down(memory_bytes=1 << 28, cpu_seconds=30)\nsay('locked')\ntime.sleep(50)\n"
    middle = f"""
import subprocess, sys
started = subprocess.Popen([sys.executable, "-c", {grandchild!r}], stdout=subprocess.PIPE)
started.stdout.readline()
"""
    reader, writer = os.pipe()
    try:
        middle_process = subprocess.Popen(
            [sys.executable, "-c", middle.replace("stdout=", f"pass_fds=({writer},), stdout=")],
            env=environment,
            pass_fds=(writer,),
        )
        os.close(writer)
        middle_process.wait(timeout=30)
        os.set_blocking(reader, True)
        signal.alarm(20)
        assert os.read(reader, 1) == b""
    finally:
        signal.alarm(0)
        os.close(reader)


@linux
def test_threads_still_start() -> None:
    said = answer(
        child("""
        answers = []
        thread = threading.Thread(target=lambda: answers.append(refused(lambda: open("/etc/passwd"))))
        thread.start()
        thread.join()
        say(answers)
        """)
    )
    assert said in (["EPERM"], ["EACCES"])


@linux
def test_the_readers_of_documents_still_work(tmp_path: Path) -> None:
    run = child(
        """
        matrix = numpy.arange(10000.0).reshape(100, 100)
        page = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
        connection = sqlite3.connect(":memory:")
        connection.deserialize(database)
        row = connection.execute("select name from people order by name").fetchone()[0]
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            member = opened.read("a.txt").decode("cp1252")
        try:
            python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(archive))
        except python_calamine.CalamineError:
            workbook = "refused"
        try:
            pytsk3.FS_Info(Image())
        except OSError:
            volume = "refused"
        say([float((matrix @ matrix)[0, 0]), page, row, member, workbook, volume])
        """,
        imports="""
        import codecs, sqlite3, zipfile
        import numpy, pypdfium2, python_calamine, pytsk3
        for charset in ("utf-16-le", "cp1252", "cp437"): codecs.lookup(charset)
        pdf = b"%PDF-1.4\\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\\n"
        pdf += b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\\n"
        pdf += b"4 0 obj<</Length 44>>stream\\nBT /F 24 Tf 20 100 Td (Made-up person) Tj ET \\nendstream endobj\\n"
        pdf += b"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\\ntrailer<</Root 1 0 R>>\\n"
        made = sqlite3.connect(":memory:")
        made.execute("create table people (name text)")
        made.execute("insert into people values ('Ada Made-Up')")
        made.commit()
        database = made.serialize()
        made.close()
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as making:
            making.writestr("a.txt", "text")
        archive = packed.getvalue()
        class Image(pytsk3.Img_Info):
            def __init__(self):
                super().__init__(url="", type=pytsk3.TSK_IMG_TYPE_EXTERNAL)
            def get_size(self):
                return 1 << 20
            def read(self, offset, size):
                return bytes(size)
            def close(self):
                pass
        """,
        memory_mib=512,
    )
    assert answer(run) == [32835000.0, "Made-up person", "Ada Made-Up", "text", "refused", "refused"]


def decide(code: bytes, *, arch: int, number: int, arguments: tuple[int, ...] = ()) -> int:
    """Run a filter as the kernel would (classic BPF: load, jump if equal, jump if set, return) on one call."""
    call = struct.pack("<IIQ6Q", number, arch, 0, *(arguments + (0,) * 6)[:6])
    accumulator, at = 0, 0
    while True:
        opcode, when, unless, value = struct.unpack_from("=HBBI", code, 8 * at)
        at += 1
        if opcode == 0x06:
            return value
        if opcode == 0x20:
            accumulator = struct.unpack_from("<I", call, value)[0]
        else:
            assert opcode in (0x15, 0x45)
            met = accumulator == value if opcode == 0x15 else bool(accumulator & value)
            at += when if met else unless


ALLOW, KILL = 0x7FFF0000, 0x80000000
REFUSE, UNKNOWN = 0x00050000 | errno.EPERM, 0x00050000 | errno.ENOSYS


@pytest.mark.parametrize("machine", sorted(seccomp.ARCHITECTURES))
def test_the_filter_decides_by_number_and_argument(machine: str) -> None:
    arch, place, _ = seccomp.ARCHITECTURES[machine]
    code = seccomp.program(machine, 4321)

    def answers(number: int, *arguments: int) -> int:
        return decide(code, arch=arch, number=number, arguments=arguments)

    for numbers in seccomp.ALLOWED.values():
        if numbers[place] is not None:
            assert answers(numbers[place]) == ALLOW
    by_argument: list[tuple[tuple[int, int], tuple[int, ...], int]] = [
        ((56, 220), (0x10000 | 0x100,), ALLOW),  # clone: a thread
        ((56, 220), (17,), REFUSE),  # clone: a process
        ((435, 435), (1, 88), UNKNOWN),  # clone3
        ((44, 206), (3, 1, 5, 0, 0, 0), ALLOW),  # sendto without an address
        ((44, 206), (3, 1, 5, 0, 1 << 40, 16), REFUSE),  # sendto with one
        ((262, 79), (3, 1, 1, 0x1000), ALLOW),  # newfstatat as fstat
        ((262, 79), (-100 & 0xFFFFFFFF, 1, 1, 0), REFUSE),  # newfstatat by path
        ((332, 291), (3, 1, 0x1000), ALLOW),  # statx as fstat
        ((332, 291), (3, 1, 0), REFUSE),
        ((302, 261), (0, 7, 0, 1), ALLOW),  # prlimit64 reading
        ((302, 261), (0, 7, 1 << 33, 0), REFUSE),  # prlimit64 writing
        ((62, 129), (4321, 9), ALLOW),  # kill oneself
        ((62, 129), (1, 9), REFUSE),
        ((234, 131), (4322, 4322, 9), REFUSE),  # tgkill another
        ((16, 29), (0, 0x5421), ALLOW),  # ioctl FIONBIO
        ((16, 29), (0, 0x5412), REFUSE),  # ioctl TIOCSTI
        ((72, 25), (0, 3), ALLOW),  # fcntl F_GETFL
        ((72, 25), (0, 8), REFUSE),  # fcntl F_SETOWN
    ]
    for numbers, arguments, wanted in by_argument:
        assert answers(numbers[place], *arguments) == wanted, (numbers, arguments)
    # openat, socket, connect, execve, unlinkat, io_uring_setup, openat2, and what does not exist yet
    for numbers in ((257, 56), (41, 198), (42, 203), (59, 221), (263, 35), (425, 425), (437, 437), (9999, 9999)):
        assert answers(numbers[place]) == REFUSE


@pytest.mark.parametrize("machine", sorted(seccomp.ARCHITECTURES))
def test_another_architectures_entry_ends_the_process(machine: str) -> None:
    assert decide(seccomp.program(machine, 1), arch=0x40000003, number=0) == KILL


def test_the_x32_entry_is_refused() -> None:
    assert decide(seccomp.program("x86_64", 1), arch=0xC000003E, number=0x40000000) == REFUSE


def test_a_filter_is_made_for_every_architecture_and_fits_the_kernel() -> None:
    assert seccomp.ARCHITECTURES
    for machine in seccomp.ARCHITECTURES:
        code = seccomp.program(machine, 4321)
        assert len(code) % 8 == 0
        assert len(code) // 8 <= 4096  # BPF_MAXINSNS


def test_no_system_call_is_listed_twice() -> None:
    for place in (0, 1):
        numbers = [numbers[place] for numbers in seccomp.ALLOWED.values() if numbers[place] is not None]
        assert len(numbers) == len(set(numbers))


def header_numbers(path: Path) -> dict[str, int]:
    """The system calls of a kernel header by name."""
    lines = (line.split() for line in path.read_text(encoding="ascii", errors="replace").splitlines())
    prefixes = ("__NR_", "__NR3264_")
    found: dict[str, int] = {}
    for words in lines:
        if len(words) == 3 and words[0] == "#define" and words[2].isdigit():
            for prefix in prefixes:
                if words[1].startswith(prefix):
                    found[words[1].removeprefix(prefix)] = int(words[2])
    return found


@pytest.mark.parametrize(
    ("place", "header"),
    [(0, "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"), (1, "/usr/include/asm-generic/unistd.h")],
)
def test_the_numbers_are_those_of_the_kernel_headers(place: int, header: str) -> None:
    path = Path(header)
    if not path.exists():
        pytest.skip("kernel headers are not installed")
    known = header_numbers(path)
    listed = {name: numbers[place] for name, numbers in seccomp.ALLOWED.items() if numbers[place] is not None}
    assert listed
    for name, number in listed.items():
        assert known.get(name) == number, name
