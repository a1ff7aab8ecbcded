/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A packet of a known connection on its way: counted, followed, rewritten, sent. */
#ifndef WEIR_CARRY_H
#define WEIR_CARRY_H

#include "../connection/connection.h"
#include "../connection/origin.h"
#include "../handover.h"
#include "../route/way.h"
#include "../verdict/count.h"
#include "../verdict/send.h"
#include "../verdict/tell.h"
#include "local.h"
#include "masquerade.h"
#include "route.h"
#include "seal.h"
#include "tunnel.h"

/* The stack trims what the Ethernet driver padded (ip_rcv_core), so the rewritten frame has the IP packet's length. */
static __always_inline int trim_padding(struct weir_context *ctx, const struct packet *packet)
{
	__u32 length = sizeof(struct ethhdr) + packet->length;

	return context_length(ctx) > length && !packet->super_packet ? context_trim(ctx, length) : 0;
}

/*
 * What follows the search for the way out, whose outcome is `reason`: TTL, then length, in the order in which the kernel looks, and no
 * padding.
 */
static __always_inline __u32 prepare(struct weir_context *ctx, const struct packet *packet, __u32 reason, struct hop *hop)
{
	if (reason && reason != WEIR_REASON_TOO_BIG)
		return reason;
	if (packet->ttl <= 1)
		return WEIR_REASON_TTL_EXPIRED;
	if (reason)
		return reason;
#if defined(WEIR_XDP)
	/* Bridges, VLAN interfaces and some drivers lose what is redirected to them. */
	if (!context_has_xdp(hop->fib.ifindex))
		return WEIR_REASON_NO_XDP_ON_WAY_OUT;
	if (!hop->known)
		return WEIR_REASON_NEIGHBOUR_UNKNOWN;
#else
	(void)hop;
#endif
	return trim_padding(ctx, packet) ? WEIR_REASON_REWRITE_FAILED : WEIR_REASON_NONE;
}

/* XDP has handed the packet over: the TC program on the same interface sends and counts it. */
static __always_inline int is_left_to_tc(__u32 reason)
{
	return reason == WEIR_REASON_NEIGHBOUR_UNKNOWN || reason == WEIR_REASON_NO_XDP_ON_WAY_OUT ||
	       reason == WEIR_REASON_LEFT_TO_TC;
}

/* The way of a request to the real server. */
static __always_inline __u32 find_server(struct weir_context *ctx, const struct packet *packet,
					 const struct weir_connection *connection, const struct weir_destination *destination,
					 struct weir_load *load, struct hop *hop)
{
	hop->whole = packet->whole || packet->super_packet;
	if (connection->method == WEIR_METHOD_TUNNEL)
		return tunnel_hop_find(ctx, packet, destination, load, hop);
	return hop_find(ctx, packet, packet->flow.source, connection->address, hop);
}

/* Everything before a request is rewritten: by the way that was found a moment ago, or by a new one. */
static __always_inline __u32 prepare_request(struct weir_context *ctx, const struct packet *packet,
					     const struct weir_connection *connection, const struct weir_destination *destination,
					     struct hop *hop)
{
	__u32 index = connection->destination;
	__u32 overhead = connection->method == WEIR_METHOD_TUNNEL ? tunnel_overhead(destination) : 0;
	struct way *way = way_of(index);
	struct weir_load *load;
	__u32 reason;

	if (way && packet->ttl > 1 && way_take(way, ctx, packet, connection->address, overhead, hop))
		return trim_padding(ctx, packet) ? WEIR_REASON_REWRITE_FAILED : WEIR_REASON_NONE;
	load = bpf_map_lookup_elem(&loads, &index);
	if (!load)
		return WEIR_REASON_INTERNAL;
	hop->due = hop_is_due(&load->request_checked, hop->now);
	reason = find_server(ctx, packet, connection, destination, load, hop);
	explain_way(ctx, packet, destination);
	reason = prepare(ctx, packet, reason, hop);
	if (way && !reason)
		way_keep(way, ctx, packet, connection->address, hop);
	return left_to_tc(reason);
}

/* What the director sends from the VIP counts as a packet of the real server, if its connection can still be found then. */
static __always_inline int is_heard(const struct weir_connection *connection)
{
	return !method_translates(connection->method) && !(connection->flags & WEIR_CONNECTION_ONE_PACKET);
}

/* What TC has to send it has to see and count, too. IPVS looks for the way of a packet after it has seen it. */
#if defined(WEIR_XDP)
#define SEES_WHAT_IT_SENDS 1
#else
#define SEES_WHAT_IT_SENDS 0
#endif

/*
 * What becomes of every request before it is rewritten: it moves its connection on, its way is found, and it is counted. hop->now is
 * given. The real server; NULL if the packet does not go on, and `verdict` says what becomes of it.
 */
static __always_inline struct weir_destination *carry_to(struct weir_context *ctx, const struct weir_settings *settings,
							 const struct packet *packet, struct weir_connection *connection,
							 struct hop *hop, int *verdict)
{
	__u32 reason, index = connection->destination;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	if (!destination) {
		*verdict = refuse(ctx, WEIR_REASON_INTERNAL);
		return NULL;
	}
	if (!(destination->flags & WEIR_DESTINATION_AVAILABLE)) {
		*verdict = refuse(ctx, WEIR_REASON_DESTINATION_GONE);
		return NULL;
	}
	if (!SEES_WHAT_IT_SENDS)
		connection_see(settings, packet, connection, WEIR_ROLE_REQUEST, hop->now);
	if (is_local(destination)) {
		explain_way(ctx, packet, destination);
		*verdict = carry_local(ctx, packet, connection, destination->service, hop->now);
		return NULL;
	}
	reason = prepare_request(ctx, packet, connection, destination, hop);
	if (is_left_to_tc(reason)) {
		*verdict = refuse(ctx, reason);
		return NULL;
	}
	if (SEES_WHAT_IT_SENDS)
		connection_see(settings, packet, connection, WEIR_ROLE_REQUEST, hop->now);
	/* The kernel counts also what it then refuses. */
	count_in(destination->service, index, packet->length);
	if (!reason)
		return destination;
	*verdict = is_told(reason) ? tell(ctx, packet, hop->now, reason, hop->mtu, is_heard(connection) ? index : NO_REPLIER) :
				     refuse(ctx, reason);
	return NULL;
}

/* The reason under which a request is counted that leaves by direct routing or tunnelling. */
static __always_inline __u32 sent_as(const struct weir_connection *connection, __u32 reason)
{
	return connection->flags & WEIR_CONNECTION_STATELESS ? WEIR_REASON_STATELESS : reason;
}

/* A packet that ends in its transport header cannot be rewritten (src/lvs/forward/masquerade.ts). */
static __always_inline __u32 unwritten(const struct packet *packet)
{
	return packet->truncated ? WEIR_REASON_TRUNCATED : WEIR_REASON_REWRITE_FAILED;
}

static __always_inline int carry_request(struct weir_context *ctx, const struct weir_settings *settings,
					 const struct packet *packet, struct weir_connection *connection, __u32 now)
{
	struct weir_destination *destination;
	struct hop hop = { .now = now };
	int verdict;

	destination = carry_to(ctx, settings, packet, connection, &hop, &verdict);
	if (!destination)
		return verdict;
	switch (connection->method) {
	case WEIR_METHOD_MASQUERADE:
		if (forward_masquerade(ctx, packet, connection, &hop))
			return refuse(ctx, unwritten(packet));
		count_reason(WEIR_REASON_MASQUERADED);
		break;
	case WEIR_METHOD_ROUTE:
		if (forward_route(ctx, packet, &hop))
			return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
		count_reason(sent_as(connection, WEIR_REASON_ROUTED));
		break;
	case WEIR_METHOD_TUNNEL:
		if (forward_tunnel(ctx, packet, destination, &hop))
			return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
		count_reason(sent_as(connection, WEIR_REASON_TUNNELLED));
		if (tunnel_is_sealed(destination))
			return seal_and_send(ctx, packet, connection->destination, &hop);
		break;
	default:
		return refuse(ctx, WEIR_REASON_METHOD_UNSUPPORTED);
	}
	return send_out(ctx, settings, packet, &hop);
}

/* Replies of full NAT are addressed to the director. */
static __always_inline enum sender reply_sender(const struct weir_connection *entry)
{
	return entry->method == WEIR_METHOD_FULL_NAT ? SENDER_DIRECTOR : SENDER_ROUTER;
}

/*
 * Everything before a reply of the connection of `entry` is rewritten, which leaves from `source` to `target`: by the way back that was
 * found a moment ago, or by a new one. hop->own: the client is the director itself.
 */
static __always_inline __u32 prepare_reply(struct weir_context *ctx, const struct packet *packet, const __be32 *source,
					   const __be32 *target, const struct weir_connection *entry, struct hop *hop)
{
	struct way *way = way_back_of(target);
	__u32 reason, index = entry->destination;
	struct weir_load *load;

	if (way && packet->ttl > 1 && address_equal(way->source, source) && way_take(way, ctx, packet, target, 0, hop))
		return trim_padding(ctx, packet) ? WEIR_REASON_REWRITE_FAILED : WEIR_REASON_NONE;
	load = bpf_map_lookup_elem(&loads, &index);
	if (load)
		hop->due = hop_is_due(&load->reply_checked, hop->now);
	hop->sender = reply_sender(entry);
	hop->whole = packet->whole || packet->super_packet;
	reason = prepare(ctx, packet, hop_find(ctx, packet, source, target, hop), hop);
	hop->own = is_home(hop, entry);
	if (way && !reason) {
		address_copy(way->source, source);
		way_keep(way, ctx, packet, target, hop);
	}
	return reason;
}

/*
 * A reply of IPv4 that came in fragments and must not be cut otherwise. Each was short enough, so IPVS gets and restores it; then it is
 * refused, and the error about that, which goes to the VIP, is one about a reply (recorded: wire/nat-mtu-reply-fragments-df).
 */
static __always_inline int is_too_big_whole(const struct packet *packet, __u32 reason)
{
	return FAMILY == AF_INET && packet->pieces && reason == WEIR_REASON_TOO_BIG;
}

/*
 * IPVS sees a reply after the stack has found its way (the FORWARD hook), so one that is refused for its TTL or its length leaves
 * neither a state nor a count (recorded: wire/nat-ttl-1-out, wire/nat-mtu-reply-df).
 */
static __always_inline int carry_reply(struct weir_context *ctx, const struct weir_settings *settings,
				       const struct packet *packet, const struct reply *reply, __u32 now)
{
	struct hop hop = { .now = now };
	__u32 reason = prepare_reply(ctx, packet, reply->face->address, packet->flow.target, reply->entry, &hop);

	if (is_told(reason))
		return hop.own || is_too_big_whole(packet, reason) ? settle_reply(ctx, packet, now, reason) : leave_to_stack(reason);
	if (!reason && packet->truncated)
		reason = WEIR_REASON_TRUNCATED;
	if (reason)
		return refuse(ctx, reason);
	connection_see(settings, packet, reply->entry, WEIR_ROLE_REPLY, now);
	count_reply(reply->entry->destination, packet->length);
	if (forward_masquerade(ctx, packet, reply->face, &hop))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_REPLY_RESTORED);
	return send_out(ctx, settings, packet, &hop);
}

#endif
