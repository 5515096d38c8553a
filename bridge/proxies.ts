import { isIP } from 'node:net';
import * as z from 'zod';

/** Addresses and ranges, with commas between them; none when it is not set. */
export const proxiesVariable = z
  .string()
  .default('')
  .transform((text) => (text === '' ? [] : text.split(',').map((proxy) => proxy.trim())))
  .refine(
    (proxies) => proxies.every(isAddressOrRange),
    'expected the addresses of your proxies, or ranges of them, with commas between: 10.0.0.7,fd00::/8',
  );

function isAddressOrRange(text: string): boolean {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  // What is after a % names an interface of some machine, not a proxy.
  if (version === 0 || address.includes('%') || more.length > 0) return false;
  if (length === undefined) return true;
  // A range of everything would believe anybody.
  return /^[1-9]\d{0,2}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128);
}
