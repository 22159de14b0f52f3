"""Connections that work, to a server that takes writes; Django looks for `DatabaseWrapper` under this name."""

import time
from typing import Any, ClassVar

import psycopg
from django.db.backends.postgresql import base
from psycopg_pool import ConnectionPool

# PostgreSQL tells both with its answers, so to know them costs no question.
_TAKES_NO_WRITES = ("in_hot_standby", "default_transaction_read_only")
# Where every server takes no writes, pages that only read still want a connection, and not a new one each time.
DRAINS_EVERY_SECONDS = 1.0


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, as Django knows it; who asks for a connection never gets one that outlived a fail-over.

    A primary that died leaves a pool full of broken connections, and one that was demoted under its open connections
    leaves a pool full of working ones on which every write fails (25006), for as long as the pool keeps them. Either
    way all were opened together to what is no primary any more: the first that is found lets go of all.

    It does the pool's own check (so CONN_HEALTH_CHECKS is off), which tries one broken connection after the other,
    a second apart, then two, then four.
    """

    _drained_at: ClassVar[dict[str, float]] = {}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """A connection from the pool, or a new one when those in it are of no use.

        Raises OperationalError when there is none within the pool's time.
        """
        connection = super().get_new_connection(conn_params)
        if self.pool is None or self._is_of_use(connection):
            return connection
        connection.close()
        self.pool.putconn(connection)
        self.pool.drain()
        self._drained_at[self.alias] = time.monotonic()
        # Opened after the drain: where it leads, and whether to a standby, is for the address to say.
        return super().get_new_connection(conn_params)

    def _is_of_use(self, connection: "psycopg.Connection[Any]") -> bool:
        try:
            ConnectionPool.check_connection(connection)
        except psycopg.Error:
            return False
        takes_writes = all(connection.info.parameter_status(name) != "on" for name in _TAKES_NO_WRITES)
        return takes_writes or self._drained_lately()

    def _drained_lately(self) -> bool:
        return time.monotonic() < self._drained_at.get(self.alias, float("-inf")) + DRAINS_EVERY_SECONDS
