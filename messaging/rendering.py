"""How a text with names in it becomes the words one person reads: Django's template syntax, locked down."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from django.template import (
    Context,
    Engine,
    Library,
    Template,
    TemplateSyntaxError,
    defaultfilters,
    defaulttags,
)
from django.template.base import FilterExpression, Node, NodeList, TextNode, Variable, VariableNode
from django.template.defaulttags import IfNode

from messaging.values import ATTRIBUTES, values_for, without_controls

LONGEST = 1600  # Twilio's limit for Body, counted in UTF-16 units, the stricter reading
ALWAYS_KNOWN = frozenset({"brand", "program", "preferences_url"})
_FILTERS = (
    "capfirst",
    "lower",
    "pluralize",
    "title",
    "truncatechars",
    "truncatewords",
    "upper",
    "yesno",
)
_TAGS = ("if",)
_TRAILING_SPACE = re.compile(r"[^\S\n]+(?=\n|$)")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text before anyone is meant: the field ("body" or a name) and a sentence."""

    field: str
    words: str

    def __str__(self) -> str:
        return self.words


class CannotRender(ValueError):
    """The text cannot be written for this person; `field` is the name at fault, or "body"."""

    def __init__(self, field: str, words: str) -> None:
        super().__init__(words)
        self.field = field


def render(template: str, variables: Mapping[str, Any]) -> str:
    """Fill in the names. Raises CannotRender when a name is blank without a default, or the text will not do.

    1. Values are cleaned: text and numbers only, no control characters, nothing that looks like a template.
    2. A blank or missing value takes its default; there is no "Hi ," left.
    3. Trailing spaces go, new lines stay; what is empty or longer than `LONGEST` is refused.
    """
    try:
        compiled = _compile(template)
    except TemplateSyntaxError as error:
        raise CannotRender("body", _syntax(error)) from error
    values = values_for(compiled.names, variables)
    text = _tidy(compiled.written_with(values))
    if not text:
        raise CannotRender("body", "the text is empty")
    if _length(text) > LONGEST:
        _too_long(text, values)
    return text


def check(template: str) -> list[Problem]:
    """What must be mended before this text can be sent to anyone; empty when it is fine."""
    try:
        nodes = _compile(template).template.nodelist
    except TemplateSyntaxError as error:
        return [Problem("body", _syntax(error))]
    problems = [
        Problem(name, f"{name} may be blank: write {{{{ {name}|default:'…' }}}}")
        for name in _undefended(nodes)
    ]
    written = "".join(node.s for node in nodes.get_nodes_by_type(TextNode) if isinstance(node, TextNode))
    if any(brace in written for brace in ("{{", "}}", "{%", "%}")):
        problems.append(Problem("body", "a name is not closed: write {{ name }}, two braces on each side"))
    if _length(written) > LONGEST:
        problems.append(Problem("body", f"the text is longer than {LONGEST} characters without any name"))
    if not _tidy(written) and not _names(nodes):
        problems.append(Problem("body", "the text is empty"))
    return problems


def variables_used(template: str) -> frozenset[str]:
    """The names a text uses, like "first_name" or "attributes.roast". Raises TemplateSyntaxError."""
    return _compile(template).names


def uses(template: str, name: str) -> bool:
    """Whether a text uses this name; False when it cannot be read."""
    try:
        return name in variables_used(template)
    except TemplateSyntaxError:
        return False


def _default(value: Any, instead: Any) -> Any:
    """Django's `default`, but a 0 is a value and only a blank is not."""
    return instead if value is None or value == "" else value


def _engine() -> Engine:
    allowed = Library()
    allowed.filters = {name: defaultfilters.register.filters[name] for name in _FILTERS}
    allowed.tags = {name: defaulttags.register.tags[name] for name in _TAGS}
    allowed.filter("default", _default)
    engine = Engine(autoescape=False)
    engine.template_builtins = [allowed]  # the builtins of an Engine can only be added to, so replace them
    return engine


_ENGINE = _engine()


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A text that has been read: once for its million readers."""

    template: Template
    names: frozenset[str]

    def written_with(self, values: dict[str, Any]) -> str:
        """The text with these values, without what `Template.render` does for tags that we do not know."""
        context = Context(values, autoescape=False, use_l10n=False, use_tz=False)
        context.template = self.template
        return self.template.nodelist.render(context)


@lru_cache(maxsize=1024)
def _compile(template: str) -> _Compiled:
    compiled = _ENGINE.from_string(template)
    names = frozenset(_names(compiled.nodelist))
    for name in names:
        if (
            name.count(".") > 1
            or ("." in name and not name.startswith(f"{ATTRIBUTES}."))
            or name == ATTRIBUTES
        ):
            raise TemplateSyntaxError(
                f"{name} is not a name a text can use; write {ATTRIBUTES}.{name.split('.')[-1]}"
            )
    for node in compiled.nodelist.get_nodes_by_type(Node):
        if isinstance(node, VariableNode):
            node.filter_expression.filters.append((_required(node.filter_expression), []))
    return _Compiled(compiled, names)


def _required(expression: FilterExpression) -> Any:
    """A last filter for each name in the text: nothing blank may pass."""
    name = next(_names_in(expression), "body")

    def refuse_blank(value: Any) -> Any:
        if str(value).strip() == "":
            raise CannotRender(name, f"{name} is blank and has no default")
        return value

    return refuse_blank


def _names(nodes: NodeList) -> set[str]:
    return {name for expression in _expressions(nodes) for name in _names_in(expression)}


def _undefended(nodes: NodeList) -> list[str]:
    """Names that may be blank and have neither a default nor an `if` around them, in order of appearance."""
    found: dict[str, None] = {}
    for node in nodes:
        if isinstance(node, IfNode):
            for condition, branch in node.conditions_nodelists:
                asked = {name for each in _conditions(condition) for name in _names_in(each)}
                found |= dict.fromkeys(name for name in _undefended(branch) if name not in asked)
        elif isinstance(node, VariableNode) and not _has_default(node.filter_expression):
            found |= dict.fromkeys(
                name for name in _names_in(node.filter_expression) if name not in ALWAYS_KNOWN
            )
    return list(found)


def _has_default(expression: FilterExpression) -> bool:
    defaults = [arguments for used, arguments in expression.filters if used is _default]
    return any(not is_name and str(value).strip() for arguments in defaults for is_name, value in arguments)


def _expressions(nodes: NodeList) -> Iterator[FilterExpression]:
    for node in nodes.get_nodes_by_type(Node):
        if isinstance(node, VariableNode):
            yield node.filter_expression
        elif isinstance(node, IfNode):
            for condition, _branch in node.conditions_nodelists:
                yield from _conditions(condition)


def _conditions(condition: Any) -> Iterator[FilterExpression]:
    """The expressions in "a and not b|lower == 'x'", whose parts hang together as a tree."""
    if condition is None:
        return
    if isinstance(value := getattr(condition, "value", None), FilterExpression):
        yield value
    for side in ("first", "second"):
        yield from _conditions(getattr(condition, side, None))


def _names_in(expression: FilterExpression) -> Iterator[str]:
    candidates = [expression.var]
    candidates += [value for _, arguments in expression.filters for is_name, value in arguments if is_name]
    for candidate in candidates:
        if isinstance(candidate, Variable) and candidate.lookups:
            yield ".".join(candidate.lookups)


def _tidy(text: str) -> str:
    plain = without_controls(text.replace("\r\n", "\n").replace("\r", "\n"))
    return _TRAILING_SPACE.sub("", plain).strip()


def _length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _too_long(text: str, values: dict[str, Any]) -> NoReturn:
    """Blame the longest value when the text would fit without it, else the text itself."""
    sizes = {
        name: _length(str(value))
        for name, value in (values | values[ATTRIBUTES]).items()
        if name != ATTRIBUTES
    }
    longest = max(sizes, key=lambda name: sizes[name], default="")
    field = longest if longest and _length(text) - sizes[longest] <= LONGEST else "body"
    whose = f"{field} makes the text" if field != "body" else "the text is"
    raise CannotRender(field, f"{whose} {_length(text)} characters long; at most {LONGEST} can be sent")


def _syntax(error: TemplateSyntaxError) -> str:
    return f"the text cannot be read: {error}"
