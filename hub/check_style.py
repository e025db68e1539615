"""How the page of `hub mappings check --html` looks: on screens, on phones, on paper."""

from __future__ import annotations

from html import escape

from hub.hops import WORTH
from hub.model import EMAIL


def slug(how: str) -> str:
    """Return a way to arrive as a class name."""
    return how.replace(" ", "-")


def system_name(system: str) -> str:
    """Return what people call a system."""
    return "E-mail" if system == EMAIL else escape(system.capitalize())


def badge(how: str) -> str:
    return f'<span class="how {slug(how)}">{escape(how)}</span>'


def marked_up(message: str) -> str:
    """Set what stands between backquotes as code."""
    parts = escape(message).split("`")
    if len(parts) % 2 == 0:
        return escape(message)
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


# A box that is not ticked hides its rows. No script: the page may be sent by mail or put on a wiki.
_FILTERS = "\n".join(
    f"body:has(#show-{slug(how)}:not(:checked)) .arrivals tr.{slug(how)} {{ display: none }}" for how in WORTH
)
_COLOURS = "\n".join(
    f".{slug(how)} {{ --ink: var(--{slug(how)}-ink); --tint: var(--{slug(how)}-tint) }}" for how in WORTH
)

_SHEET = """
:root {
  color-scheme: light dark;
  --page: #f7f7f5; --card: #fff; --line: #dededa; --text: #1d1f23; --soft: #5d626b; --link: #1f5fbf;
  --native-ink: #17693a; --native-tint: #d9f0e0;
  --at-home-ink: #0b6470; --at-home-tint: #d5eef1;
  --cut-ink: #7d5200; --cut-tint: #fbecc8;
  --retyped-ink: #96440c; --retyped-tint: #fde3d0;
  --block-ink: #28509b; --block-tint: #dde8fb;
  --copy-only-ink: #6a3d98; --copy-only-tint: #ece0f8;
  --withheld-ink: #41525e; --withheld-tint: #e3e8ec;
  --dropped-ink: #b1202c; --dropped-tint: #fbdadc;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1e2125; --line: #363a41; --text: #e8e9eb; --soft: #a2a8b2; --link: #8ab8ff;
    --native-ink: #86dba5; --native-tint: #173f28;
    --at-home-ink: #7fd6e0; --at-home-tint: #113e44;
    --cut-ink: #f0c768; --cut-tint: #473509;
    --retyped-ink: #f7ae7f; --retyped-tint: #4f2a10;
    --block-ink: #a0c2ff; --block-tint: #1e3460;
    --copy-only-ink: #d0b0f2; --copy-only-tint: #3b2655;
    --withheld-ink: #b9c6d0; --withheld-tint: #2b363e;
    --dropped-ink: #ff9ba3; --dropped-tint: #561a20;
  }
}
* { box-sizing: border-box }
html { scroll-behavior: smooth; scroll-padding-top: 4rem }
body {
  margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 72rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em; text-wrap: balance }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .4rem }
h3 { font-size: 1.05rem; margin: 0; display: inline } summary h3 { margin-left: .2rem }
p { margin: .4rem 0; max-width: 56rem; text-wrap: pretty }
a { color: var(--link) }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
code { font: .86em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere }
.soft { color: var(--soft) } .nowrap { white-space: nowrap }
nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .8rem 0 0 }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.2rem;
  margin: .8rem 0;
}
.verdict { border-left: .4rem solid var(--ink); font-size: 1.05rem } .verdict strong { color: var(--ink) }
.card p { max-width: 60rem }
table { border-collapse: collapse; width: 100% }
th { text-align: left; font-weight: 600 } thead th { color: var(--soft); font-size: .85rem }
th, td { padding: .45rem .8rem .45rem 0; vertical-align: top; border-top: 1px solid var(--line) }
thead th { border-top: 0 } tbody th { font-weight: 500 }
td.count { text-align: right; font-variant-numeric: tabular-nums }
caption { text-align: left; padding: 0 0 .5rem }

.how {
  display: inline-block; padding: .05rem .55rem; border-radius: 1rem;
  background: var(--tint); color: var(--ink);
  font-size: .82rem; font-weight: 600; white-space: nowrap;
}
.bar { display: flex; gap: 2px; height: .7rem; border-radius: .3rem; overflow: hidden; margin: .35rem 0 }
.bar i { background: var(--ink); min-width: 3px }

.matrix { overflow-x: auto } .matrix table { table-layout: fixed }
.matrix th, .matrix td { padding: .7rem .8rem; border: 1px solid var(--line) }
.matrix thead th, .matrix thead td { background: none; border-top: 0 }
.matrix tr > :first-child { width: 10.5rem; border-left: 0 } .matrix tr > :last-child { border-right: 0 }
.matrix tbody tr:last-child > * { border-bottom: 0 }
.matrix a { color: inherit; text-decoration: none; display: block }
.matrix a:hover .score, .matrix a:focus-visible .score { text-decoration: underline }
.matrix .same { background: var(--page) }
.score { font-size: 1.7rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.1 }
.score small { font-size: .85rem; font-weight: 400; color: var(--soft) }
.matrix .shares { font-size: .85rem; color: var(--soft) }

.legend {
  display: grid; grid-template-columns: max-content 1fr max-content; gap: .45rem 1rem; margin: .6rem 0 0;
}
.legend dt, .legend dd { margin: 0 } .legend dd:last-of-type { margin: 0 }
.legend .worth { text-align: right; font-variant-numeric: tabular-nums }

.filter {
  position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: .4rem .9rem; align-items: center;
  border: 1px solid var(--line); border-radius: .6rem; padding: .6rem 1.2rem; margin: .8rem 0;
  background: var(--card); box-shadow: 0 .2rem .6rem rgb(0 0 0 / .06);
}
.filter legend { float: left; padding: 0; font-size: .9rem; color: var(--soft) }
.filter label { cursor: pointer; display: inline-flex; gap: .35rem; align-items: center; min-height: 1.75rem }
.filter input { width: 1.05rem; height: 1.05rem; margin: 0; accent-color: var(--link) }

details > summary { cursor: pointer; padding: .2rem 0; list-style-position: inside }
details.hop > summary .score { float: right; font-size: 1.3rem }
.arrivals { margin-top: .6rem; table-layout: fixed }
.arrivals .c0 { width: 24% } .arrivals .c1, .arrivals .c3 { width: 18% } .arrivals .c2 { width: 7rem }
.arrivals th code { color: var(--soft); display: block }
.arrivals tbody + tbody th[colspan] { padding-top: 1.4rem }
th[colspan] { font-size: .85rem; color: var(--soft); font-weight: 600 }
body:has(#show-rest:not(:checked)) .arrivals tbody.rest { display: none }

.problems li { margin: .7rem 0 } .problems ul { list-style: none; padding: 0; margin: 0 }
.problems pre {
  margin: .3rem 0 0; padding: .5rem .8rem; overflow-x: auto; background: var(--page);
  border-radius: .4rem; font: .84rem/1.45 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
.problems mark { background: none; color: var(--dropped-ink); font-weight: 700 }
.examples { margin: 0; padding: 0; list-style: none } .examples li + li { margin-top: .3rem }
.examples q { quotes: none }
footer { margin-top: 3rem; font-size: .88rem; color: var(--soft) }

@media (max-width: 44rem) {
  body { padding: 1.2rem .9rem 3rem } h1 { font-size: 1.5rem } .card { padding: .8rem .9rem }
  html { scroll-padding-top: 1rem } .filter { position: static; padding: .6rem .9rem }
  .matrix { overflow: visible }
  .matrix thead, .matrix .same { display: none }
  .matrix table, .matrix tbody { display: block }
  .matrix tr { display: grid; grid-template-columns: 1fr 1fr; gap: 0 1rem; padding: .6rem 0 }
  .matrix tr + tr { border-top: 1px solid var(--line) }
  .matrix th, .matrix td, .matrix tr > :first-child { border: 0; padding: .3rem 0; width: auto }
  .matrix tbody th { grid-column: 1 / -1 }
  .matrix td::before { content: "to " attr(data-to); color: var(--soft); font-size: .85rem }
  .legend { grid-template-columns: max-content 1fr } .legend dd:not(.worth) { grid-column: 1 / -1; order: 0 }
  .legend .worth { text-align: left; color: var(--soft) } .legend .worth::before { content: "counts " }
  .stack thead { display: none }
  .stack, .stack tbody, .stack caption { display: block }
  .stack tr {
    display: flex; flex-wrap: wrap; gap: .1rem .8rem; padding: .55rem 0; border-top: 1px solid var(--line);
  }
  .stack th, .stack td { border: 0; padding: 0; width: auto; flex: 1 1 100% }
  .stack tr > .lead { flex: 1 1 50%; font-weight: 600 } .stack tr > .tag { flex: 0 0 auto }
  .stack td[data-label]:not(:empty)::before {
    content: attr(data-label) ": "; color: var(--soft); font-size: .88rem;
  }
  .stack tr > .tag { order: 0 } .stack tr > td:not(.tag) { order: 1 }
  .stack td:empty { display: none } td.count { text-align: left }
  .arrivals th code { display: none }
}
@media print {
  @page { margin: 14mm }
  :root { --page: #fff } body { max-width: none; padding: 0; font-size: 9.5pt; line-height: 1.35 }
  h1 { font-size: 18pt } h2 { margin-top: 1.4rem } .score { font-size: 14pt }
  .filter, nav, .arrivals th code { display: none }
  .card { border: 0; border-top: 1px solid #999; border-radius: 0; padding: .5rem 0 }
  .verdict { padding-left: .6rem }
  th, td { padding: .2rem .6rem .2rem 0 } .problems pre { white-space: pre-wrap }
  .matrix, .legend, .verdict { break-inside: avoid } tr, li { break-inside: avoid }
  h2, summary, caption { break-after: avoid } thead { display: table-header-group }
  .how, .bar i { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  a { color: inherit; text-decoration: none }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto } }
"""

SHEET = f"{_SHEET}{_COLOURS}\n{_FILTERS}\n"
