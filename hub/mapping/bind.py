"""A mapping file meets the system's schema: names become ids, and every misfit is told with its place."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as AbstractMapping
from dataclasses import dataclass, field

from hub.lens import Dialect
from hub.mapping.lenses import FIELD_TYPES, block_lens, copy_lens, lens_for
from hub.mapping.load import MappingFile
from hub.mapping.models import AnySpec, ChoiceSpec, FlagSpec, LabelsSpec
from hub.mapping.options import Options, resolve
from hub.mapping.rules import Flow, Handoff, Mapping, Rule
from hub.marked import Path
from hub.model import Audience, Json, System
from hub.problems import FileRefused, Problem, refuse_errors
from hub.registers import nearest
from hub.schema import Field, Schema

_AUDIENCES: tuple[Audience, ...] = ("public", "internal", "engineering")


@dataclass
class Binding:
    """One file being bound to one schema: what was found so far."""

    file: MappingFile
    schema: Schema
    dialect: Dialect
    problems: list[Problem] = field(default_factory=list[Problem])
    unfit: set[str] = field(default_factory=set[str])
    """Ids of the fields that are there, and are not what the file says."""

    def error(self, path: Path, message: str) -> None:
        self.problems.append(Problem(self.file.marked.at(*path), message))

    def warning(self, path: Path, message: str) -> None:
        self.problems.append(Problem(self.file.marked.at(*path), message, "warning"))

    def find(self, name: str, path: Path, *, key: bool = False) -> Field | None:
        """Return the one field of that name, or tell what to write instead; `key`: it is a key there."""
        found = self.schema.named(name)
        if len(found) == 1:
            return found[0]
        place = self.file.marked.at(*path) if key else self.file.marked.inside(*path)
        if found:
            ids = " or ".join(f"`{f.id}`" for f in found)
            message = f"{self.schema.system} has {len(found)} fields called `{name}`; write {ids}"
        else:
            names = [w for f in self.schema.fields.values() for w in (f.name, f.id)]
            renamed = next((f.name for f in self.schema.fields.values() if f.was == name), "")
            hint = f"; it is called `{renamed}` now" if renamed else nearest(name, names)
            hint = hint or "; `hub mappings check` lists its fields"
            message = f"{self.schema.system} has no field `{name}`{hint}"
        self.problems.append(Problem(place, message))
        return None


def bind(file: MappingFile, schema: Schema, dialect: Dialect) -> Mapping:
    """Return the mapping with field ids. Raises `FileRefused` with everything that does not fit."""
    mapping, problems = try_bind(file, schema, dialect)
    if mapping is None:
        raise FileRefused(problems)
    return mapping


def try_bind(
    file: MappingFile, schema: Schema, dialect: Dialect
) -> tuple[Mapping | None, tuple[Problem, ...]]:
    """Return the mapping, if it can be used, and everything worth telling about it."""
    binding = Binding(file, schema, dialect)
    if file.system != schema.system:
        binding.error(("system",), f"this file is for {file.system}, not for {schema.system}")
    rules = [*_rules(binding), *_context_rules(binding)]
    _claim_once(rules, binding)
    _warn_required(rules, binding)
    mapping = _mapping(binding, tuple(rules))
    problems = tuple(sorted((*file.warnings, *binding.problems)))
    try:
        refuse_errors(problems)
    except FileRefused:
        return None, problems
    return mapping, problems


def unfit_fields(file: MappingFile, schema: Schema, dialect: Dialect) -> frozenset[str]:
    """Return the ids of the fields that are there, and are not what the file says."""
    binding = Binding(file, schema, dialect)
    for _ in _rules(binding):
        pass
    return frozenset(binding.unfit)


def _rules(binding: Binding) -> Iterator[Rule]:
    file = binding.file
    for name, spec in file.spec.fields.items():
        path: Path = ("fields", name)
        found = binding.find(spec.field, (*path, "field"))
        if found is None or found.unfit:
            continue
        before = len(binding.problems)
        _check_field(name, spec, found, binding)
        options = _options(name, spec, found, binding)
        if any(problem.severity == "error" for problem in binding.problems[before:]):
            binding.unfit.add(found.id)
        register = file.registers[name]
        where = f"{found.name} ({file.marked.at(*path)})"
        yield Rule(
            register=name,
            kind=register.kind,
            lens=lens_for(spec, found, options, binding.dialect, where, file.system),
            as_=spec.as_,
            direction=file.directions[name],
            place=file.marked.at(*path),
            many=spec.many,
            distinct_by=spec.distinct_by,
            order=register.options or tuple(options.to_side),
        )


def _check_field(name: str, spec: AnySpec, found: Field, binding: Binding) -> None:
    path: Path = ("fields", name)
    direction = binding.file.directions[name]
    fitting = FIELD_TYPES[spec.as_]
    said = found.detail or found.type
    if found.type == "other":
        binding.warning((*path, "field"), f"the hub does not know fields of type `{said}`; it tries its best")
    elif found.type not in fitting and not _readable(spec.as_, found, direction):
        better = next((a for a, types in FIELD_TYPES.items() if found.type == types[0]), "")
        hint = f"; write `as: {better}`" if better else ""
        binding.error((*path, "as"), f"`{found.name}` is a {said} field, which is not `{spec.as_}`{hint}")
    if not found.writable and direction in ("both", "write"):
        binding.error(
            (*path, "direction" if spec.direction else "field"),
            f"`{found.name}` cannot be written through the API; add `direction: read`",
        )
    limit: int | None = getattr(spec, "limit", None)
    if limit is not None and found.limit is not None and limit > found.limit:
        binding.error(
            (*path, "limit"), f"`{found.name}` keeps {found.limit} characters; write `limit: {found.limit}`"
        )


def _readable(as_: str, found: Field, direction: str) -> bool:
    """What cannot be written may still be read: any option's name as text, an address as a person."""
    return direction == "read" and (as_ == "text" or (as_ == "person" and found.type == "text"))


def _options(name: str, spec: AnySpec, found: Field, binding: Binding) -> Options:
    if not isinstance(spec, (ChoiceSpec, LabelsSpec, FlagSpec)):
        return Options()
    options, faults = resolve(
        spec,
        found,
        binding.file.tables.get(name, ({}, {})),
        binding.file.registers[name],
        binding.file.directions[name],
    )
    for below, message, severity in faults:
        tell = binding.error if severity == "error" else binding.warning
        tell(("fields", name, *below), message)
    return options


def _context_rules(binding: Binding) -> Iterator[Rule]:
    context = binding.file.spec.context
    made = (
        ("context.block", context.block, ("context", "block"), block_lens),
        ("context.copy", context.copy_, ("context", "copy"), copy_lens),
    )
    for register, name, path, lens_of in made:
        found = binding.find(name, path) if name is not None else None
        if found is None:
            continue
        where = f"{found.name} ({binding.file.marked.at(*path)})"
        lens = lens_of(found, binding.dialect, where)
        if isinstance(lens, str):
            binding.error(path, lens)
        elif not found.writable:
            binding.error(path, f"`{found.name}` cannot be written through the API; name another field")
        else:
            as_ = "block" if register == "context.block" else "copy"
            kind = "markdown" if as_ == "block" else "text"
            yield Rule(register, kind, lens, as_, "write", binding.file.marked.at(*path))


def _claim_once(rules: list[Rule], binding: Binding) -> None:
    """No two registers may write one field, but for our block in a body."""
    writers: dict[str, Rule] = {}
    for rule in rules:
        if not rule.writes or rule.as_ == "block":
            continue
        first = writers.setdefault(rule.field, rule)
        if first is not rule:
            message = (
                f"`{rule.register}` and `{first.register}` (line {first.place.line}) both write "
                f"`{rule.field}`; let one of them read only"
            )
            binding.problems.append(Problem(rule.place, message))


def _warn_required(rules: list[Rule], binding: Binding) -> None:
    """A replica cannot be created without the fields that the system insists on."""
    spec = binding.file.spec
    given = {r.field for r in rules if r.creates}
    given |= {f.id for name in spec.create for f in binding.schema.named(name)}
    for needed in binding.schema.fields.values() if spec.creates else ():
        if needed.required and needed.id not in given:
            binding.warning(
                ("creates",),
                f"{binding.schema.system} creates nothing without `{needed.name}`; map it, or add "
                f"`{needed.id}: …` under `create`",
            )


def _mapping(binding: Binding, rules: tuple[Rule, ...]) -> Mapping:
    file, spec = binding.file, binding.file.spec
    handoff = spec.handoff
    return Mapping(
        system=System(file.system),
        file=file.file,
        rules=rules,
        scope=dict(_scope(binding)),
        adopt_when=file.adopt_when,
        creates=spec.creates,
        create_when=file.create_when,
        create=dict(_create(binding)),
        comments={a: Flow(c.write, c.read) for a in _AUDIENCES for c in [getattr(spec.comments, a)]},
        attachments={a: Flow(c.write, c.read) for a in _AUDIENCES for c in [getattr(spec.attachments, a)]},
        rest=spec.context.rest,
        handoff=Handoff(tuple(handoff.required), handoff.note) if handoff else None,
        fill=dict(_fill(binding)),
        remote_link=spec.remote_link,
        warnings=(*file.warnings, *(p for p in binding.problems if p.severity == "warning")),
    )


def _scope(binding: Binding) -> Iterator[tuple[str, tuple[str, ...]]]:
    for name, wanted in binding.file.spec.scope.items():
        found = binding.find(name, ("scope", name), key=True)
        if found:
            values = (wanted,) if isinstance(wanted, str) else tuple(wanted)
            yield found.id, tuple(w for v in values for w in (v, *_other_names(v, found)))


def _other_names(word: str, found: Field) -> AbstractMapping[str, None]:
    same = (o for o in found.options if word in (o.value, o.label))
    return {name: None for o in same for name in (o.value, o.label) if name != word}


def _create(binding: Binding) -> Iterator[tuple[str, Json]]:
    for name, raw in binding.file.spec.create.items():
        found = binding.find(name, ("create", name), key=True)
        if found:
            path: Path = ("create", name)
            yield found.id, _option(raw, found, path, binding) if isinstance(raw, str) else raw


def _fill(binding: Binding) -> Iterator[tuple[str, str]]:
    for name, option in binding.file.spec.transitions.fill.items():
        path: Path = ("transitions", "fill", name)
        found = binding.find(name, path, key=True)
        if found:
            yield found.id, _option(option, found, path, binding)


def _option(word: str, found: Field, path: Path, binding: Binding) -> str:
    """Return the option's API value for what people call it."""
    for option in found.options:
        if word in (option.value, option.label):
            return option.value
    if found.options and found.type in {"choice", "choices", "status"}:
        labels = [o.label for o in found.options]
        hint = nearest(word, labels) or f"; it has {', '.join(labels)}"
        binding.problems.append(
            Problem(binding.file.marked.inside(*path), f"`{found.name}` has no option `{word}`{hint}")
        )
    return word
