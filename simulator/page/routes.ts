import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { Context } from '../http/context.ts';
import { pageState } from './state.ts';

/** Nothing from elsewhere, nothing inline: what users send can be shown, never run. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const ASSETS = {
  'page.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
} as const;

/** The status page: for looking. Its files are served as they lie beside this one; `/state` is what it polls. */
export function registerPage(app: FastifyInstance, context: Context): void {
  for (const path of ['/', '/_simulator/page']) {
    app.get(path, async (_request, reply) => sendAsset(reply, 'page.html'));
  }
  app.get('/_simulator/page/page.css', async (_request, reply) => sendAsset(reply, 'page.css'));
  app.get('/_simulator/page/page.js', async (_request, reply) => sendAsset(reply, 'page.js'));
  app.get('/_simulator/page/state', async (_request, reply) => {
    void reply.header('cache-control', 'no-store');
    return pageState(context);
  });
}

async function sendAsset(reply: FastifyReply, name: keyof typeof ASSETS): Promise<string> {
  const text = await readFile(join(import.meta.dirname, name), 'utf8');
  void reply.headers({
    'content-type': ASSETS[name],
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
  });
  return text;
}
