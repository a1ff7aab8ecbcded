import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/director.ts';
import { readStateFile, writeStateFile } from './state-file.ts';

describe('reading', () => {
  test('a file that is not there is no error', async () => {
    expect(await readStateFile(join(await temporaryFolder(), 'none'))).toBeUndefined();
  });

  test('a folder in its place, or bytes that are no text, are', async () => {
    const folder = await temporaryFolder();
    await expect(readStateFile(folder)).rejects.toMatchObject({ code: 'STATE_UNREADABLE', where: folder });
    const path = join(folder, 'rules');
    writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00]));
    await expect(readStateFile(path)).rejects.toMatchObject({ code: 'STATE_UNREADABLE', where: path });
  });
});

describe('writing', () => {
  test('makes the folder and a file that others cannot read', async () => {
    const path = join(await temporaryFolder(), 'lib', 'weir', 'rules.ipvs');
    await writeStateFile(path, 'rules\n');
    expect(readFileSync(path, 'utf8')).toBe('rules\n');
    expect(statSync(path).mode & 0o007).toBe(0);
  });

  test('replaces the file as a whole, keeps its mode, and leaves nothing beside it', async () => {
    const folder = await temporaryFolder();
    const path = join(folder, 'rules.ipvs');
    writeFileSync(path, 'a long text that was there before\n');
    chmodSync(path, 0o600);
    const before = statSync(path).ino;
    await writeStateFile(path, 'new\n');
    expect(readFileSync(path, 'utf8')).toBe('new\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(path).ino).not.toBe(before);
    expect(readdirSync(folder)).toEqual(['rules.ipvs']);
  });

  test('follows a symbolic link instead of replacing it', async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'real'), 'old');
    symlinkSync('real', join(folder, 'link'));
    await writeStateFile(join(folder, 'link'), 'new');
    expect(readFileSync(join(folder, 'real'), 'utf8')).toBe('new');
  });

  test('refuses a folder, and a path through a file', async () => {
    const folder = await temporaryFolder();
    mkdirSync(join(folder, 'rules.ipvs'));
    await expect(writeStateFile(join(folder, 'rules.ipvs'), '')).rejects.toMatchObject({ code: 'STATE_UNWRITABLE' });
    writeFileSync(join(folder, 'file'), '');
    const through = join(folder, 'file', 'rules.ipvs');
    await expect(writeStateFile(through, '')).rejects.toMatchObject({ code: 'STATE_UNWRITABLE', where: through });
  });
});
