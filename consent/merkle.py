"""The Merkle tree of RFC 6962: its hashes, roots, and proofs that a leaf is in it and that it only grew."""

import hashlib
from collections.abc import Callable, Iterable, Sequence

# The hash of the full subtree over leaves [index · 2**level, (index + 1) · 2**level); level 0 is a leaf's hash.
Read = Callable[[int, int], bytes]

EMPTY = hashlib.sha256().digest()
HASH = 32  # bytes
# A tile is a stored row of hashes, those of so many levels of the tree: the lowest, from which the others follow.
HEIGHT = 8
WIDTH = 1 << HEIGHT
FULL = WIDTH * HASH  # bytes
LEAF, NODE = b"\x00", b"\x01"  # RFC 6962, 2.1: no leaf can pass for a node


def leaf_hash(data: bytes) -> bytes:
    """The hash (32 bytes) of a leaf with this content."""
    return hashlib.sha256(LEAF + data).digest()


def split(hashes: bytes) -> list[bytes]:
    """Hashes that stand in a row, one by one."""
    return [hashes[begin : begin + HASH] for begin in range(0, len(hashes), HASH)]


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash (32 bytes) of a node over two subtrees."""
    return hashlib.sha256(NODE + left + right).digest()


def root(leaves: Iterable[bytes]) -> bytes:
    """The root over leaf hashes, in order; memory does not grow with them."""
    edge = Edge()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def full_root(hashes: bytes) -> bytes:
    """The root over 1, 2, 4, 8 … hashes that stand in a row; the quick way for a whole subtree.

    Raises ValueError for any other number of them.
    """
    count, rest = divmod(len(hashes), HASH)
    if rest or count.bit_count() != 1:
        raise ValueError(f"a whole subtree has 1, 2, 4, 8 … hashes, not {len(hashes)} bytes")
    row, two = hashes, 2 * HASH
    while len(row) > HASH:
        pairs = range(0, len(row), two)
        row = b"".join([hashlib.sha256(NODE + row[begin : begin + two]).digest() for begin in pairs])
    return row


class Edge:
    """A growing tree, of which only its right edge is kept: the full subtrees that its size's binary digits name."""

    def __init__(self, size: int = 0, subtrees: Sequence[bytes] = ()) -> None:
        self.size = size
        self.subtrees = list(subtrees)  # hashes, the largest first

    @classmethod
    def of(cls, size: int, read: Read) -> "Edge":
        """The edge of a stored tree."""
        return cls(size, [read(level, (size >> level) - 1) for level in _ones(size)])

    def append(self, leaf: bytes) -> None:
        """Add one leaf hash."""
        size, top, subtrees = self.size, leaf, self.subtrees
        while size & 1:
            top = node_hash(subtrees.pop(), top)
            size >>= 1
        subtrees.append(top)
        self.size += 1

    def append_subtree(self, level: int, top: bytes) -> None:
        """Add a full subtree of 2**level leaves; the size so far must be a multiple of that."""
        width = 1 << level
        if self.size % width:
            raise ValueError(f"a subtree of {width} leaves cannot follow {self.size} leaves")
        size = self.size >> level
        while size & 1:
            top = node_hash(self.subtrees.pop(), top)
            size >>= 1
        self.subtrees.append(top)
        self.size += width

    def root(self) -> bytes:
        """The root over everything appended so far."""
        if not self.subtrees:
            return EMPTY
        *left, found = self.subtrees
        for subtree in reversed(left):
            found = node_hash(subtree, found)
        return found


def root_at(size: int, read: Read) -> bytes:
    """The root over the first `size` leaves of a stored tree."""
    return Edge.of(size, read).root()


def inclusion_path(size: int, position: int, read: Read) -> list[bytes]:
    """The audit path of the leaf at `position` in the tree of the first `size` leaves (RFC 6962, 2.1.1).

    Raises ValueError when there is no such leaf.
    """
    if not 0 <= position < size:
        raise ValueError(f"a tree of {size} leaves has none at position {position}")
    path, begin = [], 0
    while size > 1:
        half = _split(size)
        if position < begin + half:
            path.append(_over(begin + half, size - half, read))
            size = half
        else:
            path.append(_over(begin, half, read))
            begin, size = begin + half, size - half
    return path[::-1]


def consistency_path(first: int, second: int, read: Read) -> list[bytes]:
    """The proof that the tree of `first` leaves is the beginning of that of `second` (RFC 6962, 2.1.2).

    Raises ValueError unless 0 <= first <= second; from nothing, everything follows by the empty proof.
    """
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {first} leaves is no beginning of one of {second}")
    if first in {0, second}:
        return []
    path, begin, size, is_whole = [], 0, second, True
    while first - begin != size:
        half = _split(size)
        if first - begin <= half:
            path.append(_over(begin + half, size - half, read))
            size = half
        else:
            path.append(_over(begin, half, read))
            begin, size, is_whole = begin + half, size - half, False
    if not is_whole:  # whoever checks knows the old root itself
        path.append(_over(begin, size, read))
    return path[::-1]


def check_inclusion(leaf: bytes, position: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Does `path` lead from this leaf hash, at this place of a tree of this size, to the root (RFC 9162, 2.1.3.2)?"""
    if not 0 <= position < size:
        return False
    node, last, found = position, size - 1, leaf
    for other in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            found = node_hash(other, found)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            found = node_hash(found, other)
        node, last = node >> 1, last >> 1
    return last == 0 and found == root


def check_consistency(first: int, second: int, root1: bytes, root2: bytes, path: Sequence[bytes]) -> bool:
    """Does `path` show the tree of `first` leaves to be the beginning of that of `second` (RFC 9162, 2.1.4.2)?"""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not path and root1 == root2
    if first == 0:
        return not path and root1 == EMPTY
    known = [root1, *path] if first & (first - 1) == 0 else list(path)
    if not known:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = known[0]
    for other in known[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old, new = node_hash(other, old), node_hash(other, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, other)
        node, last = node >> 1, last >> 1
    return last == 0 and old == root1 and new == root2


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _ones(size: int) -> list[int]:
    """The levels of the full subtrees that make up a tree of this size, the largest first."""
    return [level for level in range(size.bit_length() - 1, -1, -1) if size >> level & 1]


def _over(begin: int, size: int, read: Read) -> bytes:
    """The hash over `size` leaves from `begin` on, where a subtree of the whole tree begins."""
    subtrees = []
    for level in _ones(size):
        subtrees.append(read(level, begin >> level))
        begin += 1 << level
    return Edge(size, subtrees).root()
