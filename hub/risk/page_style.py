"""How the page of `hub backtest --page` looks: on screens, on phones, in the dark, on paper."""

from __future__ import annotations

SHEET = """
:root {
  color-scheme: light dark;
  --page: #f7f7f5; --card: #fff; --line: #e1e1dc; --text: #1d1f23; --soft: #5d626b; --link: #1f5fbf;
  --shown: #0b6470; --before: #9a4a12; --rule: #28509b; --priority: #6a3d98; --prior: #8b9099;
  --good-ink: #17693a; --good-tint: #d9f0e0; --bad-ink: #b1202c; --bad-tint: #fbdadc;
  --even-ink: #7d5200; --even-tint: #fbecc8;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1e2125; --line: #363a41; --text: #e8e9eb; --soft: #a2a8b2; --link: #8ab8ff;
    --shown: #7fd6e0; --before: #f3b98a; --rule: #a0c2ff; --priority: #d0b0f2; --prior: #8f959f;
    --good-ink: #86dba5; --good-tint: #173f28; --bad-ink: #ff9ba3; --bad-tint: #561a20;
    --even-ink: #f0c768; --even-tint: #473509;
  }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 2rem 1.5rem 4rem; max-width: 76rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { font-size: clamp(1.6rem, 4vw, 2rem); line-height: 1.2; margin: 0 0 .3rem; letter-spacing: -.01em }
h2 { font-size: 1.3rem; margin: 2.6rem 0 .3rem }
h3 { font-size: 1rem; margin: 0 0 .2rem }
h1, h2, h3 { text-wrap: balance }
p { margin: .4rem 0; max-width: 56rem; text-wrap: pretty }
.soft { color: var(--soft) } small, .small { font-size: .88rem }
code { font: .86em ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere }
a { color: var(--link) }
.card {
  background: var(--card); border: 1px solid var(--line); border-radius: .6rem; padding: 1rem 1.2rem;
  margin: .8rem 0; min-width: 0;
}
.verdict { border-left: .4rem solid var(--ink) }
.good { --ink: var(--good-ink); --tint: var(--good-tint) }
.even { --ink: var(--even-ink); --tint: var(--even-tint) }
.bad { --ink: var(--bad-ink); --tint: var(--bad-tint) }
.verdict strong { color: var(--ink) } .verdict .honest strong { color: inherit; font-weight: 650 }
.honest { font-size: 1.35rem; line-height: 1.35; text-wrap: balance; margin: .2rem 0 .6rem }
.honest b { font-variant-numeric: tabular-nums }
.facts {
  display: grid; gap: .8rem; margin: .8rem 0;
  grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr));
}
.facts div { border-top: 3px solid var(--line); padding-top: .4rem }
.facts dt { color: var(--soft); font-size: .9rem } .facts dd { margin: 0 }
.facts b { font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; line-height: 1.2 }
.facts dd small { color: var(--soft); display: block }
.people { display: grid; grid-template-columns: repeat(25, 1fr); gap: 3px; max-width: 34rem; margin: .8rem 0 }
.people i { aspect-ratio: 1; border-radius: 50%; background: var(--line) }
.people i.hit { background: var(--shown) }
.two { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(24rem, 100%), 1fr)) }
.two .card { margin: 0 }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--soft); padding: 0 0 .5rem; font-size: .92rem }
th { text-align: left; font-weight: 600 }
thead th { color: var(--soft); font-size: .85rem; vertical-align: bottom }
tbody th { font-weight: 500 }
th, td { padding: .45rem .9rem .45rem 0; vertical-align: top; border-top: 1px solid var(--line) }
thead th { border-top: 0 }
.close th, .close td { padding-right: .55rem } .close small { font-size: .78rem }
td small { display: block; color: var(--soft); white-space: nowrap }
td.n, th.n { text-align: right } td.nowrap, th.nowrap { white-space: nowrap }
tr.shown th, tr.shown td { background: color-mix(in srgb, var(--shown) 9%, transparent) }
td.best { font-weight: 700 } td.best small { font-weight: 400 }
th i { font-style: normal; color: var(--soft); display: block; font-size: .85rem; font-weight: 400 }
.tag {
  display: inline-block; padding: .05rem .55rem; border-radius: 1rem; background: var(--tint);
  color: var(--ink); font-size: .82rem; font-weight: 600; white-space: nowrap;
}
svg { display: block; width: 100%; height: auto; overflow: visible }
svg text { fill: var(--soft); font-size: 11.5px; font-family: inherit }
svg text.name { fill: var(--text); font-size: 12.5px }
svg .grid { stroke: var(--line); stroke-width: 1 }
svg .axis { stroke: var(--soft); stroke-width: 1 }
svg .true { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 4; fill: none }
svg .curve { fill: none; stroke: var(--ink); stroke-width: 2.2; stroke-linejoin: round }
svg .span { stroke: var(--ink); stroke-width: 1.6; opacity: .55 }
svg .dot { fill: var(--ink) } svg .hollow { fill: var(--card); stroke: var(--ink); stroke-width: 2 }
svg .area { fill: var(--ink); opacity: .12 }
svg .mark { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 2 3 }
.ink-shown { --ink: var(--shown) } .ink-before { --ink: var(--before) } .ink-rule { --ink: var(--rule) }
.ink-priority { --ink: var(--priority) } .ink-prior { --ink: var(--prior) } .ink-came { --ink: var(--text) }
.key { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; padding: 0; margin: .4rem 0 0; list-style: none }
.key li { font-size: .88rem; color: var(--soft) }
.key li::before {
  content: ""; display: inline-block; width: 1.4rem; height: .22rem; border-radius: .1rem;
  background: var(--ink); margin-right: .45rem; vertical-align: middle;
}
details > summary { cursor: pointer; padding: .3rem 0; color: var(--soft) }
.legend { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1rem; margin: .4rem 0 0 }
.legend dt { font-weight: 600 } .legend dd { margin: 0 }
.notes { margin: .6rem 0 0; padding-left: 1.1rem } .notes li { margin: .25rem 0; max-width: 56rem }
td .strip { width: 9rem; min-width: 9rem }
footer { margin-top: 3rem; font-size: .88rem; color: var(--soft) }
@media (max-width: 44rem) {
  body { padding: 1.2rem .9rem 3rem } .card { padding: .8rem .9rem } .honest { font-size: 1.15rem }
  th, td { padding-right: .7rem } .legend { grid-template-columns: 1fr } .legend dd { margin-bottom: .4rem }
}
@media print {
  @page { margin: 14mm } body { max-width: none; padding: 0; font-size: 10pt } .card { break-inside: avoid }
  .people i, tr.shown > *, .tag { print-color-adjust: exact; -webkit-print-color-adjust: exact }
  h2, caption { break-after: avoid } tr { break-inside: avoid }
}
"""
