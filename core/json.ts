/** A value that survives JSON, and so Temporal's default payload converter, unchanged. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export type JsonObject = { [key: string]: JsonValue };

/** True for a plain JSON object: not null, not an array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The same text for the same JSON value, whatever the order of its keys: models write the arguments of a repeated
 * tool call in any order. Text that is not JSON stays as it is.
 */
export function canonicalJson(text: string): string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return text;
  }
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
}

/** The bytes that a text takes inside of JSON, without its quotes: what counts against Temporal's limits. */
export function jsonBytes(text: string): number {
  const json = JSON.stringify(text);
  let bytes = -2;
  for (let index = 0; index < json.length; index += 1) {
    const unit = json.charCodeAt(index);
    // Surrogates come in pairs here (JSON escapes a lone one), and a pair takes four bytes.
    if (unit < 0x80) bytes += 1;
    else if (unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff)) bytes += 2;
    else bytes += 3;
  }
  return bytes;
}
