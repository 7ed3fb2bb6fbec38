/**
 * People with all common kinds of colour vision can tell blue from orange, on light and on dark. Red is only for problems, and always has
 * a sign or a word beside it. Text has a contrast of 4.5 or more.
 */
export const pageStyle = `
:root{color-scheme:light dark;--page:#f6f6f3;--sheet:#fff;--ink:#141413;--quiet:#55544f;--grid:#e3e2dc;--edge:#8d8c85;--first:#2369bd;--second:#b44a0b;--alert:#bd2626;--good:#1d6b37;--track:#efeee9;--open:#9db9dc}
@media (prefers-color-scheme:dark){:root{--page:#121211;--sheet:#1b1b1a;--ink:#f4f3ee;--quiet:#b9b8b0;--grid:#343431;--edge:#77766f;--first:#5a9cec;--second:#ef8a4d;--alert:#f2706c;--good:#67c587;--track:#2a2a28;--open:#355a86}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif;overflow-wrap:anywhere}
main{max-width:816px;margin:0 auto;padding:24px 12px 48px}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 4px}
h2{font-size:1.1rem;margin:0 0 8px}
h3{font-size:.95rem;margin:16px 0 2px;font-weight:600}
p{margin:4px 0 8px}
.quiet{color:var(--quiet)}
section{background:var(--sheet);border:1px solid var(--grid);border-radius:8px;padding:16px 15px;margin:16px 0}
.status{font-weight:600}.status.good{color:var(--good)}.status.alert{color:var(--alert)}.status.rest{color:var(--second)}
.headline{font-size:1.05rem}.progress{font-size:1.1rem;margin:0 0 6px}
.error{border-left:4px solid var(--alert)}
dl.facts{display:grid;grid-template-columns:max-content 1fr;gap:2px 16px;margin:12px 0 0}
dl.facts dt{color:var(--quiet)}dl.facts dd{margin:0}
dl.tiles{display:grid;grid-template-columns:repeat(6,1fr);gap:12px;margin:0}dl.tiles.of5{grid-template-columns:repeat(5,1fr)}dl.tiles.of4{grid-template-columns:repeat(4,1fr)}dl.tiles.of3,dl.tiles.of2{grid-template-columns:repeat(3,1fr)}
dl.tiles .alert dd{color:var(--alert)}
dl.tiles div{display:flex;flex-direction:column-reverse;justify-content:flex-end}
dl.tiles dt{color:var(--quiet);font-size:.85rem}dl.tiles dd{margin:0;font-size:1.3rem;font-weight:600;line-height:1.2;white-space:nowrap}
figure{margin:0}
.chart{display:block;max-width:100%;height:auto}
.narrow{display:none}
.chart text{font-size:11.5px;font-family:inherit;fill:var(--ink)}
.chart text.axis{fill:var(--quiet);font-variant-numeric:tabular-nums}
.chart text.sign.failed{fill:var(--alert);font-weight:700}
.grid,.tick{stroke:var(--grid);stroke-width:1}
.pass{stroke:var(--edge);stroke-width:1;stroke-dasharray:1 3}
.limit{stroke:var(--ink);stroke-width:1.5;stroke-dasharray:6 4;fill:none}
.event{stroke:var(--ink);stroke-width:1.2}.chart text.event-name{font-weight:600}
.break{stroke:var(--edge);stroke-width:1.5;fill:none}
.line{fill:none;stroke-width:2;stroke-linejoin:round}.key{stroke-width:3}
.line.first,.key.first{stroke:var(--first)}.line.second,.key.second{stroke:var(--second)}.key.alert{stroke:var(--alert)}
.area{opacity:.16}.area.first{fill:var(--first)}.area.second{fill:var(--second)}
.bar.first{fill:var(--first)}.bar.second{fill:var(--second)}.bar.alert{fill:var(--alert)}.track{fill:var(--track)}
.segment{fill:var(--first)}.segment.underWay{fill:var(--open);stroke:var(--first);stroke-width:1;stroke-dasharray:3 2}.segment.failedShare{fill:var(--alert)}
.hit{fill:transparent}.hit:hover{fill:var(--ink);fill-opacity:.08}
table{border-collapse:collapse;width:100%;font-size:.9rem}
caption{text-align:left;color:var(--quiet);padding:0 0 6px}
th,td{text-align:left;padding:3px 12px 3px 0;vertical-align:baseline;font-weight:400}
thead th{color:var(--quiet);border-bottom:1px solid var(--grid)}
tbody tr+tr>*{border-top:1px solid var(--grid)}
.cards tbody th{font-weight:600;white-space:normal;min-width:11em}.cards td:not(.number,.name){white-space:normal}.cards td.name{white-space:nowrap}
.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bars .drawn{width:34%;padding-left:2px}.bars .drawn svg{display:block}.bars .meaning{color:var(--quiet);width:36%}
.scroll{overflow-x:auto}.scroll table{width:auto;min-width:100%}.scroll th,.scroll td{white-space:nowrap;font-size:.82rem;padding-right:9px}
details{margin-top:10px}summary{cursor:pointer;color:var(--quiet)}
a{color:var(--first)}code{font-family:ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace;font-size:.9em}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media (max-width:790px){.wide{display:none}.narrow{display:block}.narrow .chart{width:100%;max-width:440px}.bars thead .meaning,.bars thead .drawn{display:none}
.bars tr{display:grid;grid-template-columns:1fr auto;padding:4px 0}.bars tbody tr>*{border:0;padding:0;width:auto}.bars .drawn,.bars .meaning{grid-column:1/-1;width:auto}.bars tbody tr+tr{border-top:1px solid var(--grid)}
dl.facts{grid-template-columns:1fr;gap:0}dl.facts dd{margin-bottom:6px}}
@media (max-width:600px){dl.tiles,dl.tiles.of5,dl.tiles.of4,dl.tiles.of3,dl.tiles.of2{grid-template-columns:1fr 1fr}dl.tiles.of5 div:last-child,dl.tiles.of3 div:last-child{grid-column:1/-1}
.cards thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}.scroll .cards{display:block}.cards caption,.cards tbody{display:block}.cards tr{display:grid;grid-template-columns:1fr 1fr;gap:2px 12px;padding:8px 0;border-top:1px solid var(--grid)}
.cards tbody tr>*{border:0;padding:0;text-align:left;white-space:normal}.cards tbody th{grid-column:1/-1;min-width:0}.cards td::before{content:attr(data-label);color:var(--quiet);display:block;font-size:.78rem}}
@media print{:root{--page:#fff;--sheet:#fff;--ink:#000;--quiet:#444}body{font-size:12px}section{break-inside:avoid;border-color:#ccc}main{padding:0}details::details-content{content-visibility:visible;height:auto}.chart,.bars svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
`;
