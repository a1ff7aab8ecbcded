/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The director: a packet in, a verdict out. The specification is src/lvs/director.ts. */
#ifndef WEIR_DIRECTOR_H
#define WEIR_DIRECTOR_H

#include "connection.h"
#include "forward/masquerade.h"
#include "forward/route.h"
#include "lookup.h"
#include "schedule.h"

/* Counts a packet that is not forwarded; its verdict is in the class of the reason. */
static __always_inline int refuse(__u32 reason)
{
	count_reason(reason);
	return reason >> WEIR_REASON_CLASS_SHIFT < WEIR_CLASS_DROP ? WEIR_VERDICT_PASS : WEIR_VERDICT_DROP;
}

/* The stack trims what the Ethernet driver padded (ip_rcv_core), so the rewritten frame has the IP packet's length. */
static __always_inline int trim_padding(struct weir_context *ctx, const struct packet *packet)
{
	__u32 length = sizeof(struct ethhdr) + packet->length;

	return context_length(ctx) > length && !packet->super_packet ? context_trim(ctx, length) : 0;
}

static __always_inline int ip_fields(struct weir_context *ctx, __u8 *ttl, __u8 *tos)
{
	void *data = context_data(ctx);
	struct iphdr *ip = data + sizeof(struct ethhdr);

	if ((void *)(ip + 1) > context_end(ctx))
		return -1;
	*ttl = ip->ttl;
	*tos = ip->tos;
	return 0;
}

/* What both directions need before they are rewritten: TTL, way out, no padding. */
static __always_inline __u32 prepare(struct weir_context *ctx, const struct packet *packet, __be32 source, __be32 target,
				     struct hop *hop)
{
	__u8 ttl, tos;
	__u32 reason;

	if (ip_fields(ctx, &ttl, &tos))
		return WEIR_REASON_INTERNAL;
	if (ttl <= 1)
		return WEIR_REASON_TTL_EXPIRED;
	reason = hop_find(ctx, packet, source, target, tos, hop);
	if (reason)
		return reason;
#if defined(WEIR_XDP)
	/* Bridges, VLAN interfaces and some drivers lose what is redirected to them. */
	if (!context_has_xdp(hop->interface))
		return WEIR_REASON_NO_XDP_ON_WAY_OUT;
	if (!hop->known)
		return WEIR_REASON_NEIGHBOUR_UNKNOWN;
#endif
	return trim_padding(ctx, packet) ? WEIR_REASON_REWRITE_FAILED : WEIR_REASON_NONE;
}

/* XDP has handed the packet over: the TC program on the same interface sends and counts it. */
static __always_inline int is_left_to_tc(__u32 reason)
{
	return reason == WEIR_REASON_NEIGHBOUR_UNKNOWN || reason == WEIR_REASON_NO_XDP_ON_WAY_OUT;
}

static __always_inline int forward_request(struct weir_context *ctx, const struct weir_settings *settings,
					   const struct packet *packet, struct weir_connection *connection, __u32 now)
{
	struct rewrite rewrite = { WEIR_ROLE_REQUEST, connection->address, connection->port };
	__u32 reason, index = connection->destination;
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);
	struct hop hop = {};

	if (!destination || !load)
		return refuse(WEIR_REASON_INTERNAL);
	if (!(destination->flags & WEIR_DESTINATION_AVAILABLE))
		return refuse(WEIR_REASON_DESTINATION_GONE);
	connection_see(settings, packet, connection, now);
	hop.due = hop_is_due(&load->request_checked, now);
	reason = prepare(ctx, packet, packet->flow.source, connection->address, &hop);
	/* The kernel counts also what it then refuses. */
	if (!is_left_to_tc(reason))
		count_in(destination->service, index, packet->length);
	if (reason)
		return refuse(reason);
	switch (connection->method) {
	case WEIR_METHOD_MASQUERADE:
		if (forward_masquerade(ctx, packet, &rewrite, &hop))
			return refuse(WEIR_REASON_REWRITE_FAILED);
		count_reason(WEIR_REASON_MASQUERADED);
		break;
	case WEIR_METHOD_ROUTE:
		if (forward_route(ctx, packet, &hop))
			return refuse(WEIR_REASON_REWRITE_FAILED);
		count_reason(WEIR_REASON_ROUTED);
		break;
	default:
		return refuse(WEIR_REASON_METHOD_UNSUPPORTED);
	}
	return hop_send(ctx, settings, &hop);
}

/* Replies of a deleted destination are still restored, but counted nowhere (recorded: wire/nat-deleted-server). */
static __always_inline void count_reply(__u32 index, __u32 bytes)
{
	struct weir_destination *destination = bpf_map_lookup_elem(&destinations, &index);

	if (destination && (destination->flags & WEIR_DESTINATION_AVAILABLE))
		count_out(destination->service, index, bytes);
}

/*
 * IPVS sees a reply after the stack has found its way (the FORWARD hook), so one that is refused for its TTL or its length leaves
 * neither a state nor a count (recorded: wire/nat-ttl-1-out, wire/nat-mtu-reply-df).
 */
static __always_inline int forward_reply(struct weir_context *ctx, const struct weir_settings *settings,
					 const struct packet *packet, struct weir_connection *entry, __u32 now)
{
	struct rewrite rewrite = { WEIR_ROLE_REPLY, entry->address, entry->port };
	__u32 reason, index = entry->destination;
	struct weir_load *load = bpf_map_lookup_elem(&loads, &index);
	struct hop hop = {};

	if (load)
		hop.due = hop_is_due(&load->reply_checked, now);
	reason = prepare(ctx, packet, entry->address, packet->flow.target, &hop);
	if (reason)
		return refuse(reason);
	connection_see(settings, packet, entry, now);
	count_reply(index, packet->length);
	if (forward_masquerade(ctx, packet, &rewrite, &hop))
		return refuse(WEIR_REASON_REWRITE_FAILED);
	count_reason(WEIR_REASON_REPLY_RESTORED);
	return hop_send(ctx, settings, &hop);
}

/* A packet without a connection: schedules it and makes one, or says why it is left to the stack or dropped. */
static __always_inline __u32 direct_new(const struct weir_settings *settings, const struct packet *packet, int right,
					__u32 now, struct weir_connection **connection)
{
	struct weir_service *service = service_find(packet);
	struct weir_destination *destination;
	__u32 index = 0, id;

	if (!service)
		return WEIR_REASON_NO_SERVICE;
	if (!right)
		return WEIR_REASON_IP_CHECKSUM;
	if (packet->flow.protocol == IPPROTO_TCP && tcp_event(packet->tcp_flags) != TCP_EVENT_SYN)
		return WEIR_REASON_NOT_SYN;
	if (packet->flow.source_port == bpf_htons(20))
		return WEIR_REASON_SOURCE_PORT_20;
	id = service->id;
	if (schedule(service, &index))
		return WEIR_REASON_NO_DESTINATION;
	destination = bpf_map_lookup_elem(&destinations, &index);
	/* A change of the table uses the memory of a replaced service for the next: never a server of another service. */
	if (!destination || destination->service != id)
		return WEIR_REASON_INTERNAL;
	*connection = connection_create(settings, packet, id, index, destination, now);
	return *connection ? WEIR_REASON_NONE : WEIR_REASON_TABLE_FULL;
}

/* The entry, if its connection goes on with this packet; else NULL, and the connection has ended. */
static __always_inline struct weir_connection *direct_known(const struct weir_settings *settings,
							     const struct packet *packet,
							     struct weir_connection *entry, __u32 now)
{
	__u32 state = entry->state;

	if (state >= WEIR_STATES)
		return NULL;
	if (!connection_is_over(settings, &packet->flow, entry, now) &&
	    (entry->role == WEIR_ROLE_REPLY || !connection_is_reused(packet, state)))
		return entry;
	if (entry->role == WEIR_ROLE_REQUEST)
		connection_end(settings, &packet->flow, entry, state);
	return NULL;
}

static __always_inline int direct(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct weir_connection *entry;
	struct packet packet = {};
	__u32 reason, now;
	int right;

	if (!settings)
		return WEIR_VERDICT_PASS;
	reason = parse(ctx, &packet);
	if (reason)
		return refuse(reason);
	/* Without any service the kernel takes IPVS's hooks off: connections rest until a service comes back. */
	if (!settings->services)
		return refuse(WEIR_REASON_NO_SERVICE);
	now = clock_ticks(settings);
	right = ip_checksum_is_right(ctx, &packet);
	entry = connection_find(settings, &packet.flow);
	if (entry && !right)
		return refuse(WEIR_REASON_IP_CHECKSUM);
	if (entry)
		entry = direct_known(settings, &packet, entry, now);
	if (!entry) {
		reason = direct_new(settings, &packet, right, now, &entry);
		if (reason)
			return refuse(reason);
	}
	return entry->role == WEIR_ROLE_REPLY ? forward_reply(ctx, settings, &packet, entry, now)
					      : forward_request(ctx, settings, &packet, entry, now);
}

#endif
