import { actionHeader } from './guard-request.ts';

/** Runs in the browser: replaces what is live, and asks before it sends anything. Plain JavaScript, no build. */
export const dashboardScript = `'use strict';
const { base, open } = document.body.dataset;
const live = document.getElementById('live');
const said = document.getElementById('said');
const controls = document.getElementById('controls');
let shown = '';
let history = controls?.dataset.history;

function say(text, isProblem) {
  said.textContent = text;
  said.classList.toggle('alert', isProblem === true);
}

/** Replaces the live part of the page. Sections that the reader opened or closed stay so, and the keyboard focus stays on its element. */
function show(html) {
  if (html === shown) return;
  shown = html;
  const states = new Map([...live.querySelectorAll('details')].map((one) => [one.querySelector('summary')?.textContent, one.open]));
  const scrolls = new Map([...live.querySelectorAll('.scroll')].map((one) => [one.getAttribute('aria-label'), one.scrollTop]));
  const focused = document.activeElement;
  const place = live.contains(focused) ? [...live.querySelectorAll('a,summary,.scroll')].indexOf(focused) : -1;
  live.innerHTML = html;
  for (const one of live.querySelectorAll('details')) {
    const state = states.get(one.querySelector('summary')?.textContent);
    if (state !== undefined) one.open = state;
  }
  for (const one of live.querySelectorAll('.scroll')) one.scrollTop = scrolls.get(one.getAttribute('aria-label')) ?? 0;
  if (place >= 0) live.querySelectorAll('a,summary,.scroll')[place]?.focus({ preventScroll: true });
  showAges();
}

/** How long ago things were read, in words. The moment itself stays as a title. */
function showAges() {
  for (const one of live.querySelectorAll('time.age')) {
    const seconds = Math.max(0, Math.round((Date.now() - Date.parse(one.dateTime)) / 1000));
    one.title ||= one.textContent;
    one.textContent = seconds < 120 ? seconds + ' s ago' : Math.floor(seconds / 60) + ' min ago';
  }
}

async function showPossible(possible) {
  if (controls) {
    const words = possible.isRunning ? (possible.isPaused ? 'The run is paused.' : 'The run is under way.') : 'No run is under way.';
    const before = controls.dataset.running + controls.dataset.paused;
    controls.dataset.running = possible.isRunning;
    controls.dataset.paused = possible.isPaused;
    controls.dataset.held = possible.isHeld;
    if (before !== controls.dataset.running + controls.dataset.paused) say(words);
  }
  if (history !== undefined && history !== possible.history) {
    const answer = await fetch(location.href);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    document.getElementById('history')?.replaceChildren(...(page.getElementById('history')?.childNodes ?? []));
  }
  history = possible.history;
}

showAges();
setInterval(showAges, 1000);

if (document.body.dataset.live === 'yes') {
  const events = new EventSource(base + 'events' + (open ? '?open=' + encodeURIComponent(open) : ''));
  events.addEventListener('view', (event) => {
    const { html, possible } = JSON.parse(event.data);
    show(html);
    if (possible) void showPossible(possible);
  });
  events.addEventListener('problem', (event) => say(JSON.parse(event.data).message, true));
  events.addEventListener('error', () => say('The command does not answer: what is shown may be old.', true));
  events.addEventListener('open', () => {
    if (said.classList.contains('alert')) say('');
  });
}

for (const button of document.querySelectorAll('[data-ask]'))
  button.addEventListener('click', () => document.getElementById('ask-' + button.dataset.ask).showModal());
for (const button of document.querySelectorAll('[data-close]')) button.addEventListener('click', () => button.closest('dialog').close());
for (const form of document.querySelectorAll('dialog form'))
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { service, table, action } = form.dataset;
    const asked = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
    form.closest('dialog').close();
    say('Sent: ' + action + ' ' + table);
    try {
      const answer = await fetch(base + 'act', {
        method: 'POST',
        headers: { 'content-type': 'application/json', '${actionHeader}': '1' },
        body: JSON.stringify({ service, table, action, ...asked }),
      });
      const { text, error } = await answer.json();
      say(error ? error.name + ': ' + error.message : text, error !== undefined);
      if (!error) form.reset();
    } catch {
      say('The command does not answer. Start it again: dynamodt dashboard', true);
    }
  });
`;
