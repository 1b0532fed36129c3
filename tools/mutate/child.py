"""Child processes that never outlive this one, which may be killed."""
import ctypes
import os
import resource
import signal
import subprocess

_LIBC = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def start(arguments, last_signal, **options):
    """In a session of its own, out of the reach of Ctrl-C, which is this process's to pass on."""
    parent = os.getpid()

    def in_child():
        _LIBC.prctl(_PR_SET_PDEATHSIG, last_signal)
        if os.getppid() != parent:
            os._exit(127)  # it was killed before prctl()
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a fault may crash

    return subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT,
                            start_new_session=True, preexec_fn=in_child, **options)


def run(arguments, log):
    """Whether it succeeded; what it said is in `log`."""
    with open(log, "w") as output:
        process = start(arguments, signal.SIGTERM, stdout=output)
        try:
            return process.wait() == 0
        finally:
            # Ninja takes its compilers down with it, and what they have half written.
            if process.poll() is None:
                process.terminate()
                process.wait()


def end_session(process):
    """Kills it and all that it started."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
