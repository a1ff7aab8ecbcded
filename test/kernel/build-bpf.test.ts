import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

/** scripts/build-bpf.sh on small sources in folders of their own. Here and not with the unit tests because it needs clang. */
const SCRIPT = join(import.meta.dirname, '../../scripts/build-bpf.sh');
const SOURCE = `
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>
#include "verdict.h"

SEC("tc") int pass_all(struct __sk_buff *skb)
{
        bpf_printk("%s", __FILE__);
        return verdict(skb);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
`;
const HEADER = 'static __noinline int verdict(struct __sk_buff *skb) { return skb->len ? TC_ACT_OK : TC_ACT_SHOT; }\n';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-bpf-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

function checkout(name: string): string {
  const root = join(folder, name);
  mkdirSync(join(root, 'bpf'), { recursive: true });
  writeFileSync(join(root, 'bpf/small.bpf.c'), SOURCE);
  writeFileSync(join(root, 'bpf/verdict.h'), HEADER);
  return root;
}

function build(root: string, ...options: string[]): string {
  return execFileSync('sh', [SCRIPT, '--root', root, ...options], { encoding: 'utf8', stdio: 'pipe' });
}

/** What the script says on standard error when it refuses. */
function refusal(root: string, ...options: string[]): string {
  const { status, stderr } = spawnSync('sh', [SCRIPT, '--root', root, ...options], { encoding: 'utf8' });
  expect(status).toBe(1);
  return stderr;
}

test('the bytes do not depend on the folder of the checkout', () => {
  const one = checkout('one');
  const other = checkout('a/much longer/way');
  build(one);
  build(other);
  const bytes = readFileSync(join(one, 'bpf/objects/small.bpf.o'));

  expect(readFileSync(join(other, 'bpf/objects/small.bpf.o')).equals(bytes)).toBe(true);
  expect(bytes.includes(folder)).toBe(false);
});

test('an object is a BPF program with BTF and without DWARF', () => {
  const root = checkout('one');
  build(root);
  const sections = execFileSync('llvm-readelf-14', ['-hS', join(root, 'bpf/objects/small.bpf.o')], {
    encoding: 'utf8',
  });

  expect(sections).toContain('EM_BPF');
  expect(sections).toMatch(/ \.BTF\.ext /);
  expect(sections).not.toContain('.debug');
});

test('--check tells a fresh object from a stale one, and changes nothing', () => {
  const root = checkout('one');
  build(root);
  expect(build(root, '--check')).toContain('bpf/objects is what the sources give');

  const before = readFileSync(join(root, 'bpf/objects/small.bpf.o'));
  writeFileSync(join(root, 'bpf/verdict.h'), HEADER.replace('TC_ACT_SHOT', 'TC_ACT_STOLEN'));
  expect(refusal(root, '--check')).toContain('small.bpf.o');
  expect(readFileSync(join(root, 'bpf/objects/small.bpf.o')).equals(before)).toBe(true);
});

test('an object without a source is stale, and a build removes it', () => {
  const root = checkout('one');
  build(root);
  writeFileSync(join(root, 'bpf/objects/gone.bpf.o'), '');

  expect(refusal(root, '--check')).toContain('gone.bpf.o');
  build(root);
  expect(existsSync(join(root, 'bpf/objects/gone.bpf.o'))).toBe(false);
});

test('a source that does not compile leaves the objects as they were', () => {
  const root = checkout('one');
  build(root);
  const before = readFileSync(join(root, 'bpf/objects/small.bpf.o'));
  writeFileSync(join(root, 'bpf/verdict.h'), HEADER.replace('skb->len', 'skb->no_such_member'));

  expect(refusal(root)).toContain('bpf/small.bpf.c does not compile');
  expect(readFileSync(join(root, 'bpf/objects/small.bpf.o')).equals(before)).toBe(true);
});

test('a missing compiler is named, with the packages to install', () => {
  const root = checkout('one');
  const environment = { ...process.env, CLANG: 'clang-of-nowhere' };
  expect(() => execFileSync('sh', [SCRIPT, '--root', root], { stdio: 'pipe', env: environment })).toThrow(
    /clang-of-nowhere is not installed\n\s+Fix: apt-get install clang-14/,
  );
});
