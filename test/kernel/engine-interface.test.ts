import { mkdtempSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { Bed } from '../../src/engine/compliance/ebpf/bed.ts';
import { PROMISES } from '../../src/engine/compliance/interface.ts';
import { TWO_SIDES } from '../../src/engine/compliance/recorded-topology.ts';
import { type EbpfEngine, openEbpfEngine } from '../../src/engine/ebpf/engine.ts';
import type { Hook } from '../../src/engine/options.ts';
import { PIN_LAYOUT, readSettings } from '../../src/engine/ebpf/maps/tables.ts';
import { EVENT_KIND } from '../../src/kernel/abi.generated.ts';
import { BpfMap, mapInfo } from '../../src/kernel/bpf-map.ts';
import { openPin, unmountBpffs } from '../../src/kernel/bpffs.ts';
import { libbpf } from '../../src/kernel/libbpf.ts';
import { ipBatch } from '../../src/kernel/namespace.ts';
import { visitNamespace } from '../../src/kernel/visit-namespace.ts';
import { DEFAULT_TIMEOUTS, type Operation } from '../../src/lvs/operation.ts';
import type { Service } from '../../src/lvs/service.ts';
import type { TableService } from '../../src/lvs/table.ts';
import { webServer } from '../support/director.ts';

/** The loaded engine and what its interface promises, and what it refuses because of the machine it is on. */
let bed: Bed;
let folder: string;

beforeAll(async () => {
  bed = await Bed.build(TWO_SIDES);
  await ipBatch(['link add plain type bridge', 'link set plain up'], bed.director);
  folder = mkdtempSync(join(tmpdir(), 'weir-promises-'));
});

afterAll(async () => {
  await bed.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** As many as the engine is made with here, and as many services as it ever has room for. */
const SERVERS = 1024;
const SERVICES = 16_384;

/** So many services, and all the real servers that there is room for in one more. */
function everything(services: number): Operation[] {
  const match = (index: number) =>
    ({ protocol: 'tcp', address: `10.0.${index >> 8}.${index & 255}`, port: 80 }) as const;
  return [
    ...Array.from({ length: services }, (_, index): Operation => ({
      do: 'add-service',
      service: { match: match(index), scheduler: 'rr', schedulerFlags: 0, onePacket: false },
    })),
    ...Array.from({ length: SERVERS }, (_, index): Operation => ({
      do: 'add-destination',
      match: match(0),
      destination: webServer(`10.4.${index >> 8}.${index & 255}`),
    })),
  ];
}

const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

async function open(hook: Hook = 'tc', interfaces = ['eth0', 'eth1']): Promise<EbpfEngine> {
  return await visitNamespace(bed.director, () =>
    openEbpfEngine({ interfaces, hook, runFolder: folder, connections: 1024, realServers: SERVERS, log }),
  );
}

async function close(engine: EbpfEngine, keep = false): Promise<void> {
  await visitNamespace(bed.director, () => engine.close({ keep }));
}

describe('the eBPF engine keeps what the engine interface promises', () => {
  let engine: EbpfEngine;
  beforeAll(async () => {
    engine = await open();
  });
  afterAll(() => close(engine));

  test.each(PROMISES.map(({ name, check }) => [name, check] as const))('%s', async (_name, check) => {
    await engine.commit([{ do: 'flush' }, { do: 'set-timeouts', timeouts: DEFAULT_TIMEOUTS }]);
    expect(await check(engine)).toEqual([]);
  });

  test('events can be awaited in vain, and the programs are told when nobody does any more', async () => {
    const observed = () => readSettings(new BpfMap(openPin(join(maps, 'settings')), 'settings')).observed;
    const maps = join(folder, 'bpf', PIN_LAYOUT, 'maps');
    const events = engine.events({ kinds: ['dropped'] })[Symbol.asyncIterator]();
    expect(observed()).toBe(1 << EVENT_KIND.DROPPED);
    const next = events.next();
    await events.return?.();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(observed()).toBe(0);
  });
});

test('the loopback is met where the director forwards, and left alone where it does not', async () => {
  const own = async (interfaces: string[]): Promise<unknown> => {
    const engine = await open('tc', interfaces);
    try {
      const { facts } = await engine.status();
      const accepts = await visitNamespace(bed.director, () => readFileSync(ACCEPT_LOCAL, 'latin1').trim());
      return [facts.find(({ name }) => name === 'packets of its own')?.value, accepts];
    } finally {
      await close(engine);
    }
  };
  expect(await own([])).toEqual(['', '0']);
  expect(await own(['eth0'])).toEqual([expect.stringMatching(/^(?:tcx|clsact) on lo$/), '1']);
  expect(await own([])).toEqual(['', '0']);
});

const ACCEPT_LOCAL = '/proc/sys/net/ipv4/conf/lo/accept_local';

describe('an engine that is full', () => {
  let engine: EbpfEngine;
  beforeAll(async () => {
    engine = await open();
    await engine.commit(everything(SERVICES));
  });
  afterAll(() => close(engine));

  test('has room for other rules as soon as it is emptied', async () => {
    await engine.commit([{ do: 'flush' }]);
    const others = everything(SERVICES).map((operation) =>
      operation.do === 'add-destination'
        ? { ...operation, destination: { ...operation.destination, port: 81 } }
        : operation,
    );
    await engine.commit(others);
    expect((await engine.table()).services).toHaveLength(SERVICES);
  });

  test.each(['cursors', 'loads', 'destinations', 'services'])(
    'has as much room as before when the kernel has refused the second write of %s in the middle of a change',
    async (map) => {
      await engine.commit([{ do: 'flush' }]);
      const failing = failSecondWrite(map);
      const change = engine.commit(everything(SERVICES));
      await expect(change).rejects.toMatchObject({ code: 'KERNEL_CALL_FAILED', errno: 'ENOMEM' });
      expect(failing.writes()).toBeGreaterThanOrEqual(2);
      failing.end();
      expect((await engine.table()).services).toEqual([]);
      await engine.commit(everything(SERVICES));
    },
  );
});

/** The kernel has no memory left when a map is written for the second time, and for that time alone or from then on for every change. */
function failSecondWrite(name: string, { forGood = false } = {}): { writes: () => number; end: () => void } {
  const { id } = mapInfo(openPin(join(folder, 'bpf', PIN_LAYOUT, 'maps', name)));
  const library = libbpf();
  const { map_update: update, map_update_batch: updateBatch, map_delete: remove } = library;
  let writes = 0;
  const isRefused = (fd: number): boolean => {
    if (forGood && writes >= 2) return true;
    return mapInfo(fd).id === id && ++writes === 2;
  };
  const spies = [
    vi
      .spyOn(library, 'map_update')
      .mockImplementation((fd, ...rest) => (isRefused(fd) ? -ENOMEM : update(fd, ...rest))),
    vi
      .spyOn(library, 'map_update_batch')
      .mockImplementation((fd, ...rest) => (isRefused(fd) ? -ENOMEM : updateBatch(fd, ...rest))),
    vi
      .spyOn(library, 'map_delete')
      .mockImplementation((fd, key) => (forGood && writes >= 2 ? -ENOMEM : remove(fd, key))),
  ];
  return {
    writes: () => writes,
    end: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

const ENOMEM = 12;

test('a change that its process does not live to finish is taken back by the next one', async () => {
  const match = { protocol: 'tcp', address: '10.9.9.9', port: 80 } as const;
  const gone = { ...match, port: 81 };
  const service = (of: typeof match | typeof gone, scheduler: string): Service => ({
    match: of,
    scheduler,
    schedulerFlags: 0,
    onePacket: false,
  });
  const first = await open();
  await first.commit([
    { do: 'add-service', service: service(match, 'wrr') },
    { do: 'add-destination', match, destination: webServer('10.1.0.1', 3) },
    { do: 'add-destination', match, destination: webServer('10.1.0.2') },
    { do: 'add-service', service: service(gone, 'sh') },
    { do: 'add-destination', match: gone, destination: webServer('10.1.0.3') },
    { do: 'add-mark', mark: 7, match: { ...match, port: 82 } },
  ]);
  const { services, marks } = await first.table();

  const dying = failSecondWrite('services', { forGood: true });
  const change = first.commit([
    { do: 'edit-service', service: service(match, 'rr') },
    { do: 'delete-destination', match, destination: webServer('10.1.0.1') },
    { do: 'delete-service', match: gone },
    { do: 'delete-mark', match: { ...match, port: 82 } },
    ...everything(1000).slice(0, 1000),
  ]);
  await expect(change).rejects.toMatchObject({ code: 'KERNEL_CALL_FAILED' });
  dying.end();
  await close(first, true);

  for (const next of [await open(), undefined]) {
    const engine = next ?? (await open());
    const table = await engine.table();
    expect(byPort(table.services)).toEqual(byPort(services));
    expect(table.marks).toEqual(marks);
    await close(engine, next !== undefined);
  }
});

function byPort(services: readonly TableService[]): readonly TableService[] {
  return services.toSorted(
    (a, b) => Number('port' in a.match && a.match.port) - Number('port' in b.match && b.match.port),
  );
}

describe('the eBPF engine refuses', () => {
  test('ENGINE_FULL: a service more than there is room for, and changes nothing', async () => {
    const engine = await open();
    try {
      const refused = engine.commit(everything(SERVICES + 1));
      await expect(refused).rejects.toMatchObject({ code: 'ENGINE_FULL', errno: 'ENOMEM' });
      expect((await engine.table()).services).toEqual([]);
    } finally {
      await close(engine);
    }
  });

  test('KERNEL_FEATURE_MISSING: native XDP on an interface whose driver has none', async () => {
    await expect(open('xdp', ['plain'])).rejects.toMatchObject({ code: 'KERNEL_FEATURE_MISSING' });
  });

  test('PINS_INCOMPATIBLE: tables of which some are gone', async () => {
    await close(await open(), true);
    const pins = readdirSync(join(folder, 'bpf'), { recursive: true, encoding: 'utf8' });
    rmSync(
      join(
        folder,
        'bpf',
        pins.find((name) => name.endsWith('/services'))!,
      ),
    );
    try {
      await expect(open()).rejects.toMatchObject({ code: 'PINS_INCOMPATIBLE' });
    } finally {
      unmountBpffs(join(folder, 'bpf'));
    }
  });

  test('PINS_INCOMPATIBLE: what another version of Weir has left goes on as it is', async () => {
    await close(await open(), true);
    const bpffs = join(folder, 'bpf');
    const [mine] = readdirSync(bpffs).filter((name) => /^v\d/u.test(name));
    renameSync(join(bpffs, mine!), join(bpffs, 'v1'));
    try {
      await expect(open()).rejects.toMatchObject({
        code: 'PINS_INCOMPATIBLE',
        where: join(bpffs, 'v1'),
        expected: mine,
        found: 'v1',
      });
      expect(readdirSync(join(bpffs, 'v1')).sort()).toEqual(expect.arrayContaining(['links', 'maps']));
    } finally {
      unmountBpffs(bpffs);
    }
  });
});
