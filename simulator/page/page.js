// Reads the simulator's state every second and shows it. Everything that comes from users (ids, metadata, paths) enters
// the page as text nodes and attributes of fixed elements, never as markup.

const STATE_URL = '/_simulator/page/state';
const EVERY_MS = 1000;

/** Which colour a status has, by what somebody who looks would ask; in the order of a lifecycle. */
const TONES = {
  queued: 'queued',
  in_progress: 'working',
  cancelling: 'working',
  requires_action: 'waiting',
  completed: 'good',
  failed: 'bad',
  incomplete: 'bad',
  expired: 'bad',
  cancelled: 'bad',
};
const toneOf = (status) => (Object.hasOwn(TONES, status) ? TONES[status] : 'waiting');

const number = new Intl.NumberFormat('en');
const byId = (id) => document.getElementById(id);

let last = null;

await refresh();
setInterval(() => {
  if (!document.hidden) void refresh();
}, EVERY_MS);

async function refresh() {
  try {
    const response = await fetch(STATE_URL, { signal: AbortSignal.timeout(5 * EVERY_MS) });
    if (!response.ok) throw new Error(`answered ${response.status}`);
    const state = await response.json();
    show(state);
    last = state;
    showLive('on', 'live');
  } catch {
    showLive('off', 'the simulator does not answer; trying again');
  }
}

function showLive(tone, text) {
  const live = byId('live');
  live.className = `live ${tone}`;
  if (live.textContent !== text) live.textContent = text;
}

function show(state) {
  byId('base-url').textContent = `${location.origin}/v1`;
  byId('clock').textContent = clockText(state.time);
  showTiles(state);
  showStatuses(state.statuses);

  const ago = (at) => duration(state.atMs - at);
  showRows('objects', state.objects, state.totals.objects, (one) => ({
    key: one.id,
    cells: [
      { text: one.id },
      { text: one.status, tone: toneOf(one.status), title: one.note ?? '' },
      { text: one.model },
      { text: number.format(one.rounds), number: true },
      { text: one.tokens === null ? '–' : number.format(one.tokens), number: true },
      { text: pairs(one.metadata), long: true },
      { text: duration(one.ageMs), number: true },
    ],
  }));
  showRows('deliveries', state.deliveries, state.totals.deliveries, (one) => ({
    key: one.seq,
    cells: [
      { text: one.type, title: `${one.url} · ${one.webhookId}` },
      { text: String(one.try), number: true },
      {
        text: one.error ?? String(one.status),
        tone: one.error === null ? 'good' : 'bad',
        long: true,
        title: one.error ?? '',
      },
      { text: ago(one.at), number: true },
    ],
  }));
  showRows('faults', state.rules, state.totals.rules, (one) => ({
    key: one.id,
    cells: [
      { text: one.on, title: one.id },
      { text: one.fault, long: true },
      { text: one.match === null ? 'any' : one.match, long: true },
      { text: one.applied, number: true },
    ],
  }));
  showRows('requests', state.requests, state.totals.requests, (one) => ({
    key: one.seq,
    cells: [
      { text: one.endpoint, title: `${one.method} ${one.path}` },
      { text: one.answer, tone: one.fine ? 'good' : 'bad', long: true },
      { text: duration(one.durationMs), number: true },
      { text: ago(one.at), number: true },
    ],
  }));
}

function clockText({ mode, scale, nowMs }) {
  const now = `${new Date(nowMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
  if (mode === 'stepped') return `Stepped by hand: ${now}`;
  return mode === 'scaled' ? `${number.format(scale)} × real time: ${now}` : `Real time: ${now}`;
}

function showTiles({ totals, atMs }) {
  const perSecond =
    last && atMs > last.atMs ? ((totals.requests - last.totals.requests) * 1000) / (atMs - last.atMs) : 0;
  const tiles = [
    ['Active', totals.active, 'runs and responses under way'],
    ['Ended', totals.objects - totals.active, 'kept for reading'],
    ['Requests', totals.requests, `${number.format(Math.max(0, Math.round(perSecond)))} a second`],
    ['Deliveries', totals.deliveries, `${number.format(totals.failedDeliveries)} not acknowledged`],
    ['Faults', totals.faults, 'applied so far'],
  ];
  byId('tiles').replaceChildren(
    ...tiles.map(([name, value, more]) =>
      element('div', {}, [
        element('div', { className: 'name' }, [name]),
        element('div', { className: 'value' }, [number.format(value)]),
        element('div', { className: 'more' }, [more]),
      ]),
    ),
  );
}

function showStatuses(statuses) {
  const known = Object.keys(TONES);
  const place = (status) => (known.includes(status) ? known.indexOf(status) : known.length);
  const entries = Object.entries(statuses).toSorted(([a], [b]) => place(a) - place(b));
  const bar = byId('bar');
  bar.hidden = entries.length === 0;
  bar.ariaLabel = entries.map(([status, count]) => `${status}: ${count}`).join(', ');
  bar.replaceChildren(
    ...entries.map(([status, count]) => {
      const part = element('span', { className: toneOf(status), title: `${status}: ${count}` }, []);
      // The style property, not the attribute: the page's policy allows no inline styles.
      part.style.flexGrow = String(count);
      return part;
    }),
  );
  byId('legend').replaceChildren(
    ...entries.map(([status, count]) =>
      element('li', {}, [
        element('span', { className: `tone ${toneOf(status)}` }, [status]),
        ` ${number.format(count)}`,
      ]),
    ),
  );
}

/** Fills a table: rows that stay keep their elements, so that a selection survives. */
function showRows(name, items, total, toRow) {
  byId(`${name}-empty`).hidden = items.length > 0;
  byId(`${name}-shown`).textContent =
    items.length < total ? `newest ${items.length} of ${number.format(total)}` : '';
  const body = byId(name).tBodies[0];
  const old = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  const rows = items.map((item) => {
    const { key, cells } = toRow(item);
    const row = old.get(String(key)) ?? newRow(key, cells.length);
    cells.forEach((cell, index) => fill(row.cells[index], cell));
    return row;
  });
  if (rows.length !== body.rows.length || rows.some((row, index) => row !== body.rows[index]))
    body.replaceChildren(...rows);
}

function newRow(key, length) {
  const cells = Array.from({ length }, () => element('td', {}, []));
  const row = element('tr', { className: last === null ? '' : 'new' }, cells);
  row.dataset.key = String(key);
  return row;
}

function fill(td, { text, tone, title, number: isNumber, long }) {
  const className = [tone && `tone ${tone}`, isNumber && 'number', long && 'long'].filter(Boolean).join(' ');
  if (td.textContent !== text) td.textContent = text;
  if (td.className !== className) td.className = className;
  const hint = title ?? (long ? text : '');
  if (td.title !== hint) td.title = hint;
}

function element(tag, properties, children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function pairs(metadata) {
  return Object.entries(metadata)
    .map(([key, value]) => `${key}=${value}`)
    .join(' ');
}

function duration(ms) {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${Math.floor(ms / 60_000)} min`;
  return `${Math.floor(ms / 3_600_000)} h`;
}
