"""What the process is started with: command-line flags, each with an environment variable as its default."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

DEFAULT_ACCOUNT_SID = "AC00000000000000000000000000000001"
DEFAULT_AUTH_TOKEN = "simulator-token"  # noqa: S105 - a token that only this loopback process knows
DEFAULT_PORT = 4010


@dataclass(frozen=True, slots=True)
class Configuration:
    """The start settings; `latency` is in seconds, `delivery` is "fast" (no delays) or "real"."""

    host: str = "127.0.0.1"
    port: int = 0
    account_sid: str = DEFAULT_ACCOUNT_SID
    auth_token: str = DEFAULT_AUTH_TOKEN
    inbound_url: str = ""
    fallback_url: str = ""
    latency: float = 0.0
    delivery: str = "fast"
    exit_with_stdin: bool = False


def read_configuration(
    arguments: Sequence[str], environment: Mapping[str, str] = os.environ
) -> Configuration:
    """Parse flags over environment variables; a wrong value exits with argparse's one-line message."""
    parser = argparse.ArgumentParser(prog="python -m simulator", description=__doc__)
    env = environment.get
    parser.add_argument("--host", default=env("SIMULATOR_HOST", "127.0.0.1"))
    parser.add_argument(
        "--port", type=int, default=env("SIMULATOR_PORT", str(DEFAULT_PORT)), help="0 picks a free one"
    )
    parser.add_argument("--account-sid", default=env("TWILIO_ACCOUNT_SID") or DEFAULT_ACCOUNT_SID)
    token = (env("TWILIO_AUTH_TOKEN") or DEFAULT_AUTH_TOKEN).split(",")[0].strip()
    parser.add_argument("--auth-token", default=token, help="of a comma list in the environment, the first")
    parser.add_argument("--inbound-url", default=env("SIMULATOR_INBOUND_URL", ""))
    parser.add_argument("--fallback-url", default=env("SIMULATOR_FALLBACK_URL", ""))
    parser.add_argument("--latency", type=float, default=env("SIMULATOR_LATENCY", "0"), help="seconds")
    parser.add_argument("--delivery", choices=("fast", "real"), default=env("SIMULATOR_DELIVERY", "fast"))
    parser.add_argument("--exit-with-stdin", action="store_true", help="stop when standard input closes")
    return Configuration(**vars(parser.parse_args(arguments)))
