/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Making connections. */
#ifndef WEIR_CREATE_H
#define WEIR_CREATE_H

#include "connection.h"

/* The state that the first packet of a connection leads to. */
static __always_inline __u32 connection_first_state(const struct packet *packet, __u32 method)
{
	if (packet->flow.protocol == IPPROTO_UDP)
		return WEIR_STATE_UDP;
	return tcp_transition(method == WEIR_METHOD_MASQUERADE ? TCP_VIEW_INPUT : TCP_VIEW_INPUT_ONLY,
			      tcp_event(packet->tcp_flags), WEIR_STATE_NONE);
}

/* Makes the reply entry of a masqueraded connection out of its request entry, and writes it over an older connection's. */
static __always_inline int connection_create_reply(const struct weir_settings *settings, const struct weir_flow *flow,
						   struct weir_connection *entry)
{
	struct weir_flow reply_flow;
	void *shard;

	connection_other_flow(flow, entry, &reply_flow);
	entry->role = WEIR_ROLE_REPLY;
	address_copy(entry->address, flow->target);
	entry->port = flow->target_port;
	shard = connection_shard(settings, &reply_flow);
	return !shard || bpf_map_update_elem(shard, &reply_flow, entry, BPF_ANY) ? -1 : 0;
}

/*
 * Creates the connection of `packet` to destination `index`, on `port` of it. Returns its request entry, NULL if the table is full or
 * another processor is just ending a connection of the same flow. If another was first to create it, its entry is returned.
 */
static __always_inline struct weir_connection *connection_create(const struct weir_settings *settings,
								 const struct packet *packet, __u32 index, __be16 port,
								 const struct weir_destination *destination, __u32 now)
{
	void *shard = connection_shard(settings, &packet->flow);
	struct weir_connection entry = {}, *created;
	__u32 service = destination->service;

	if (!shard)
		return NULL;
	entry.state = connection_first_state(packet, destination->method);
	entry.seen = now;
	entry.timeout = timeout_of(settings, entry.state);
	entry.destination = index;
	address_copy(entry.address, destination->address);
	entry.port = port;
	entry.role = WEIR_ROLE_REQUEST;
	entry.method = destination->method;

	/* Counted before it can be seen, so that no one subtracts what was not added. */
	load_add(index, entry.state, 1);
	if (bpf_map_update_elem(shard, &packet->flow, &entry, BPF_NOEXIST)) {
		load_add(index, entry.state, -1);
		created = bpf_map_lookup_elem(shard, &packet->flow);
		return created && created->state < WEIR_STATES ? created : NULL;
	}
	if (entry.method == WEIR_METHOD_MASQUERADE && connection_create_reply(settings, &packet->flow, &entry)) {
		bpf_map_delete_elem(shard, &packet->flow);
		load_add(index, entry.state, -1);
		return NULL;
	}
	created = bpf_map_lookup_elem(shard, &packet->flow);
	if (created)
		count_connection(service, index);
	return created;
}

#endif
