import { expect, onTestFinished, test, vi } from 'vitest';
import { connect, deliverTo, otherSecret, secret, sign, startBridge } from './support.ts';

test.each<[string, readonly string[]]>([
  ['one secret', [secret]],
  ['a rotation', [otherSecret, secret]],
])('%s: whichever byte is wrong, all of them are compared, by WebCrypto', async (_name, webhookSecrets) => {
  const bridge = startBridge({ client: await connect(), webhookSecrets });
  const verify = vi.spyOn(crypto.subtle, 'verify');
  onTestFinished(() => verify.mockRestore());
  const proper = sign('{}');
  const signature = Buffer.from(proper['webhook-signature'].slice('v1,'.length), 'base64');

  for (const place of [0, 15, 31]) {
    const wrong = Buffer.from(signature);
    wrong.writeUInt8(wrong.readUInt8(place) ^ 1, place);
    const headers = { ...proper, 'webhook-signature': `v1,${wrong.toString('base64')}` };
    verify.mockClear();
    expect((await deliverTo(bridge, '{}', headers)).status).toBe(400);
    // Node compares an HMAC in constant time. Nothing of ours has looked at it before, or it would not have got here.
    expect(verify.mock.calls.map(([, , given]) => given)).toEqual(
      webhookSecrets.map(() => new Uint8Array(wrong)),
    );
  }
  expect((await deliverTo(bridge, '{}', { ...proper })).status).toBe(200);
});
