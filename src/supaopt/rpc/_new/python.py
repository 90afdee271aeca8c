"""
Resolved functions as a module of typed wrappers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from supaopt.rpc._new.placeholders import NOTHING
from supaopt.selectors import _code

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from supaopt.rpc._new.model import Argument, Function
    from supaopt.selectors import CatalogColumn


def render(functions: Iterable[Function]) -> str:
    """
    Return a module that declares *functions* with ``@rpc``.
    """
    functions = list(functions)
    blocks = [block for function in functions for block in _blocks(function)]
    return "\n\n\n".join(["\n".join(_head(functions)), *blocks]) + "\n"


def _head(functions: list[Function]) -> Iterator[str]:
    yield '"""'
    yield "Functions that write all or nothing, as `supaopt rpc new` wrote them."
    yield '"""'
    yield ""
    imports: dict[str, set[str]] = {}
    for column in (each for function in functions for each in _columns(function)):
        for module, name in _code.imports_of(column):
            imports.setdefault(module, set()).add(name)
    outputs = [each for function in functions for each in _outputs(function)]
    if any(each.path for each in outputs):
        imports.setdefault("typing", set()).add("Annotated")
    if any(each.fields for function in functions for each in function.arguments):
        imports.setdefault("typing", set()).add("TypedDict")
    for module, names in sorted(imports.items()):
        yield f"from {module} import {', '.join(sorted(names))}"
    if imports:
        yield ""
    yield "from supaopt.rpc import rpc"
    if outputs:
        yield f"from supaopt.selectors import {_code.imported(outputs)}"


def _columns(function: Function) -> Iterator[CatalogColumn]:
    for argument in function.arguments:
        for each in argument.fields or (argument,):
            if each.column:
                yield each.column
    yield from (each.column for each in function.outputs)


def _outputs(function: Function) -> list[_code.Field]:
    if function.is_scalar:
        return []
    columns = [each.column.model_copy(update={"name": each.name}) for each in function.outputs]
    return _code.fields_of(columns)


def _blocks(function: Function) -> Iterator[str]:
    for argument in function.arguments:
        if argument.fields:
            yield "\n".join(_typed_dict(function, argument))
    if function.outputs and not function.is_scalar:
        yield "\n".join(_row(function))
    yield "\n".join(_wrapper(function))


def _typed_dict(function: Function, argument: Argument) -> Iterator[str]:
    fields = argument.fields or ()
    types = {name for each in fields if each.column for name in _code.names_of(each.column)}
    yield f"class {_row_class(function, argument)}(TypedDict):"
    yield '    """'
    yield f"    One of the rows that `{function.declared.name}` takes as `{argument.name}`."
    yield '    """'
    yield ""
    # Last what is called like a type: checkers would take the field for it in what follows.
    for each in sorted(fields, key=lambda each: each.name in types):
        yield f"    {each.name}: {_annotation(each)}"


def _row(function: Function) -> Iterator[str]:
    yield f"class {_class_of(function, 'result')}(Row):"
    yield '    """'
    yield f"    What `{function.declared.name}` returns."
    yield '    """'
    yield ""
    for output, field in zip(function.outputs, _outputs(function), strict=True):
        annotation = _code.annotation_of(output.column, nullable=output.optional)
        yield f"    {field.name}: {_code.annotated(annotation, field)}"


def _wrapper(function: Function) -> Iterator[str]:
    declared = function.declared
    arguments = [_argument(function, each) for each in function.arguments]
    name = _code.function_of(declared.name)
    options = [f"name={_code.text(declared.name)}"] if name != declared.name else []
    if declared.schema != "public":
        options.append(f"schema={_code.text(declared.schema)}")
    yield f"@rpc({', '.join(options)})" if options else "@rpc"
    yield from _code.signature(name, arguments, _result(function))
    summary = declared.summary or "Write all of it or nothing."
    yield '    """'
    yield f"    {_code.docstring(summary)}"
    yield '    """'
    yield "    raise NotImplementedError"


def _argument(function: Function, argument: Argument) -> str:
    if argument.fields:
        return f"{argument.name}: list[{_row_class(function, argument)}]"
    text = f"{argument.name}: {_annotation(argument)}"
    return text if argument.default is NOTHING else f"{text} = {_default(argument)}"


def _annotation(argument: Argument) -> str:
    assert argument.column is not None
    return _code.annotation_of(argument.column, nullable=argument.optional)


def _result(function: Function) -> str:
    if not function.outputs:
        return "None"
    if function.is_scalar:
        only = function.outputs[0]
        return _code.annotation_of(only.column, nullable=only.optional)
    return _class_of(function, "result")


def _row_class(function: Function, argument: Argument) -> str:
    short = argument.name.removeprefix("p_")
    others = {each.name for each in function.arguments if each is not argument}
    return _class_of(function, f"{argument.name if short in others else short}_row")


def _class_of(function: Function, what: str) -> str:
    return _code.camel(f"{function.declared.name}_{what}")


def _default(argument: Argument) -> str:
    value = argument.default
    if argument.column and argument.column.type == "numeric" and value is not None:
        number = repr(value) if isinstance(value, int) else _code.text(str(value))
        return f"Decimal({number})"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({_code.text(str(value))})"
    return _code.text(value) if isinstance(value, str) else repr(value)
