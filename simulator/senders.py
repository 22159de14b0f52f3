"""Registers numbers, short codes and Messaging Services by order of the control API."""

from dataclasses import asdict
from typing import Any

from simulator.texts import Sender, Service
from simulator.world import World, kind_of

_KINDS = ("long_code", "toll_free", "short_code", "messaging_service")
_HANDLINGS = ("default", "off")
_SHARED = ("opt_out_handling", "inbound_url", "fallback_url")
_SERVICE_ONLY = ("advanced_opt_out", "status_callback")
_SENDER_ONLY = ("segments_per_second",)
_ACCOUNT = ("account_sid", "auth_token")
_KNOWN = {"address", "kind", "messaging_service_sid", *_SHARED, *_SERVICE_ONLY, *_SENDER_ONLY, *_ACCOUNT}


def register_sender(world: World, order: dict[str, Any]) -> dict[str, Any]:
    """Make or change one sender and return it; raises ValueError that names what is wrong.

    `account_sid` with `auth_token` opens a subaccount. `messaging_service_sid` puts a number into a
    service, which is made when it is new; on such an order `advanced_opt_out` speaks of the service.
    """
    _check(order)
    account_sid = order.get("account_sid") or world.configuration.account_sid
    if order.get("auth_token"):
        world.accounts[account_sid] = order["auth_token"]
    if account_sid not in world.accounts:
        raise ValueError(f"account {account_sid} is new: give its auth_token too")
    if order.get("kind") == "messaging_service":
        return asdict(_service(world, order["address"], account_sid, order))
    return asdict(_number(world, account_sid, order))


def _check(order: dict[str, Any]) -> None:
    if not order.get("address"):
        raise ValueError("'address' is needed: a number, a short code or an MG sid")
    if unknown := set(order) - _KNOWN:
        raise ValueError(f"unknown {sorted(unknown)}; known: {', '.join(sorted(_KNOWN))}")
    if order.get("kind", "long_code") not in _KINDS:
        raise ValueError(f"unknown kind {order['kind']!r}; known: {', '.join(_KINDS)}")
    if order.get("opt_out_handling", "default") not in _HANDLINGS:
        raise ValueError(f"opt_out_handling is one of: {', '.join(_HANDLINGS)}")
    if float(order.get("segments_per_second") or 1) <= 0:
        raise ValueError("segments_per_second is above 0")


def _service(world: World, sid: str, account_sid: str, order: dict[str, Any]) -> Service:
    service = world.services.setdefault(sid, Service(sid, account_sid))
    service.account_sid = account_sid
    for name in (*_SHARED, *_SERVICE_ONLY):
        if name in order:
            setattr(service, name, order[name])
    return service


def _number(world: World, account_sid: str, order: dict[str, Any]) -> Sender:
    address = order["address"]
    sender = world.senders.setdefault(address, Sender(address, kind_of(address), account_sid))
    sender.account_sid = account_sid
    sender.kind = order.get("kind") or sender.kind
    for name in (*_SHARED, *_SENDER_ONLY):
        if order.get(name) is not None:
            setattr(sender, name, order[name])
    if service_sid := order.get("messaging_service_sid"):
        of_service = {name: order[name] for name in _SERVICE_ONLY if name in order}
        service = _service(world, service_sid, account_sid, of_service)
        sender.service_sid = service_sid
        if address not in service.pool:
            service.pool.append(address)
    return sender
