#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smsapp.settings")
    if sys.argv[1:2] == ["demo"]:
        # The demo makes its own environment, and the settings read the environment only once.
        from smsapp.demo import surroundings

        surroundings.make(sys.argv[2:])
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
