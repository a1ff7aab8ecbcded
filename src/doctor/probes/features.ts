/** `Features for eth0:` and then `large-receive-offload: off [fixed]` a line (ethtool -k), by interface. */
export function readFeatures(text: string): Map<string, Record<string, boolean>> {
  const interfaces = new Map<string, Record<string, boolean>>();
  let features: Record<string, boolean> = {};
  for (const line of text.split('\n')) {
    const name = /^Features for (.+):$/u.exec(line)?.[1];
    if (name !== undefined) interfaces.set(name, (features = {}));
    const feature = /^\s*([\w-]+): (on|off)/u.exec(line);
    if (feature !== null) features[feature[1] ?? ''] = feature[2] === 'on';
  }
  return interfaces;
}
