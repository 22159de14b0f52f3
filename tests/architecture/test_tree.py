"""House rules that a reader of the tree relies on."""

import ast
import re

from tests.architecture import tree

LONGEST_FILE = 400
WRITTEN = (".py", ".html", ".css", ".js")
JUNK_DRAWERS = {"utils", "util", "helpers", "helper", "services", "common", "misc"}
MAY_ASK_THE_TIME = {
    "contacts/clock.py": "it is the one clock",
    "smsapp/demo/surroundings.py": "the demo measures from the real time how far to move the clock",
    "messaging/providers/twilio.py": "what Twilio dates itself is as old as Twilio's clock says",
}
TIME = re.compile(
    r"(^|\.)(timezone\.(now|localdate|localtime)|datetime\.(now|utcnow|today)|date\.today|time\.time)$"
)
TIME_NAMES = {"auto_now", "auto_now_add"}
NOT_RUN = re.compile(r"^(pytest|unittest)\.(mark\.)?(skip|skipif|skipIf|xfail|importorskip)$")


def test_no_file_is_too_long_to_read() -> None:
    lengths = {
        str(path.relative_to(tree.ROOT)): len(path.read_text().splitlines())
        for path in tree.files(*tree.product(), *tree.BESIDE_THE_PRODUCT, suffixes=WRITTEN)
    }
    assert lengths
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_there_are_no_junk_drawers() -> None:
    drawers = [
        str(path.relative_to(tree.ROOT))
        for path in tree.files(*tree.product(), *tree.BESIDE_THE_PRODUCT)
        if JUNK_DRAWERS & {part.removesuffix(".py") for part in path.relative_to(tree.ROOT).parts}
    ]
    assert drawers == []


def test_the_product_asks_one_clock_for_the_time() -> None:
    """The demo and the tests move that clock; a second one would text people at night."""
    asked = [
        tree.place(path, node)
        for path in tree.files(*tree.product())
        if str(path.relative_to(tree.ROOT)) not in MAY_ASK_THE_TIME
        for node in ast.walk(tree.syntax(path))
        if TIME.search(tree.dotted(node)) or (isinstance(node, ast.keyword) and node.arg in TIME_NAMES)
    ]
    assert asked == []


def test_nothing_happens_behind_a_readers_back() -> None:
    """A flow is written where it is read: no signals, and no `save` that does more than save."""
    hidden = [
        tree.place(path, node)
        for path in tree.files(*tree.product())
        for node in ast.walk(tree.syntax(path))
        if (
            isinstance(node, ast.ImportFrom)
            and re.match(r"django\.(dispatch|.*\bsignals)\b", node.module or "")
        )
        or (
            isinstance(node, ast.FunctionDef)
            and node.name == "save"
            and "models" in (path.stem, path.parent.name)
        )
    ]
    assert hidden == []


def test_every_test_runs() -> None:
    left_out = [
        tree.place(path, node)
        for path in tree.files("tests")
        for node in ast.walk(tree.syntax(path))
        if NOT_RUN.match(tree.dotted(node))
    ]
    assert left_out == []


def test_nothing_is_left_for_later() -> None:
    words = re.compile(r"# *(TODO|FIXME|XXX|HACK)\b")
    left = [
        f"{path.relative_to(tree.ROOT)}:{number}"
        for path in tree.files(*tree.product(), *tree.BESIDE_THE_PRODUCT)
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if words.search(line)
    ]
    assert left == []
