import { pageStyle } from '../page/page-style.ts';

/** The style of the page of a run, and what only the dashboard has: buttons, questions, links between pages. */
export const dashboardStyle = `${pageStyle}
main>h2,#live>h2{font-size:1.25rem;margin:20px 0 0}
nav{margin-bottom:12px}.age{white-space:nowrap}body:not([data-open]) main:has(#live>section>.scroll){max-width:1100px}
td>svg{display:block;margin-top:3px}.cards td{min-width:4em}
.skip:focus{width:auto;height:auto;clip-path:none;left:8px;top:8px;background:var(--sheet);padding:6px 10px;z-index:1}
#said:empty{display:none}#said{background:var(--sheet);border:1px solid var(--edge);border-radius:8px;padding:8px 12px}#said.alert{border-left:4px solid var(--alert)}
#live:focus{outline:none}
.buttons{display:flex;flex-wrap:wrap;gap:8px}
button{font:inherit;color:var(--ink);background:var(--sheet);border:1px solid var(--edge);border-radius:6px;padding:6px 14px;min-height:36px;cursor:pointer}
button.do{background:var(--first);border-color:var(--first);color:var(--sheet)}
:is(button,a,input,summary,.scroll):focus-visible{outline:3px solid var(--second);outline-offset:2px}
#controls:not([data-running=true]) :is([data-when=running],[data-when=resting],[data-when=runningOrResting]),#controls[data-paused=true] [data-when=running],#controls[data-paused=false] [data-when=resting],#controls[data-held=true] [data-when=released],#controls[data-held=false] [data-when=held]{display:none}
dialog{background:var(--sheet);color:var(--ink);border:1px solid var(--edge);border-radius:8px;max-width:min(480px,calc(100vw - 32px));padding:20px}dialog::backdrop{background:#0009}
label{display:block;margin:10px 0}input{font:inherit;display:block;width:100%;padding:6px 8px;margin-top:4px;color:var(--ink);background:var(--page);border:1px solid var(--edge);border-radius:6px}
dialog .buttons{margin-top:14px}
pre{font-size:.82rem;margin:0;white-space:pre-wrap}
`;
