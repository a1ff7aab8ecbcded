import { z } from 'zod';
import type { FirewallFacts } from '../facts.ts';

/** `nft -json list ruleset` and arptables: those rules that keep packets away or change their source. */

const objectSchema = z.object({
  chain: z
    .object({
      family: z.string(),
      table: z.string(),
      name: z.string(),
      hook: z.string().optional(),
      policy: z.string().optional(),
    })
    .optional(),
  rule: z
    .object({
      family: z.string(),
      table: z.string(),
      chain: z.string(),
      expr: z.array(z.record(z.string(), z.unknown())),
    })
    .optional(),
});

type NftObject = z.infer<typeof objectSchema>;
type Chain = NonNullable<NftObject['chain']>;
type Statement = Record<string, unknown>;

export function readFirewall(nft: string, arptables: string): FirewallFacts[] {
  return [...readNft(nft), ...readArptables(arptables)];
}

function readNft(text: string): FirewallFacts[] {
  if (text.trim() === '') return [];
  const { nftables } = z.object({ nftables: z.array(objectSchema) }).parse(JSON.parse(text));
  const chains = new Map(
    nftables.flatMap(({ chain }) => (chain === undefined ? [] : [[keyOf(chain), chain] as const])),
  );
  const policies = [...chains.values()].flatMap(({ family, table, name, hook, policy }) =>
    policy === 'drop' && hook !== undefined
      ? [
          {
            table: `${family} ${table}`,
            chain: name,
            hook,
            text: 'policy drop',
            verdict: 'drop' as const,
            packets: undefined,
            addresses: [],
            ports: [],
            others: 0,
          },
        ]
      : [],
  );
  return [...policies, ...nftables.flatMap(({ rule }) => (rule === undefined ? [] : ruleFacts(rule, chains)))];
}

function keyOf({ family, table, name }: Chain): string {
  return `${family} ${table} ${name}`;
}

function ruleFacts(rule: NonNullable<NftObject['rule']>, chains: Map<string, Chain>): FirewallFacts[] {
  const verdict = verdictOf(rule.expr);
  if (verdict === undefined) return [];
  const hook = chains.get(`${rule.family} ${rule.table} ${rule.chain}`)?.hook ?? '';
  const { addresses, ports, others } = limitsOf(rule.expr);
  const text = rule.expr.map((statement) => JSON.stringify(statement)).join(' ');
  return [
    {
      table: `${rule.family} ${rule.table}`,
      chain: rule.chain,
      hook,
      text,
      verdict,
      packets: packetsOf(rule.expr),
      addresses,
      ports,
      others,
    },
  ];
}

function verdictOf(statements: readonly Statement[]): FirewallFacts['verdict'] | undefined {
  if (statements.some((one) => 'drop' in one || 'reject' in one)) return 'drop';
  if (statements.some((one) => 'masquerade' in one)) return 'masquerade';
  return statements.some((one) => 'snat' in one) ? 'snat' : undefined;
}

const counterSchema = z.object({ packets: z.number() });

function packetsOf(statements: readonly Statement[]): number | undefined {
  const counter = counterSchema.safeParse(statements.find((one) => 'counter' in one)?.['counter']);
  return counter.success ? counter.data.packets : undefined;
}

/** Destination addresses and ports in the rule's matches, and how many further conditions it has. */
function limitsOf(statements: readonly Statement[]): { addresses: string[]; ports: number[]; others: number } {
  const schema = z.object({
    left: z.object({ payload: z.object({ field: z.string() }) }),
    right: z.union([z.string(), z.number(), z.object({ set: z.array(z.union([z.string(), z.number()])) })]),
  });
  const addresses: string[] = [];
  const ports: number[] = [];
  let others = 0;
  for (const statement of statements.filter((one) => 'match' in one)) {
    const match = schema.safeParse(statement['match']);
    const field = match.success ? match.data.left.payload.field : '';
    const right = match.success ? match.data.right : [];
    const values = typeof right === 'object' && 'set' in right ? right.set : [right].flat();
    if (field.startsWith('daddr')) addresses.push(...values.map(String));
    else if (field === 'dport') ports.push(...values.map(Number));
    else if (field !== 'protocol') others++;
  }
  return { addresses, ports, others };
}

/** `-A INPUT -d 10.0.0.1 -j DROP` a line: the old arptables, where it is not nftables by another name. */
function readArptables(text: string): FirewallFacts[] {
  return text.split('\n').flatMap((line) => {
    const rule = /^-A INPUT .*-d (\S+?)(?:\/32)? .*-j DROP/u.exec(line);
    if (rule === null) return [];
    return [
      {
        table: 'arp filter',
        chain: 'INPUT',
        hook: 'input',
        text: line,
        verdict: 'drop' as const,
        packets: undefined,
        addresses: [rule[1] ?? ''],
        ports: [],
        others: 0,
      },
    ];
  });
}
