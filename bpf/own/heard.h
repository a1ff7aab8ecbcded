/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Packets of real servers of direct routing and tunnelling that come through the director on their way to the client, from the VIP, or are
 * its own: the stack routes them, the director follows them. TC only, since XDP passes them on to it. The twin is src/lvs/output.ts.
 */
#ifndef WEIR_HEARD_H
#define WEIR_HEARD_H

#include "../connection/connection.h"
#include "../handover.h"
#include "../route/forwarded.h"
#include "../route/hop.h"
#include "../verdict/count.h"

/* The same flow seen from the other end. */
static __always_inline void flow_reverse(const struct weir_flow *flow, struct weir_flow *reversed)
{
	__builtin_memset(reversed, 0, sizeof(*reversed));
	address_copy(reversed->source, flow->target);
	address_copy(reversed->target, flow->source);
	reversed->source_port = flow->target_port;
	reversed->target_port = flow->source_port;
	reversed->protocol = flow->protocol;
}

/* The entry of a flow whose connection is not over. Not inlined: what it needs of the stack is free again after it. */
static __noinline struct weir_connection *live_entry(const struct weir_settings *settings, const struct weir_flow *flow, __u32 now)
{
	struct weir_connection *entry = connection_find(settings, flow);

	if (!entry || entry->state >= WEIR_STATES || (entry->role == WEIR_ROLE_REQUEST && !flow->source_port))
		return NULL;
	return connection_is_over(settings, flow, entry, now) || is_of_deleted(settings, entry->destination) ? NULL : entry;
}

/* The connection by direct routing or a tunnel that a request belongs to. */
static __always_inline struct weir_connection *unseen_request(const struct weir_settings *settings, const struct weir_flow *flow, __u32 now)
{
	struct weir_connection *entry = live_entry(settings, flow, now);

	return entry && entry->role == WEIR_ROLE_REQUEST && !method_translates(entry->method) ? entry : NULL;
}

/* It begins at the director itself, or ends there: hop->own then, as its source would be a martian where it has come in. */
static __always_inline int is_of_director(struct weir_context *ctx, const struct packet *packet, const struct weir_connection *request,
					  struct hop *hop)
{
	__builtin_memset(hop, 0, sizeof(*hop));
	if (context_is_own(ctx))
		return 1;
	hop_find(ctx, packet, packet->flow.source, packet->flow.target, hop);
	hop->own = is_home(hop, request);
	return hop->own;
}

/* A packet of the real server moves its connection on, whose direction is silent no longer. */
static __always_inline void connection_hear(const struct weir_settings *settings, const struct packet *packet,
					    struct weir_connection *request, __u32 now)
{
	struct move move = { .before = request->state, .event = packet->event, .role = WEIR_ROLE_REPLY };
	__u32 state = move.before;

	if (!state_rests(packet->flow.protocol, packet->event, state)) {
		/* Changes nothing; keeps the compiler from a loop that Linux 6.1 refuses. */
		asm volatile("" : "+r"(packet));
		state = connection_move(settings, packet->flow.protocol, packet->event, request, STATE_VIEW_OUTPUT);
		if (state >= WEIR_STATES)
			return;
		move.after = state;
		connection_note(&move, packet->flow.protocol, request, NULL, now);
	}
	if (packet->event != EVENT_UNKNOWN)
		request->flags |= WEIR_CONNECTION_HEARD;
	request->timeout = timeout_of(settings, state);
	request->seen = now;
	if (packet->flow.protocol == IPPROTO_UDP && request->template)
		template_assure(request->template);
}

/* True if the packet is of such a connection: then it has been counted and followed. */
static __noinline int reply_is_seen(struct weir_context *ctx, const struct weir_settings *settings, struct handover *handover)
{
	const struct packet *packet = &handover->packet;
	struct weir_connection *request;
	struct weir_flow flow;

	flow_reverse(&packet->flow, &flow);
	request = unseen_request(settings, &flow, handover->now);
	if (!request || !ip_checksum_is_right(ctx, packet) ||
	    (!is_of_director(ctx, packet, request, &handover->hop) && !is_forwarded(ctx, packet, &handover->hop)))
		return 0;
	explain_connection(&flow, request, NULL, WEIR_ROLE_REPLY);
	count_reply(request->destination, packet->length);
	connection_hear(settings, packet, request, handover->now);
	return 1;
}

#endif
