"""One of several processes that send at once: `python -m benchmarks.send_part drain|bare ARGUMENT`."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from benchmarks import send

    what, argument = sys.argv[1:]
    if what == "drain":
        send.drain_here(argument)
    else:
        send.bare_here(int(argument))
