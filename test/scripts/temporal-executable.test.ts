import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { findTemporalExecutable } from '../../scripts/temporal/executable.ts';
import type { Obtain } from '../../scripts/temporal/obtain.ts';
import { RecordedProgress, temporalBody, temporaryFolder, writeProgram } from './support.ts';

const unavailable: Obtain = async () => ({ kind: 'unavailable', reason: 'no network in tests' });

let folder: string;
let cache: string;
let env: NodeJS.ProcessEnv;
let progress: RecordedProgress;

const inFolder = (...parts: string[]): string => path.join(folder, ...parts);
const cachedFile = (): string => path.join(cache, 'temporal-cli-1.9.1', 'temporal');

/** A `go` that logs its commands, and whose builds run `onBuild` and then write an executable. */
function writeGo(onBuild = ''): string {
  writeProgram(inFolder('fake-temporal'), temporalBody('1.9.1', '1.32.0'));
  return writeProgram(
    inFolder('bin', 'go'),
    `echo "$*" >> '${inFolder('go.log')}'
case "$1" in
  list) printf 'a\\nb\\n' ;;
  build)
    echo a >&2
    ${onBuild}
    while [ "$1" != -o ]; do shift; done
    cp '${inFolder('fake-temporal')}' "$2" ;;
esac`,
  );
}

const builds = (): number => readFileSync(inFolder('go.log'), 'utf8').match(/^build /gm)?.length ?? 0;

const find = (download: Obtain = unavailable) => findTemporalExecutable({ env, progress, download });

beforeEach(() => {
  folder = temporaryFolder();
  cache = inFolder('cache');
  progress = new RecordedProgress();
  env = { PATH: `${inFolder('bin')}:/usr/bin:/bin`, HOME: inFolder('home'), DURABLE_RUNS_CACHE_DIR: cache };
});

describe('the order', () => {
  // Each row lacks one more than the row above it.
  test.each([
    { present: ['explicit', 'path', 'cache', 'download', 'build'], source: 'explicit' },
    { present: ['path', 'cache', 'download', 'build'], source: 'path' },
    { present: ['cache', 'download', 'build'], source: 'cache' },
    { present: ['download', 'build'], source: 'download' },
    { present: ['build'], source: 'build' },
  ])('$source comes first of $present', async ({ present, source }) => {
    const body = temporalBody('1.9.1', '1.32.0');
    if (present.includes('explicit')) env['TEMPORAL_CLI_PATH'] = writeProgram(inFolder('mine'), body);
    if (present.includes('path')) writeProgram(inFolder('bin', 'temporal'), body);
    if (present.includes('cache')) writeProgram(cachedFile(), body);
    writeGo();
    const download: Obtain = async (request) =>
      present.includes('download')
        ? { kind: 'obtained', executable: writeProgram(path.join(request.folder, 'x'), body) }
        : { kind: 'unavailable', reason: 'no network in tests' };
    const found = await find(download);
    expect(found.source).toBe(source);
    expect(found.version).toEqual({ cli: '1.9.1', server: '1.32.0' });
    expect(existsSync(found.path)).toBe(true);
  });
});

describe('TEMPORAL_CLI_PATH', () => {
  test.each([
    { what: 'is absent', body: undefined, message: /nowhere.*ENOENT/ },
    { what: 'is another program', body: 'echo hello', message: /does not answer.*it printed "hello"/ },
    { what: 'fails', body: 'echo broken >&2; exit 3', message: /does not answer.*broken/ },
    {
      what: 'is too old',
      body: temporalBody('1.3.0', '1.27.1'),
      message: /server 1\.27\.1.*server 1\.29\.0 or newer/,
    },
  ])('that $what is an error, whatever else there is', async ({ body, message }) => {
    const file = inFolder('nowhere');
    if (body !== undefined) writeProgram(file, body);
    writeProgram(inFolder('bin', 'temporal'), temporalBody('1.9.1', '1.32.0'));
    env['TEMPORAL_CLI_PATH'] = file;
    await expect(find()).rejects.toThrow(message);
  });

  test('that is empty counts as unset', async () => {
    writeProgram(inFolder('bin', 'temporal'), temporalBody('1.9.1', '1.32.0'));
    env['TEMPORAL_CLI_PATH'] = '';
    expect((await find()).source).toBe('path');
  });
});

describe('PATH', () => {
  test.each([
    { what: 'too old', body: temporalBody('1.4.1', '1.28.0'), said: /Passing over .*server 1\.28\.0/ },
    { what: 'another program', body: 'echo hello', said: /Passing over .*does not answer/ },
  ])('one that is $what is passed over, and that is said', async ({ body, said }) => {
    writeProgram(inFolder('bin', 'temporal'), body);
    writeProgram(cachedFile(), temporalBody('1.9.1', '1.32.0'));
    expect((await find()).source).toBe('cache');
    expect(progress.said).toEqual([expect.stringMatching(said)]);
  });

  test("the user's own TEMPORAL_ variables do not reach the executable", async () => {
    writeProgram(
      inFolder('bin', 'temporal'),
      `[ -z "$TEMPORAL_ENV" ] || exit 1; ${temporalBody('1.9.1', '1.32.0')}`,
    );
    process.env['TEMPORAL_ENV'] = 'prod';
    try {
      expect((await find()).source).toBe('path');
    } finally {
      delete process.env['TEMPORAL_ENV'];
    }
  });
});

describe('the cache', () => {
  test('is filled by a build and used the next time; nothing else stays', async () => {
    writeGo();
    expect(await find()).toMatchObject({ source: 'build', path: cachedFile() });
    expect(await find()).toMatchObject({ source: 'cache', path: cachedFile() });
    expect(builds()).toBe(1);
    expect(readdirSync(cache)).toEqual(['temporal-cli-1.9.1']);
  });

  test('is replaced if it does not answer', async () => {
    writeProgram(cachedFile(), 'exit 1');
    writeGo();
    expect((await find()).source).toBe('build');
    expect((await find()).source).toBe('cache');
  });
});

describe('the build', () => {
  test('of two that begin at once only one builds, and the other says that it waits', async () => {
    writeGo(`while [ ! -e '${inFolder('gate')}' ]; do sleep 0.02; done`);
    const other = new RecordedProgress();
    const waiting = Promise.race([progress, other].map((each) => each.until('Waiting for another process')));
    const both = Promise.all([
      find(),
      findTemporalExecutable({ env, progress: other, download: unavailable }),
    ]);
    await waiting;
    writeFileSync(inFolder('gate'), '');
    const sources = (await both).map((found) => found.source);
    expect(sources.toSorted()).toEqual(['build', 'cache']);
    expect(builds()).toBe(1);
  });

  test('that fails tells what Go said, and the ways out; nothing is left behind', async () => {
    writeGo('echo "x.go:1:1: no luck" >&2; exit 1');
    await expect(find()).rejects.toThrow(
      /download: no network in tests[^]*`go build` ended with exit code 1:\s+x\.go:1:1: no luck[^]*docs\.temporal\.io[^]*TEMPORAL_CLI_PATH[^]*install Go/,
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test('that writes something else is not put into the cache', async () => {
    writeGo();
    writeProgram(inFolder('fake-temporal'), 'echo hello');
    await expect(find()).rejects.toThrow(
      /a build from source: its executable will not do.*it printed "hello"/,
    );
    expect(readdirSync(cache)).toEqual([]);
  });

  test('without Go is one error with the three ways out', async () => {
    env['PATH'] = inFolder('bin');
    await expect(find()).rejects.toThrow(
      /no `go` on PATH[^]*install the Temporal CLI[^]*set TEMPORAL_CLI_PATH[^]*install Go/,
    );
  });
});
