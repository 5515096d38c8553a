import type { FastifyInstance } from 'fastify';
import { malformedJson } from '../errors.ts';

/** No honest request is nested deeper; deeper ones would exhaust the stack of whatever writes them out again. */
const DEEPEST_NESTING = 200;

/** Bodies are JSON only, parsed by ourselves: an empty one is none, and what is wrong is said in the API's words. */
export function acceptJson(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    const text = body.toString();
    if (text.trim() === '') return done(null, undefined);
    if (nestingDepth(text) > DEEPEST_NESTING) return done(malformedJson(), undefined);
    try {
      done(null, JSON.parse(text));
    } catch {
      done(malformedJson(), undefined);
    }
  });
}

/** How deep objects and arrays nest in a JSON text. */
function nestingDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (inString) {
      if (character === '\\') index += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') deepest = Math.max(deepest, (depth += 1));
    else if (character === '}' || character === ']') depth -= 1;
  }
  return deepest;
}
