import { describe, expect, test } from 'vitest';
import { WeirError } from '../base/error.ts';
import type { Connection } from '../lvs/live-connection.ts';
import type { TableContext } from '../lvs/table.ts';
import type { Director } from './director.ts';
import { MemoryDirector } from './memory-director.ts';
import { NO_NAMES, type NameService } from './names.ts';
import { runIpvsadm } from './run.ts';

const context: TableContext = {
  schedulers: new Set(['rr', 'wlc']),
  persistenceEngines: new Set(),
  isUnicast: () => true,
  interfaceMtu: () => 1500,
};

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

async function run(line: string, { director = memory(), stdin = '', names = NO_NAMES }: Setting = {}): Promise<Run> {
  const outcome = { stdout: '', stderr: '' };
  const code = await runIpvsadm(line === '' ? [] : line.split(' '), {
    stdout: (text) => void (outcome.stdout += text),
    stderr: (text) => void (outcome.stderr += text),
    stdin: async () => stdin,
    director,
    names,
  });
  return { code, ...outcome };
}

interface Setting {
  director?: Director;
  stdin?: string;
  names?: NameService;
}

function memory(): MemoryDirector {
  return new MemoryDirector(context);
}

/** A director whose every answer is this error. */
function failing(error: WeirError): Director {
  const fail = async (): Promise<never> => {
    throw error;
  };
  return {
    table: fail,
    statistics: fail,
    zero: fail,
    apply: fail,
    connections: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
  };
}

describe('a restore', () => {
  test('has the exit code of its last line alone', async () => {
    const director = memory();
    const good = '-A -t 1.1.1.1:1';
    const bad = '-D -t 2.2.2.2:2';
    expect(await run('-R', { director, stdin: `${bad}\n${good}\n` })).toMatchObject({
      code: 0,
      stderr: 'No such service\n',
    });
    expect(await run('-R', { director, stdin: `-C\n${bad}\n` })).toMatchObject({ code: 255 });
    expect(await run('-R', { director, stdin: `${bad}\n-L --timeout\n` })).toMatchObject({ code: 0 });
    expect(await run('-R', { stdin: '' })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('goes on after an error of popt, and ends at every other error of the arguments', async () => {
    const director = memory();
    const stdin = '-A -t 1.1.1.1:1\n-A -t\n-A -t 1.1.1.1:2\n-A -t bad\n-A -t 1.1.1.1:3\n';
    expect(await run('-R', { director, stdin })).toEqual({
      code: 2,
      stdout: '',
      stderr: '-t: missing argument\nillegal virtual server address[:port] specified\n',
    });
    expect((await director.table()).services).toHaveLength(2);
  });

  test('ends at a list of a service that is not there', async () => {
    const director = memory();
    expect(await run('-R', { director, stdin: '-L -t 1.1.1.1:1\n-A -t 1.1.1.1:1\n' })).toMatchObject({ code: 1 });
    expect((await director.table()).services).toEqual([]);
  });

  test('ends where help is asked for', async () => {
    expect(await run('-R', { stdin: '-v\n-D -t 1.1.1.1:1\n' })).toMatchObject({ code: 0, stderr: '' });
  });

  test('takes no restore within it', async () => {
    expect(await run('-R', { stdin: '-C\n-R\n' })).toMatchObject({
      code: 255,
      stderr: "Try `ipvsadm -h' or 'ipvsadm --help' for more information.\n",
    });
  });

  test('reports what is refused where it stands among the lists', async () => {
    const lines = ['-A -t 1.1.1.1:1', '-A -t 1.1.1.1:1', '-L --timeout', '-D -t 2.2.2.2:2', '-S -n'];
    const seen: string[] = [];
    await runIpvsadm(['-R'], {
      stdout: (text) => void seen.push(text.trim()),
      stderr: (text) => void seen.push(text.trim()),
      stdin: async () => lines.join('\n'),
      director: memory(),
      names: NO_NAMES,
    });
    expect(seen).toEqual([
      'Service already exists',
      'Timeout (tcp tcpfin udp): 900 120 300',
      'No such service',
      '-A -t 1.1.1.1:1 -s wlc',
    ]);
  });

  test('of 10,000 lines reaches the director in few steps and is done in well under a second and a half', async () => {
    const lines = Array.from({ length: 5_000 }, (_, i) => {
      const service = `-t 10.${i >> 8}.${i & 255}.1:80`;
      return `-A ${service} -s rr\n-a ${service} -r 192.168.1.11:80 -m -w 1`;
    });
    const director = memory();
    let calls = 0;
    const counting: Director = {
      table: () => director.table(),
      statistics: () => director.statistics(),
      zero: (match) => director.zero(match),
      connections: () => director.connections(),
      apply: (operations, options) => {
        calls += 1;
        return director.apply(operations, options);
      },
    };
    const start = process.cpuUsage();
    expect(await run('-R', { director: counting, stdin: lines.join('\n') })).toMatchObject({ code: 0 });
    const { user, system } = process.cpuUsage(start);
    expect((user + system) / 1000).toBeLessThan(1500);
    expect(calls).toBeLessThan(10);
    expect((await director.table()).services).toHaveLength(5_000);
  });
});

describe('without a director', () => {
  const gone = failing(
    new WeirError('DAEMON_UNREACHABLE', 'no director can be reached', {
      where: '/run/weir/weir.sock',
      fix: 'start one',
    }),
  );

  test.each(['', '-L -n', '-L --timeout', '-L -n -c', '-S', '-Z', '-C', '-A -t 1.1.1.1:1', '-R'])(
    "'%s' says so and ends with 2",
    async (line) => {
      expect(await run(line, { director: gone })).toEqual({
        code: 2,
        stdout: '',
        stderr: 'no director can be reached\n  where: /run/weir/weir.sock\n  fix: start one\n',
      });
    },
  );

  test.each(['-h', '-v'])('%s works all the same', async (line) => {
    expect(await run(line, { director: gone })).toMatchObject({ code: 0, stderr: '' });
  });
});

test('a director that refuses with the words of Weir alone is quoted', async () => {
  const director = memory();
  const unsupported = new WeirError('ENGINE_UNSUPPORTED', 'this engine has no SCTP', { fix: 'use another engine' });
  director.apply = async () => [unsupported];
  expect(await run('-C', { director })).toEqual({
    code: 255,
    stdout: '',
    stderr: 'this engine has no SCTP\n  fix: use another engine\n',
  });
});

test('connections are printed while they come, with their names', async () => {
  const director = memory();
  director.connections = async function* (): AsyncGenerator<Connection> {
    for (let i = 0; i < 2_500; i++) {
      yield {
        protocol: 'tcp',
        state: 'ESTABLISHED',
        expires: 899_000,
        client: { address: '10.0.0.1', port: i + 1 },
        virtual: { address: '10.0.0.10', port: 80 },
        destination: { address: '10.0.0.11', port: 80 },
        template: false,
      };
    }
  };
  const names: NameService = {
    ...NO_NAMES,
    hostOf: async (address) => (address === '10.0.0.10' ? 'www' : undefined),
    serviceOf: async (port) => (port === 80 ? 'http' : undefined),
  };
  const { code, stdout } = await run('-L -c', { director, names });
  const lines = stdout.split('\n');
  expect(code).toBe(0);
  expect(lines).toHaveLength(2 + 2_500 + 1);
  expect(lines[2]).toBe('TCP 14:59  ESTABLISHED 10.0.0.1:1         www:http           10.0.0.11:http');
});

test.each(['--timeout', '--daemon'])('%s has no place beside counters and templates', async (option) => {
  for (const other of ['--stats', '--rate', '--thresholds', '--persistent-conn']) {
    expect(await run(`-L ${option} ${other}`)).toMatchObject({
      code: 2,
      stderr: 'options conflicts in the list command\n',
    });
  }
  expect(await run(`-L ${option} --tun-info --exact --nosort`)).toMatchObject({ code: 0 });
});
