/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Persistence: the real server that earlier connections of a client went to. Twin: src/lvs/persistence.ts. */
#ifndef WEIR_PERSIST_H
#define WEIR_PERSIST_H

#include "../connection/load.h"
#include "../handover.h"
#include "../lookup/lookup.h"
#include "../schedule/schedule.h"
#include "template.h"

/* True for a packet to the service's own port, which is 0 for any and for a mark: to port 0 of a marked service, too. */
static __always_inline int is_own_port(const struct packet *packet, const struct found_service *found)
{
	return packet->flow.target_port == (found->mark ? 0 : found->port);
}

/* True if the template of a packet keeps the ports of service and server. */
static __always_inline int keeps_port(const struct packet *packet, const struct found_service *found)
{
	return is_own_port(packet, found) && packet->flow.target_port != bpf_htons(FTP_PORT);
}

/* The client under the netmask and the virtual address with its port, or the mark, but for packets to port 0 (ip_vs_sched_persist). */
static __always_inline void template_key_of(const struct packet *packet, const struct weir_service *service,
					    const struct found_service *found, struct weir_template_key *key)
{
	__builtin_memset(key, 0, sizeof(*key));
#pragma unroll
	for (int i = 0; i < ADDRESS_WORDS; i++)
		key->client[i] = packet->flow.source[i] & service->netmask[i];
	key->family = FAMILY;
	if (found->mark && !is_own_port(packet, found)) {
		key->address[0] = bpf_htonl(found->mark);
		return;
	}
	address_copy(key->address, packet->flow.target);
	key->protocol = packet->flow.protocol;
	key->port = keeps_port(packet, found) ? packet->flow.target_port : 0;
}

#define ANY_SERVER (~0u)

/*
 * True if connections may still be made through a template: its real server is there, not quiesced if that counts, and the one that is
 * `wanted`, unless any is.
 */
static __always_inline int template_is_good(const struct weir_settings *settings, const struct weir_template *template, __u32 wanted)
{
	__u32 index = template->destination;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	return destination && (destination->flags & WEIR_DESTINATION_AVAILABLE) && (wanted == ANY_SERVER || wanted == index) &&
	       !(settings->expire_quiescent_template && destination->weight == 0);
}

/*
 * The template of this key, or of this key and the Call-ID, through which a connection can be made now; its serial number, or 0. Not
 * inlined, as template_create: what it needs of the stack is free again after it.
 */
static __noinline __u32 template_find(const struct weir_settings *settings, const struct weir_template_key *key, int is_call, __u32 wanted,
				      __u32 now)
{
	__u32 *found = is_call ? call_find(key) : bpf_map_lookup_elem(&templates, key), serial;
	struct weir_template *template;

	if (!found)
		return 0;
	serial = *found;
	template = template_at(serial);
	if (!template)
		return 0;
	if (template_is_over(template, now)) {
		template_end(template, serial, WEIR_EVENT_CLOSED);
		return 0;
	}
	if (template_is_good(settings, template, wanted)) {
		explain_template(template, WEIR_OUTCOME_USED);
		return serial;
	}
	explain_template(template, WEIR_OUTCOME_INVALIDATED);
	template_hide(template, serial);
	return 0;
}

/* Makes a template for the destination `index`; its serial number, or 0 if there is no room. */
static __noinline __u32 template_create(struct weir_template *template)
{
	__u32 first = 0, serial, index = template->destination;
	struct weir_progress *shared = bpf_map_lookup_elem(&progress, &first);
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);
	void *records;

	explain_template(template, WEIR_OUTCOME_CREATED);
	if (EXPLAINS)
		return ~0u;
	if (!shared || !load)
		return 0;
	serial = __sync_fetch_and_add(&shared->serial, 1) + 1;
	records = template_shard(serial);
	if (!serial || !records || bpf_map_update_elem(records, &serial, template, BPF_NOEXIST))
		return 0;
	if (template->flags & WEIR_TEMPLATE_CALL ? call_add(serial) : bpf_map_update_elem(&templates, &template->key, &serial, BPF_ANY)) {
		bpf_map_delete_elem(records, &serial);
		return 0;
	}
	__sync_fetch_and_add(&load->persistent, 1);
	tell_template(template, WEIR_EVENT_NEW);
	return serial;
}

/*
 * Finds the template of the packet or makes one, which asks the scheduler unless a real server is `wanted`; handover->template has it
 * then. WEIR_REASON_NONE and its serial number, or why there is none.
 */
static __always_inline __u32 persist(const struct weir_settings *settings, struct handover *handover, struct weir_service *service,
				     const struct found_service *found, __u32 wanted, __u32 *serial)
{
	const struct packet *packet = &handover->packet;
	struct weir_template *template = &handover->template;
	__u32 id = service->id, lifetime = service->persistence, index = wanted;
	int is_call = service->flags & WEIR_SERVICE_SIP;
	struct weir_destination *destination;

	if (is_call && handover->call != CALL_READ)
		return WEIR_REASON_NO_PERSISTENCE_KEY;
	template_key_of(packet, service, found, &template->key);
	*serial = template_find(settings, &template->key, is_call, wanted, handover->now);
	if (*serial) {
		struct weir_template *known = template_at(*serial);

		if (known) {
			template->destination = known->destination;
			return WEIR_REASON_NONE;
		}
	}
	if (wanted == ANY_SERVER && schedule(service, &handover->flow, &index))
		return WEIR_REASON_NO_DESTINATION;
	destination = bpf_map_lookup_elem(&destinations, &index);
	if (!destination || destination->service != id)
		return WEIR_REASON_INTERNAL;
	template->seen = handover->now;
	template->timeout = lifetime;
	template->destination = index;
	template->controlled = 0;
	template->port = keeps_port(packet, found) ? destination->port : 0;
	template->flags = is_call ? WEIR_TEMPLATE_CALL : 0;
	template->zero = 0;
	*serial = template_create(template);
	return *serial ? WEIR_REASON_NONE : WEIR_REASON_TABLE_FULL;
}

#endif
