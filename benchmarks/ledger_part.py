"""One of several processes that append at once: `python -m benchmarks.ledger_part append|bare SECONDS`."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from benchmarks import ledger

    what, seconds = sys.argv[1:]
    print((ledger.append_here if what == "append" else ledger.bare_here)(float(seconds)))
