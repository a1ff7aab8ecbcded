/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Replies without entries of their own. Where a masqueraded real server sends from belongs to one virtual service as a rule: its origin, in
 * the form of a reply entry. With it the reply of a client's connection leads to the request entry, and one entry does for both directions.
 *
 * Connections of other services by the same real server have reply entries. So of two connections with the same replies the younger has
 * them, and once it is over the older one: of the origin's own connection the flag says whether it has been overtaken. The twin is
 * src/engine/ebpf/rules/origins.ts.
 */
#ifndef WEIR_ORIGIN_H
#define WEIR_ORIGIN_H

#include "../lookup/service_key.h"
#include "connection.h"

/* A connection that a reply belongs to, and what its source becomes: the reply entry, or the origin. */
struct reply {
	struct weir_connection *entry;
	const struct weir_connection *face;
};

/* The origin of replies from this address and port, NULL if there is none. */
static __always_inline const struct weir_connection *origin_find(const struct weir_settings *settings, const __be32 *address, __be16 port,
								  __u8 protocol)
{
	struct weir_service_key key;

	if (!settings->origins)
		return NULL;
	service_key_fill(&key, address, port, protocol);
	return bpf_map_lookup_elem(&origins, &key);
}

static __always_inline int origin_is(const struct weir_connection *origin, const __be32 *address, __be16 port)
{
	return origin->port == port && address_equal(origin->address, address);
}

/* The flow of the requests whose replies have the flow `reply`. */
static __always_inline void origin_request(const struct weir_flow *reply, const struct weir_connection *origin, struct weir_flow *request)
{
	__builtin_memset(request, 0, sizeof(*request));
	address_copy(request->source, reply->target);
	request->source_port = reply->target_port;
	address_copy(request->target, origin->address);
	request->target_port = origin->port;
	request->protocol = reply->protocol;
}

/* The connection of the origin with these replies, whatever its state. */
static __always_inline struct weir_connection *origin_connection(const struct weir_settings *settings, const struct weir_flow *reply,
								  const struct weir_connection *origin)
{
	struct weir_connection *entry;
	struct weir_flow request;

	origin_request(reply, origin, &request);
	entry = connection_find(settings, &request);
	return entry && entry->role == WEIR_ROLE_REQUEST && entry->method == WEIR_METHOD_MASQUERADE && entry->port == reply->source_port &&
			       address_equal(entry->address, reply->source) ?
		       entry :
		       NULL;
}

/*
 * The connection of a single entry that has replies of this flow, if it is not over; else found->entry is NULL. Not inlined: what it needs of
 * the stack is free again after it.
 */
static __noinline int single_look(const struct weir_settings *settings, const struct weir_flow *flow, __u32 now, struct reply *found)
{
	struct weir_connection *entry;

	found->entry = NULL;
	found->face = origin_find(settings, flow->source, flow->source_port, flow->protocol);
	if (!found->face)
		return 0;
	entry = origin_connection(settings, flow, found->face);
	if (entry && (entry->flags & WEIR_CONNECTION_SINGLE) && entry->state < WEIR_STATES && !entry_is_over(entry, now))
		found->entry = entry;
	return 0;
}

/* True if a younger connection has the replies of this flow. */
static __noinline int is_overtaken(const struct weir_settings *settings, const struct weir_flow *flow, __u32 now)
{
	struct weir_connection *younger = connection_find(settings, flow);

	return younger && younger->role == WEIR_ROLE_REPLY && younger->state < WEIR_STATES &&
	       !connection_is_over(settings, flow, younger, now);
}

/* The connection of a single entry that a reply of this flow belongs to; else found->entry is NULL. */
static __always_inline void single_find(const struct weir_settings *settings, const struct weir_flow *flow, __u32 now, struct reply *found)
{
	single_look(settings, flow, now, found);
	if (!found->entry || !(found->entry->flags & WEIR_CONNECTION_OVERTAKEN))
		return;
	if (is_overtaken(settings, flow, now))
		found->entry = NULL;
	else if (EXPLAINS)
		/* The copy is another's now. */
		single_look(settings, flow, now, found);
}

/* Writes down that a reply belongs to a connection of a single entry. Not inlined, for the sake of the caller's stack. */
static __noinline int single_explain(const struct weir_flow *flow, const struct reply *reply)
{
	struct weir_flow request;

	if (!EXPLAINS)
		return 0;
	origin_request(flow, reply->face, &request);
	explain_connection(&request, reply->entry, NULL, WEIR_ROLE_REPLY);
	return 0;
}

/* True if the replies of a new connection need no entry. What a real server has begun is found by its reply entry. */
static __noinline int is_single(const struct weir_settings *settings, const struct weir_flow *flow, const struct weir_connection *request)
{
	const struct weir_connection *origin = origin_find(settings, request->address, request->port, flow->protocol);

	return origin && !(request->flags & WEIR_CONNECTION_ANSWERED) && origin_is(origin, flow->target, flow->target_port);
}

/* A younger connection takes the replies of this flow from that of their origin, if there is one; `reply` is what its reply entry will be. */
static __noinline int single_overtake(const struct weir_settings *settings, const struct weir_flow *flow, const struct weir_connection *reply)
{
	const struct weir_connection *origin = origin_find(settings, flow->source, flow->source_port, flow->protocol);
	struct weir_connection *older;

	if (!origin || origin_is(origin, reply->address, reply->port))
		return 0;
	older = origin_connection(settings, flow, origin);
	if (older)
		older->flags |= WEIR_CONNECTION_SINGLE | WEIR_CONNECTION_OVERTAKEN;
	return 0;
}

#endif
