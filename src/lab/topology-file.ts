import { readFile } from 'node:fs/promises';
import { basename, extname } from 'node:path';
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  visit,
  type Document,
  type Pair,
  type YAMLMap,
} from 'yaml';
import { isSystemError, WeirError } from '../base/error.ts';
import { topologyProblems, type Problem } from './check.ts';
import { faultIds, loadFault } from './fault.ts';
import { textGraph } from './graph/print-text.ts';
import { ownerProblems } from './owners.ts';
import { ruleProblems } from './rule-problems.ts';
import type { Topology } from './topology.ts';
import { topologySchema, type TopologyFile } from './topology-schema.ts';

/** What is wrong, and where: keys and indexes from the root on. */
interface Complaint {
  path: readonly (string | number)[];
  message: string;
}

/**
 * Reads a topology of a user's own, in YAML or JSON (docs/topology.schema.json), and checks all that can be known before it is built.
 * @throws WeirError TOPOLOGY_INVALID with every problem, each with its line and column; LAB_UNKNOWN where there is no such file
 */
export async function readTopologyFile(path: string): Promise<Topology> {
  const text = await textOf(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const refuse = (complaints: readonly { at: number; message: string }[]): void => {
    const found = complaints.map(({ at, message }) => ({ ...lines.linePos(at), message }));
    if (found.length > 0) throw invalid(path, found);
  };
  const placed = (complaints: readonly Complaint[]) =>
    complaints.map(({ path: keys, message }) => ({ at: offsetOf(document, keys), message: said(keys, message) }));
  refuse([...document.errors, ...document.warnings].map(({ pos, message }) => ({ at: pos[0], message })));
  refuse(unknownAnchors(document));
  const parsed = topologySchema.safeParse(valueOf(document, refuse));
  if (!parsed.success) refuse(placed(parsed.error.issues.flatMap(complaintsOf)));
  const topology = await completed(parsed.data!, path);
  refuse(placed(topologyProblems(topology).map(complaintOf)));
  refuse(placed([...ownerProblems(topology), ...(await ruleProblems(topology))].map(complaintOf)));
  return {
    ...topology,
    picture: parsed.data?.picture ?? `\n${textGraph(topology)}`,
    faults: await possibleFaults(topology),
  };
}

/** Aliases of an anchor that there is not, or that stands further down. */
function unknownAnchors(document: Document.Parsed): { at: number; message: string }[] {
  const found: { at: number; message: string }[] = [];
  visit(document, {
    Alias: (_, alias) => {
      if (alias.resolve(document) !== undefined) return;
      found.push({ at: alias.range?.[0] ?? 0, message: `there is no anchor &${alias.source} before it` });
    },
  });
  return found;
}

function valueOf(document: Document.Parsed, refuse: (found: { at: number; message: string }[]) => void): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Aliases of aliases of aliases: the text would become larger without bounds.
    if (error instanceof ReferenceError) refuse([{ at: 0, message: error.message }]);
    throw error;
  }
}

async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new WeirError('LAB_UNKNOWN', `the topology file ${path} cannot be read: ${error.message}`, {
      fix: 'name a YAML or JSON file, or a topology that comes with Weir (weir lab --help)',
      cause: error,
    });
  }
}

/** What a file may leave out; the picture comes last, as only a sound topology can be drawn. */
async function completed(file: TopologyFile & { $schema?: string }, path: string): Promise<Topology> {
  const { $schema: _, name = basename(path, extname(path)), title = name, commands = [], ...rest } = file;
  return { ...rest, name, title, commands, picture: '' };
}

async function possibleFaults(topology: Topology): Promise<string[]> {
  const faults = await Promise.all(faultIds().map(loadFault));
  return faults.filter((fault) => fault.plant(topology) !== undefined).map(({ id }) => id);
}

/** How Zod puts it that a key is not there. */
const MISSING = /^(expected .*), received undefined$/;

/** Zod's words for what has no words of ours. */
function complaintsOf(issue: {
  code: string;
  path: readonly PropertyKey[];
  message: string;
  keys?: readonly string[];
  issues?: readonly { message: string }[];
}): Complaint[] {
  const path = issue.path.map((key) => (typeof key === 'number' ? key : String(key)));
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => ({ path: [...path, key], message: 'there is no such key' }));
  }
  const message = (issue.code === 'invalid_key' ? issue.issues?.[0]?.message : undefined) ?? issue.message;
  return [{ path, message: message.replace(/^Invalid input: /, '').replace(MISSING, 'is missing: $1') }];
}

function complaintOf({ where, message }: Problem): Complaint {
  return { path: keysOf(where), message };
}

/** The name of the place, and what is wrong there. */
function said(keys: readonly (string | number)[], message: string): string {
  const place = keys
    .map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`))
    .join('');
  return place === '' ? message : `${place}: ${message}`;
}

/** `hosts.web1.routes[0].via` as keys; names have no dots. */
function keysOf(where: string): (string | number)[] {
  return where.split(/[.[\]]+/).flatMap((key) => (key === '' ? [] : [/^\d+$/.test(key) ? Number(key) : key]));
}

/** Where in the text a key stands, or the last of its parents that is there. */
function offsetOf(document: Document.Parsed, keys: readonly (string | number)[]): number {
  let node: unknown = document.contents;
  let offset = document.contents?.range[0] ?? 0;
  for (const key of keys) {
    if (isAlias(node)) node = node.resolve(document);
    const found = isMap(node) ? pairOf(node, key) : isSeq(node) ? { key: node.items[Number(key)] } : undefined;
    if (found === undefined) break;
    if (isNode(found.key)) offset = found.key.range?.[0] ?? offset;
    node = 'value' in found ? found.value : found.key;
  }
  return offset;
}

function pairOf(map: YAMLMap, key: string | number): Pair | undefined {
  return map.items.find((pair) => String(isScalar(pair.key) ? pair.key.value : pair.key) === String(key));
}

function invalid(path: string, found: readonly { line: number; col: number; message: string }[]): WeirError {
  const texts = found.map(({ line, col, message }) => `${path}:${line}:${col}: ${message}`);
  return new WeirError('TOPOLOGY_INVALID', texts[0] ?? path, {
    ...(texts.length > 1 ? { found: `also\n    ${texts.slice(1).join('\n    ')}` } : {}),
    fix: 'correct the file; docs/topology.schema.json says what may stand in it (weir lab schema)',
  });
}
