import type { Engine } from './engine.ts';
import { hostSurroundings, interfaceMtu } from './host.ts';
import type { EngineKind, EngineOptions } from './options.ts';

/**
 * Opens an engine. Its code is loaded only now, so that a director of one kind needs nothing of the others.
 *
 * @throws WeirError what the engine found missing or occupied: PRIVILEGE_MISSING, KERNEL_FEATURE_MISSING, INTERFACE_UNKNOWN,
 * HOOK_OCCUPIED, PINS_INCOMPATIBLE ...
 */
export async function createEngine(kind: EngineKind, options: EngineOptions): Promise<Engine> {
  if (kind === 'model') {
    const { openModelEngine } = await import('./model/engine.ts');
    return await openModelEngine({ surroundings: hostSurroundings(), context: { interfaceMtu } });
  }
  const { openEbpfEngine } = await import('./ebpf/engine.ts');
  return await openEbpfEngine(options);
}
