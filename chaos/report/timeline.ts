import type { RunEvidence } from '../evidence/types.ts';
import type { InjectedFault } from '../record.ts';

const width = 1_400;
const left = 170;
const rowHeight = 12;
const runHeight = 3;
const top = 30;

/** Times of the campaign's processes and of Temporal, brought together. */
export interface Timeline {
  /** Unix ms of the campaign's start. */
  readonly startedAtMs: number;
  readonly tookMs: number;
  readonly faults: readonly InjectedFault[];
  readonly runs: readonly RunEvidence[];
}

/** The campaign as a picture: when each fault held, and below it when each run went. */
export function drawTimeline({ startedAtMs, tookMs, faults, runs }: Timeline): string {
  const at = (ms: number): number => Math.round((left + (ms / tookMs) * (width - left - 10)) * 10) / 10;
  const names = [...new Set(faults.map(({ name }) => name))].toSorted();
  const runsTop = top + names.length * rowHeight + 20;
  const height = runsTop + runs.length * runHeight + 20;
  const lines = [
    ...ticks(tookMs).map(
      (ms) =>
        `<line x1="${at(ms)}" y1="${top - 5}" x2="${at(ms)}" y2="${height - 15}" stroke="#ddd"/>` +
        `<text x="${at(ms)}" y="${top - 9}" text-anchor="middle">${ms / 1_000} s</text>`,
    ),
    ...names.map(
      (name, index) =>
        `<text x="${left - 8}" y="${top + index * rowHeight + 9}" text-anchor="end">${escape(name)}</text>`,
    ),
    ...faults.map(({ name, detail, atMs, endedAtMs }) =>
      bar({
        x: at(atMs),
        end: at(endedAtMs),
        y: top + names.indexOf(name) * rowHeight + 1,
        height: rowHeight - 2,
        color: '#c0392b',
        title: `${name}: ${detail}`,
      }),
    ),
    ...runs.flatMap(({ id, provider, end, expected }, index) => {
      if (end.kind === 'open' || end.result === null) return [];
      const { startedAtMs: from, endedAtMs: to } = end.result.timings;
      return bar({
        x: at(from - startedAtMs),
        end: at(to - startedAtMs),
        y: runsTop + index * runHeight,
        height: runHeight - 1,
        color: end.status === expected.status ? (provider === 'response' ? '#2471a3' : '#1e8449') : '#000',
        title: `${id}, ${provider}: ${end.status}`,
      });
    }),
  ];
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="9">\n` +
    `<rect width="${width}" height="${height}" fill="white"/>\n${lines.join('\n')}\n</svg>\n`
  );
}

interface Bar {
  readonly x: number;
  readonly end: number;
  readonly y: number;
  readonly height: number;
  readonly color: string;
  readonly title: string;
}

function bar({ x, end, y, height, color, title }: Bar): string {
  const wide = Math.max(1.5, Math.round((end - x) * 10) / 10);
  const text = `<title>${escape(title)}</title>`;
  return `<rect x="${x}" y="${y}" width="${wide}" height="${height}" fill="${color}">${text}</rect>`;
}

/** Round times, about ten of them. */
function ticks(tookMs: number): number[] {
  const step = [5, 10, 30, 60, 120, 300, 600].find((seconds) => tookMs / 1_000 / seconds <= 12) ?? 1_800;
  return Array.from({ length: Math.floor(tookMs / 1_000 / step) + 1 }, (_, index) => index * step * 1_000);
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
