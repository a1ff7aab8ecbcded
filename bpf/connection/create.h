/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Making connections. */
#ifndef WEIR_CREATE_H
#define WEIR_CREATE_H

#include <linux/errno.h>
#include "../verdict/count.h"
#include "connection.h"
#include "origin.h"

/* The state in which a connection is made; connection_see then takes it on, which for TCP changes nothing more. */
static __always_inline __u32 connection_first_state(const struct weir_settings *settings, const struct packet *packet,
						    __u32 method)
{
	if (packet->flow.protocol == IPPROTO_UDP)
		return WEIR_STATE_UDP;
	if (packet->flow.protocol == IPPROTO_SCTP)
		return WEIR_STATE_SCTP_NONE;
	return state_after(settings, packet->flow.protocol, packet->event, method_view(method), WEIR_STATE_NONE);
}

/* Fills the request entry of a new connection of `packet`, but for where it goes to. */
static __always_inline void connection_begin(const struct weir_settings *settings, const struct packet *packet, __u8 method, __u32 now,
					     struct weir_connection *entry)
{
	__builtin_memset(entry, 0, sizeof(*entry));
	entry->state = connection_first_state(settings, packet, method);
	entry->seen = now;
	entry->timeout = timeout_of(settings, entry->state);
	entry->role = WEIR_ROLE_REQUEST;
	entry->method = method;
}

/* The same, to `port` of destination `index`. */
static __always_inline void connection_fill(const struct weir_settings *settings, const struct packet *packet, __u32 index,
					    __be16 port, const struct weir_destination *destination, __u32 now,
					    struct weir_connection *entry)
{
	connection_begin(settings, packet, destination->method, now, entry);
	entry->destination = index;
	address_copy(entry->address, destination->address);
	entry->port = port;
}

/*
 * A connection of one packet: it is in no table and over at once, but it counts, and uses its template. Not inlined: what it needs of the
 * stack is free again after it.
 */
static __noinline int connection_once(const struct weir_settings *settings, const struct weir_flow *flow, struct weir_connection *entry,
				      __u32 service)
{
	struct weir_template *template = entry->template ? template_at(entry->template) : NULL;

	entry->flags |= WEIR_CONNECTION_ONE_PACKET;
	if (template)
		template->seen = entry->seen;
	count_connection(service, entry->destination);
	load_once(entry->destination);
	tell_connection(settings, flow, entry, WEIR_EVENT_NEW, WEIR_STATE_UDP);
	tell_connection(settings, flow, entry, WEIR_EVENT_CLOSED, WEIR_STATE_UDP);
	return 0;
}

/* Remembers when a connection found no room, if that is why its entry could not be inserted. */
static __always_inline void note_full(long error, __u32 now)
{
	struct weir_progress *shared;
	__u32 first = 0;

	if (error != -E2BIG)
		return;
	shared = bpf_map_lookup_elem(&progress, &first);
	if (!shared)
		return;
	shared->full_at = now;
	shared->full = 1;
}

/*
 * The reply entry under this flow is about to become another connection's: what it has seen goes to the request entry, by which alone its
 * own lives on. Not inlined: what it needs of the stack is free again after it.
 */
static __noinline int connection_unpair(const struct weir_settings *settings, const struct weir_flow *flow)
{
	struct weir_connection *reply = connection_find(settings, flow);
	struct weir_connection *request = reply ? connection_other(settings, flow, reply) : NULL;

	if (!request)
		return 0;
	if (entry_idle(request, reply->seen))
		request->seen = reply->seen;
	request->flags |= reply->flags & (WEIR_CONNECTION_ASSURED | WEIR_CONNECTION_ANSWERED);
	return 0;
}

/* Makes the reply entry of a masqueraded connection out of its request entry, and writes it over an older connection's. */
static __always_inline int connection_create_reply(const struct weir_settings *settings, const struct weir_flow *flow,
						   struct weir_connection *entry)
{
	struct weir_flow reply_flow;
	void *shard;
	long error;

	connection_other_flow(settings, flow, entry, &reply_flow);
	entry->role = WEIR_ROLE_REPLY;
	address_copy(entry->address, flow->target);
	entry->port = flow->target_port;
	shard = connection_shard(settings, &reply_flow);
	if (!shard)
		return -1;
	error = bpf_map_update_elem(shard, &reply_flow, entry, BPF_NOEXIST);
	if (error == -EEXIST) {
		connection_unpair(settings, &reply_flow);
		error = bpf_map_update_elem(shard, &reply_flow, entry, BPF_ANY);
	}
	if (!error)
		single_overtake(settings, &reply_flow, entry);
	return error ? -1 : 0;
}

/*
 * Puts the connection that `entry` describes into the table; `entry` is its reply entry afterwards, if it has one. Returns its request
 * entry, NULL if the table is full or another processor is just ending a connection of the same flow. If another was first to create it,
 * its entry is returned.
 */
static __always_inline struct weir_connection *connection_create(const struct weir_settings *settings,
								 const struct packet *packet, __u32 service,
								 struct weir_connection *entry)
{
	void *shard = connection_shard(settings, &packet->flow);
	struct weir_connection *created;
	__u32 index = entry->destination, state = entry->state, serial = entry->template;
	struct weir_template *template;
	long error;

	if (!shard)
		return NULL;
	if (EXPLAINS) {
		if (packet->flow.protocol == IPPROTO_TCP && state != WEIR_STATE_NONE)
			explain_numbers(WEIR_STEP_STATE, 0, WEIR_STATE_NONE, state);
		return explain_making(&packet->flow, entry);
	}
	if (entry->method == WEIR_METHOD_MASQUERADE && is_single(settings, &packet->flow, entry))
		entry->flags |= WEIR_CONNECTION_SINGLE;
	/* Counted before it can be seen, so that no one subtracts what was not added. */
	load_begin(index, state);
	error = bpf_map_update_elem(shard, &packet->flow, entry, BPF_NOEXIST);
	if (error) {
		load_end(index, state);
		note_full(error, entry->seen);
		created = bpf_map_lookup_elem(shard, &packet->flow);
		return created && created->state < WEIR_STATES ? created : NULL;
	}
	if (entry->method == WEIR_METHOD_MASQUERADE && !(entry->flags & WEIR_CONNECTION_SINGLE) &&
	    connection_create_reply(settings, &packet->flow, entry)) {
		bpf_map_delete_elem(shard, &packet->flow);
		load_end(index, state);
		return NULL;
	}
	template = serial ? template_at(serial) : NULL;
	if (template) {
		__sync_fetch_and_add(&template->controlled, 1);
		template->seen = entry->seen;
		if (state_is_established(state))
			template->flags |= WEIR_TEMPLATE_ASSURED;
	}
	count_connection(service, index);
	created = bpf_map_lookup_elem(shard, &packet->flow);
	if (created)
		tell_connection(settings, &packet->flow, created, WEIR_EVENT_NEW, state);
	return created;
}

#endif
