"""format=flowed (RFC 3676): lines that were broken for the journey, whole again. Pure."""

from __future__ import annotations


def unflow(text: str, *, delsp: bool) -> str:
    """Join the lines that end in a space with the next of the same depth of quoting. LF between lines."""
    out: list[str] = []
    running: list[str] = []
    depth = 0
    for line in text.split("\n"):
        level, words = _depth(line)
        if running and level != depth:
            out.append(_line(depth, running))
            running = []
        depth = level
        if words == "-- " or not words.endswith(" "):
            if words == "-- " and running:
                out.append(_line(depth, running))
                running = []
            out.append(_line(depth, [*running, words]))
            running = []
        else:
            running.append(words[:-1] if delsp else words)
    if running:
        out.append(_line(depth, running))
    return "\n".join(out)


def _depth(line: str) -> tuple[int, str]:
    """Return how deep a line is quoted, and the line without quote marks and stuffing."""
    words = line.lstrip(">")
    depth = len(line) - len(words)
    return depth, words.removeprefix(" ")


def _line(depth: int, pieces: list[str]) -> str:
    joined = "".join(pieces)
    if depth:
        return f"{'>' * depth} {joined}"
    return joined
