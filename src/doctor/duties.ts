import { familyOf } from '../lvs/service.ts';
import type { DestinationFacts, Duty, Patient, RealServerFacts, ServiceFacts } from './facts.ts';

/** Real servers with the duties they have by these methods, once for each address they are to accept. */
export function dutiesBy(patient: Patient, ...methods: Duty['method'][]): { server: RealServerFacts; duty: Duty }[] {
  return patient.servers.flatMap((server) => {
    const seen = new Set<string>();
    return server.duties
      .filter(({ method, vip, address }) => {
        const key = vip ?? address;
        if (!methods.includes(method) || seen.has(key)) return false;
        seen.add(key);
        return true;
      })
      .map((duty) => ({ server, duty }));
  });
}

/** Duties that have a VIP to accept as one's own: direct routing and tunnelling. */
export function vipDuties(patient: Patient): { server: RealServerFacts; duty: Duty; vip: string }[] {
  return dutiesBy(patient, 'route', 'tunnel').flatMap(({ server, duty }) =>
    duty.vip === undefined ? [] : [{ server, duty, vip: duty.vip }],
  );
}

/** Every destination in the director's table, with its service. */
export function destinations(patient: Patient): { service: ServiceFacts; destination: DestinationFacts }[] {
  return (patient.director?.services ?? []).flatMap((service) =>
    service.destinations.map((destination) => ({ service, destination })),
  );
}

/** Destinations whose hosts were not asked: only what the director sees of them can tell. */
export function unseen(patient: Patient): { service: ServiceFacts; destination: DestinationFacts }[] {
  const seen = new Set(patient.servers.flatMap(({ duties }) => duties.map(({ address }) => address)));
  return destinations(patient).filter(({ destination }) => !seen.has(destination.address));
}

/** VIPs of the director's table, each once. */
export function vips(patient: Patient): string[] {
  const all = (patient.director?.services ?? []).flatMap(({ asked }) => asked.map(({ address }) => address));
  return [...new Set(all)];
}

export function isIpv4(address: string): boolean {
  return familyOf(address) === 'inet';
}
