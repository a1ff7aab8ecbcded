import { fileURLToPath } from 'node:url';

/** The folder of this package, `/` at its end: two above this file, in src/ as in dist/, and above the bundle in dist/weir/. */
export const PACKAGE_FOLDER = fileURLToPath(new URL('../../', import.meta.url));

/** The folder of Weir's own commands, `weir` and `ipvsadm`. */
export const BIN_FOLDER = `${PACKAGE_FOLDER}bin`;

/** The compiled sources, for programs that are started by file name. */
export const DIST_FOLDER = `${PACKAGE_FOLDER}dist`;

/** The compiled eBPF programs. */
export const OBJECT_FOLDER = `${PACKAGE_FOLDER}bpf/objects`;
