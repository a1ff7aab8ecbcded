/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Entries of the connection table: found, taken out, and how the two of a connection belong together. */
#ifndef WEIR_CONNECTION_FIND_H
#define WEIR_CONNECTION_FIND_H

#include "../explain/explain.h"
#include "../maps.h"
#include "partner.h"
#include "shard.h"
#include "states.h"

static __always_inline void *connection_shard(const struct weir_settings *settings, const struct weir_flow *flow)
{
	__u32 shard = shard_of(settings, flow);

	return bpf_map_lookup_elem(&weir_connections, &shard);
}

/* Which of the two entries of a connection is asked for: of the packet at hand, or of the other direction. */
enum entry_place { ENTRY_OWN = 0, ENTRY_OTHER = 1 };

static __always_inline struct weir_connection *connection_find_as(const struct weir_settings *settings,
								  const struct weir_flow *flow, enum entry_place place)
{
	struct weir_connection *made = explain_made_entry(flow);
	void *shard;

	if (made)
		return made;
	shard = connection_shard(settings, flow);
	return shard ? explain_copy(bpf_map_lookup_elem(shard, flow), place) : NULL;
}

static __always_inline struct weir_connection *connection_find(const struct weir_settings *settings,
							       const struct weir_flow *flow)
{
	return connection_find_as(settings, flow, ENTRY_OWN);
}

/* Takes the entry of a connection by `method` out. */
static __always_inline void connection_erase(const struct weir_settings *settings, const struct weir_flow *flow, __u8 method)
{
	void *shard = connection_shard(settings, flow);

	if (EXPLAINS)
		return;
	if (method == WEIR_METHOD_FULL_NAT)
		partner_erase(settings, flow);
	if (shard)
		bpf_map_delete_elem(shard, flow);
}

/* True where the real server's replies carry its own address, so that they have an entry. */
static __always_inline int method_translates(__u8 method)
{
	return method == WEIR_METHOD_MASQUERADE || method == WEIR_METHOD_FULL_NAT;
}

/* What the client's side of a new connection looks like. Past the real servers IPVS does not think of silent replies (ip_vs_leave). */
static __always_inline __u32 method_view(__u8 method)
{
	return method_translates(method) || method == WEIR_METHOD_BYPASS ? STATE_VIEW_INPUT : STATE_VIEW_INPUT_ONLY;
}

/* The partner of an entry, NULL but for full NAT. */
static __always_inline const struct weir_partner *connection_partner(const struct weir_settings *settings,
								     const struct weir_flow *flow,
								     const struct weir_connection *entry)
{
	return entry->method == WEIR_METHOD_FULL_NAT ? partner_find(settings, flow) : NULL;
}

/* Writes down that the packet, one of `role`, belongs to the connection of `entry`. */
static __always_inline void connection_explain(const struct weir_settings *settings, const struct weir_flow *flow,
					       const struct weir_connection *entry, __u32 role)
{
	if (EXPLAINS)
		explain_connection(flow, entry, connection_partner(settings, flow, entry), role);
}

/* The flow of the other direction. `entry` is the one that belongs to `flow`, which may be an argument: Linux 6.1 takes no key from one. */
static __always_inline void connection_other_flow(const struct weir_settings *settings, const struct weir_flow *flow,
						  const struct weir_connection *entry, struct weir_flow *other)
{
	const struct weir_partner *partner;

	*other = *flow;
	partner = connection_partner(settings, other, entry);
	if (entry->role == WEIR_ROLE_REQUEST) {
		address_copy(other->source, entry->address);
		other->source_port = entry->port;
		address_copy(other->target, flow->source);
		other->target_port = flow->source_port;
		if (partner) {
			address_copy(other->target, partner->address);
			other->target_port = partner->port;
		}
	} else {
		address_copy(other->source, flow->target);
		other->source_port = flow->target_port;
		address_copy(other->target, entry->address);
		other->target_port = entry->port;
		if (partner) {
			address_copy(other->source, partner->address);
			other->source_port = partner->port;
		}
	}
}

/*
 * True if `other`, found under the other direction's flow, is the second half of `entry`. Two connections of one client port to
 * two VIPs may meet at one real server: then the reply entry belongs to the newer one.
 */
static __always_inline int connection_is_pair(const struct weir_flow *flow, const struct weir_connection *entry,
					      const struct weir_connection *other)
{
	if (other->role == entry->role)
		return 0;
	if (entry->role == WEIR_ROLE_REQUEST)
		return address_equal(other->address, flow->target) && other->port == flow->target_port;
	return address_equal(other->address, flow->source) && other->port == flow->source_port;
}

/* True where both directions have entries. */
static __always_inline int connection_has_other(const struct weir_connection *entry)
{
	return method_translates(entry->method) && !(entry->flags & WEIR_CONNECTION_SINGLE);
}

static __always_inline struct weir_connection *connection_other(const struct weir_settings *settings,
								const struct weir_flow *flow,
								const struct weir_connection *entry)
{
	struct weir_connection *other;
	struct weir_flow other_flow;

	if (!connection_has_other(entry))
		return NULL;
	connection_other_flow(settings, flow, entry, &other_flow);
	/* It is read again, rather than kept once more on the stack, which IPv6 fills. */
	asm volatile("" : : "r"(&other_flow) : "memory");
	other = connection_find_as(settings, &other_flow, ENTRY_OTHER);
	return other && connection_is_pair(flow, entry, other) ? other : NULL;
}

#endif
