import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { operations } from '../../test/support/arbitrary-table.ts';
import { WEB, webServer, webService } from '../../test/support/director.ts';
import type { Operation } from '../lvs/operation.ts';
import { isPlainOperation } from './plain-operation.ts';
import { operation } from './schema.ts';

const SERVER: Operation = { do: 'add-destination', match: WEB, destination: webServer('1.1.1.128') };

test.each([
  ['a service', { do: 'add-service', service: webService() }],
  ['a real server', SERVER],
  ['a weight', { ...SERVER, do: 'edit-destination', destination: webServer('1.1.1.128', 0) }],
  ['a real server of IPv6', { ...SERVER, destination: webServer('2001:db8::1') }],
])('%s is plain', (_what, content) => {
  expect(isPlainOperation(content)).toBe(true);
});

test('what is plain the schema takes as it is', () => {
  let plain = 0;
  fc.assert(
    fc.property(fc.oneof(anyOperation, spoilt), (content) => {
      if (!isPlainOperation(content)) return;
      plain += 1;
      expect(operation.parse(content)).toEqual(content);
    }),
    { numRuns: 2_000 },
  );
  expect(plain).toBeGreaterThan(100);
});

const anyOperation: fc.Arbitrary<unknown> = operations.chain((all) =>
  all.length === 0 ? fc.constant(SERVER) : fc.constantFrom(...all),
);

/** What stands in the place of a value, or beside the others. */
const intruder = fc.oneof(
  fc.constantFrom(0, -0, -1, 1.5, 65_535, 65_536, 2 ** 31, 2 ** 53, 2 ** 53 - 1, true, null, '', 'tcp', 'rr', 'a b'),
  fc.constantFrom(
    '1.2.3.4',
    '01.2.3.4',
    '1.2.3',
    '1.2.3.4\n',
    '256.1.1.1',
    '::1',
    '::0:1',
    '::ffff:1.2.3.4',
    'FE80::1',
  ),
  fc.constantFrom('route', 'masquerade', 'full-nat', 'tunnel', 'gre', 'x'.repeat(65)),
  fc.jsonValue(),
);

/** An operation of which one field is another, is missing, or is too many. */
const spoilt: fc.Arbitrary<unknown> = fc
  .record({ content: anyOperation, path: fc.array(fc.nat(), { minLength: 1, maxLength: 3 }), intruder, how: fc.nat(2) })
  .map(({ content, path, intruder: value, how }) => {
    const copy: unknown = JSON.parse(JSON.stringify(content));
    let inner = copy as Record<string, unknown>;
    for (const step of path) {
      const names = Object.keys(inner);
      const name = names[step % names.length] ?? '';
      const next = inner[name];
      if (typeof next === 'object' && next !== null && step % 3 !== 0) {
        inner = next as Record<string, unknown>;
        continue;
      }
      if (how === 0) inner[name] = value;
      else if (how === 1) delete inner[name];
      else inner['beside'] = value;
      break;
    }
    return copy;
  });
