import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describeMachine } from '../scripts/machine.ts';
import { formatTotal, reportSchema } from './report/total.ts';

/*
 * Several campaigns as one: `npm run chaos:total -- FOLDER…`, with the folders of campaigns. Prints Markdown; exit code 1 when an invariant did
 * not hold in one of them.
 */

const folders = process.argv.slice(2);
if (folders.length === 0) {
  process.stderr.write('chaos: name the folders of the campaigns, such as .durable-runs/chaos/*\n');
  process.exit(2);
}
const reports = folders.map((folder) =>
  reportSchema.parse(JSON.parse(readFileSync(path.join(folder, 'report.json'), 'utf8'))),
);
process.stdout.write(`${formatTotal(reports)}\n${describeMachine()}\n`);
if (reports.some(({ violations }) => violations.length > 0)) process.exitCode = 1;
