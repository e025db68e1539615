"""How the demo's page looks: on screens, on phones, in the dark, on paper."""

from __future__ import annotations

SHEET = """
:root {
  color-scheme: light dark;
  --page: #f7f7f5; --card: #fff; --line: #e3e3df; --text: #1d1f23; --soft: #5d626b; --mark: #fff3cf;
  --zendesk: #0b6470; --jira: #28509b; --salesforce: #6a3d98; --email: #9a4a12;
  --more: #2f6f9f; --less: #b3502e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1e2125; --line: #33373d; --text: #e8e9eb; --soft: #a2a8b2; --mark: #40340f;
    --zendesk: #7fd6e0; --jira: #a0c2ff; --salesforce: #d0b0f2; --email: #f3b98a;
    --more: #6fb1de; --less: #e08a66;
  }
}
* { box-sizing: border-box }
body {
  margin: 0 auto; padding: 2rem 1.25rem 3rem; max-width: 84rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
h1 { font-size: clamp(1.6rem, 4vw, 2.1rem); line-height: 1.2; margin: 0 0 .4rem; letter-spacing: -.01em }
h2 { font-size: 1.2rem; margin: 2.4rem 0 .7rem }
p { max-width: 58rem; text-wrap: pretty } .lead { margin: 0 0 1.4rem; color: var(--soft) }
.soft { color: var(--soft); font-size: .92rem; margin: 0 0 .8rem }
code { font: .88em ui-monospace, "SF Mono", Menlo, Consolas, monospace }
.moments {
  list-style: none; counter-reset: step; display: grid; gap: .8rem; padding: 0; margin: 0 0 1.2rem;
  grid-template-columns: repeat(auto-fit, minmax(12rem, 1fr));
}
.moments li { counter-increment: step; border-top: 3px solid var(--text); padding-top: .45rem }
.moments b::before { content: counter(step) ". " } .moments b { display: block }
.moments span { color: var(--soft); font-size: .92rem }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(4, minmax(0, 1fr)) }
@media (max-width: 75rem) { .cards { grid-template-columns: repeat(2, minmax(0, 1fr)) } }
.panels > div { display: grid; gap: 1rem; align-content: start }
.panels { display: grid; gap: 1rem; align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)) }
.card {
  --hue: var(--text);
  background: var(--card); border: 1px solid var(--line); border-top: 4px solid var(--hue);
  border-radius: .5rem; padding: 1rem 1.1rem 1.1rem; min-width: 0;
}
.card.zendesk { --hue: var(--zendesk) } .card.jira { --hue: var(--jira) }
.card.salesforce { --hue: var(--salesforce) } .card.email { --hue: var(--email) }
.mails { list-style: none; margin: .9rem 0 0; padding: 0; display: grid; gap: .8rem;
  grid-template-columns: repeat(auto-fill, minmax(min(23rem, 100%), 1fr)) }
.mails li { border: 1px solid var(--line); border-left: 3px solid var(--hue); border-radius: .4rem;
  padding: .6rem .8rem; display: grid; grid-template-columns: 1fr auto; gap: 0 .8rem; align-content: start }
.mails li.mine { border-left-color: var(--line); background: var(--page) }
.mails time { color: var(--soft); font-size: .85rem; font-variant-numeric: tabular-nums }
.mails p { grid-column: 1 / -1; margin: .35rem 0 0; font-size: .95rem; overflow-wrap: anywhere }
.mails li small { margin-top: .5rem; font-weight: 400; color: var(--soft) }
.card header { display: grid; grid-template-columns: 1fr auto; align-items: baseline; gap: 0 .8rem }
.card small { grid-column: 1 / -1; color: var(--hue); font-weight: 600; letter-spacing: .02em }
.card h2 { margin: 0; font-size: 1.08rem } .card header span { color: var(--soft); font-size: .9rem }
dl { margin: .7rem 0 0 }
dl div { display: grid; grid-template-columns: 6.6rem 1fr; gap: .7rem; padding: .34rem 0;
  border-top: 1px solid var(--line) }
dt { color: var(--soft); font-size: .9rem }
dd { margin: 0; overflow-wrap: break-word; min-width: 0; font-size: .95rem }
dd b { font-weight: 600; display: inline-block; max-width: 100% }
dd em { font-style: normal; font-size: .78rem; color: var(--soft); white-space: nowrap }
dd s { color: var(--soft); text-decoration: none; display: inline-block; max-width: 100% }
dd i { color: var(--soft); font-style: normal; padding: 0 .35em }
.changed dd b { background: var(--mark); border-radius: .25rem; padding: .05rem .3rem }
.prose { font-size: .95rem } .prose ul { padding-left: 1.1rem; margin: .4rem 0 } .prose p { margin: .6rem 0 }
.prose li { margin: .15rem 0; overflow-wrap: anywhere }
.figure { margin: .5rem 0 .3rem; font-size: 1rem }
.figure b { font-size: 2.2rem; line-height: 1; letter-spacing: -.02em; margin-right: .15rem }
.figure span { color: var(--soft); font-size: .88rem; margin-left: .4rem }
.gauge { height: .45rem; border-radius: .25rem; background: var(--line); overflow: hidden }
.gauge i { display: block; height: 100%; background: var(--more) }
.bars, .heard, .clock ul { list-style: none; margin: .9rem 0 0; padding: 0 !important }
.bars li { display: grid; grid-template-columns: 2.6rem 5rem 1fr; gap: .6rem; align-items: start;
  padding: .3rem 0; border-top: 1px solid var(--line) }
.bars b { text-align: right; font-variant-numeric: tabular-nums; font-weight: 600 }
.bars span { height: .7rem; margin-top: .4rem; background: var(--page); border-radius: .2rem; display: flex }
.bars i { background: var(--more); border-radius: .2rem } .bars .less { justify-content: flex-end }
.bars .less i { background: var(--less) }
q { display: block; color: var(--soft); font-size: .88rem; quotes: "“" "”" }
.clock { border-top: 1px solid var(--line); padding-top: .5rem; margin-top: .7rem } .clock p { margin: 0 }
.clock ul { margin-top: .3rem; font-size: .88rem; color: var(--soft) }
.clock em, .heard em { font-style: normal; font-size: .8rem; border-radius: .6rem; padding: .1rem .5rem;
  background: var(--mark); white-space: nowrap }
.clock em.ok, .clock em.met { background: var(--line) } .clock em.breached { background: var(--less);
  color: var(--card) }
.heard li { display: grid; grid-template-columns: 9.5rem 1fr auto; gap: .6rem; align-items: baseline;
  padding: .35rem 0; border-top: 1px solid var(--line) }
.heard em { justify-self: start } .heard q { color: var(--text) }
.heard time { color: var(--soft); font-size: .85rem }
.wide { overflow-x: auto } .prose table { font-size: .88rem; margin-top: .4rem }
.prose td, .prose th { padding: .4rem .6rem .4rem 0 }
table { border-collapse: collapse; width: 100%; background: var(--card); font-size: .95rem }
th, td { text-align: left; padding: .5rem .8rem; border-top: 1px solid var(--line); vertical-align: top }
thead th { color: var(--soft); font-weight: 600; font-size: .88rem; border-top: 0 }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
tfoot td { font-weight: 600 }
footer { margin-top: 2.5rem; color: var(--soft); font-size: .9rem }
@media (max-width: 40rem) {
  body { padding: 1.2rem .9rem 2rem } .moments, .cards { grid-template-columns: 1fr }
  td, th { padding: .45rem .5rem }
  td:first-child { min-width: 11rem }
}
@media print { body { max-width: none; padding: 0 } .card { break-inside: avoid } }
"""
