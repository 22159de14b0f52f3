"""The Merkle tree: the vectors of the certificate-transparency project, and RFC 6962's own definitions."""

import hashlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import merkle

# testdata of the certificate-transparency reference implementation, as every log of RFC 6962 uses it
DATA = [bytes.fromhex(each) for each in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [bytes.fromhex(each) for each in (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)]  # fmt: skip
LEAVES = [merkle.leaf_hash(data) for data in DATA]


def read(level: int, index: int) -> bytes:
    """The full subtree, by the definition and not by the code under test."""
    return defined(LEAVES[index << level : (index + 1) << level])


def defined(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, 2.1, word for word, over leaf hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = max(1 << n for n in range(len(leaves).bit_length()) if 1 << n < len(leaves))
    return hashlib.sha256(b"\x01" + defined(leaves[:k]) + defined(leaves[k:])).digest()


def reader(leaves: list[bytes]) -> merkle.Read:
    return lambda level, index: defined(leaves[index << level : (index + 1) << level])


def some(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


@pytest.mark.parametrize("size", range(9))
def test_the_roots_are_those_of_the_reference(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == ROOTS[size]
    assert merkle.root_at(size, read) == ROOTS[size]


@pytest.mark.parametrize(("position", "size", "path"), [
    (0, 1, []),
    (0, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (5, 8, [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
])  # fmt: skip
def test_the_inclusion_paths_are_those_of_the_reference(position: int, size: int, path: list[str]) -> None:
    assert [each.hex() for each in merkle.inclusion_path(size, position, read)] == path


@pytest.mark.parametrize(("first", "second", "path"), [
    (1, 1, []),
    (1, 8, [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]),
    (6, 8, [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]),
    (2, 5, [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]),
])  # fmt: skip
def test_the_consistency_paths_are_those_of_the_reference(first: int, second: int, path: list[str]) -> None:
    assert [each.hex() for each in merkle.consistency_path(first, second, read)] == path


def test_every_leaf_of_every_tree_has_a_path_that_holds_for_it_alone() -> None:
    leaves = some(33)
    for size in range(1, 34):
        root = defined(leaves[:size])
        for position in range(size):
            path = merkle.inclusion_path(size, position, reader(leaves))
            assert merkle.check_inclusion(leaves[position], position, size, path, root)
            assert (
                not merkle.check_inclusion(leaves[position], (position + 1) % size, size, path, root)
                or size == 1
            )
            assert not merkle.check_inclusion(merkle.leaf_hash(b"other"), position, size, path, root)
            assert not merkle.check_inclusion(leaves[position], position, size, [*path, root], root)


def test_every_tree_is_shown_to_be_the_beginning_of_every_later_one() -> None:
    leaves = some(33)
    roots = [defined(leaves[:size]) for size in range(34)]
    for first in range(34):
        for second in range(first, 34):
            path = merkle.consistency_path(first, second, reader(leaves))
            assert merkle.check_consistency(first, second, roots[first], roots[second], path)
            if first < second:
                assert not merkle.check_consistency(
                    first, second, merkle.leaf_hash(b"x"), roots[second], path
                )
                assert first == 0 or not merkle.check_consistency(
                    first, second, roots[first], roots[first - 1], path
                )


@given(st.data())
def test_no_other_path_is_taken_for_a_proof(data: st.DataObject) -> None:
    leaves = some(20)
    first = data.draw(st.integers(1, 19))
    second = data.draw(st.integers(first + 1, 20))
    path = merkle.consistency_path(first, second, reader(leaves))
    roots = defined(leaves[:first]), defined(leaves[:second])
    wrong = data.draw(st.integers(0, len(path) - 1))
    bit = data.draw(st.integers(0, 255))
    flipped = (int.from_bytes(path[wrong], "big") ^ 1 << bit).to_bytes(32, "big")
    for broken in (path[:wrong], [*path[:wrong], flipped, *path[wrong + 1 :]], [*path, flipped]):
        assert not merkle.check_consistency(first, second, *roots, broken)


@given(st.integers(0, 300), st.integers(0, 300))
def test_an_edge_goes_on_from_a_stored_tree(before: int, more: int) -> None:
    leaves = some(before + more)
    edge = merkle.Edge.of(before, reader(leaves))
    for leaf in leaves[before:]:
        edge.append(leaf)
    assert (edge.size, edge.root()) == (before + more, defined(leaves))


def test_whole_subtrees_can_be_appended_where_they_fit() -> None:
    leaves = some(13)
    edge = merkle.Edge()
    for level, begin in ((2, 0), (2, 4), (1, 8), (1, 10), (0, 12)):
        edge.append_subtree(level, defined(leaves[begin : begin + (1 << level)]))
    assert edge.root() == defined(leaves)
    with pytest.raises(ValueError, match="cannot follow 13 leaves"):
        edge.append_subtree(1, leaves[0])


@pytest.mark.parametrize(("size", "position"), [(0, 0), (3, 3), (3, -1)])
def test_there_is_no_path_for_a_leaf_that_is_not_there(size: int, position: int) -> None:
    with pytest.raises(ValueError, match="has none at position"):
        merkle.inclusion_path(size, position, read)
    assert not merkle.check_inclusion(LEAVES[0], position, size, [], ROOTS[1])


def test_a_larger_tree_is_no_beginning_of_a_smaller_one() -> None:
    with pytest.raises(ValueError, match="is no beginning"):
        merkle.consistency_path(4, 3, read)
    assert not merkle.check_consistency(4, 3, ROOTS[4], ROOTS[3], [])


def test_a_leaf_cannot_pass_for_a_node() -> None:
    left, right = LEAVES[:2]
    assert merkle.leaf_hash(left + right) != merkle.node_hash(left, right)
    assert all(one != other for one, other in pairwise(ROOTS))


@pytest.mark.parametrize("size", [0, merkle.HASH - 1, 3 * merkle.HASH, 6 * merkle.HASH])
def test_what_is_no_whole_subtree_has_no_quick_root(size: int) -> None:
    with pytest.raises(ValueError, match="whole subtree"):
        merkle.full_root(bytes(size))
