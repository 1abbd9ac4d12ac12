"""A shell of one job: runs a command in the foreground of its terminal and tells what becomes of it.

Usage: one_job.py REPORT COMMAND…: standard input is the terminal, REPORT a file descriptor. SIGUSR1 is `fg`.
"""

import fcntl
import os
import signal
import sys
import termios


def main(report, run):
    """Be the shell; `run` is called in the job, and ends it."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    # A shell may take its terminal back while it is in the background.
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    job = os.fork()
    if job == 0:
        os.setpgid(0, 0)
        os.tcsetpgrp(0, os.getpid())
        signal.signal(signal.SIGTTOU, signal.SIG_DFL)
        run()
        os._exit(0)
    usual = termios.tcgetattr(0)

    def resume(*_):
        os.tcsetpgrp(0, job)
        os.killpg(job, signal.SIGCONT)

    signal.signal(signal.SIGUSR1, resume)
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        signal.signal(signal.SIGHUP, lambda *_: os.killpg(job, signal.SIGHUP))
    os.write(report, b"job %d\n" % job)
    while True:
        _, status = os.waitpid(job, os.WUNTRACED)
        if os.WIFSTOPPED(status):
            os.tcsetpgrp(0, os.getpgrp())
            termios.tcsetattr(0, termios.TCSADRAIN, usual)
            os.write(report, b"stopped %d\n" % os.WSTOPSIG(status))
        else:
            os.write(report, b"ended %d\n" % os.waitstatus_to_exitcode(status))
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), lambda: os.execvp(sys.argv[2], sys.argv[2:]))
