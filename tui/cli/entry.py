"""What the installed program runs first: Ctrl+C while the rest is imported is no traceback."""

import signal


def main() -> None:
    """Run the command line and end the process with its status."""
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # else whoever started it says no
    if interruptible:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from .main import main as run

    if interruptible:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()
