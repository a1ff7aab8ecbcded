/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * With nat_icmp_send a masqueraded real server is told of what it sends that belongs to no connection (ip_vs_out). The twin is
 * src/lvs/output.ts.
 */
#ifndef WEIR_STRAY_H
#define WEIR_STRAY_H

#include "../forward/ttl.h"
#include "../handover.h"
#include "../lookup/service_key.h"
#include "../route/own_address.h"

/* The masqueraded real server that the packet comes from. */
static __always_inline struct weir_destination *stray_server(const struct packet *packet)
{
	struct weir_service_key key;
	__u32 *index;

	service_key_from(&packet->flow, &key);
	index = bpf_map_lookup_elem(&servers, &key);
	if (!index) {
		key.protocol = 0;
		index = bpf_map_lookup_elem(&servers, &key);
	}
	return index ? bpf_map_lookup_elem(&destinations, index) : NULL;
}

/* RST of TCP, ABORT of SCTP: never answered. */
static __always_inline int is_refusal(const struct packet *packet)
{
	return (packet->tcp_flags & TCP_FLAG_RST_BIT) || (packet->flow.protocol == IPPROTO_SCTP && packet->first_chunk == SCTP_EVENT_ABORT);
}

/*
 * True if the real server is to be told. What it sent to others is answered by the director's own address, and quoted as a router has it:
 * with one less in its TTL. Where no route leads is the stack's to tell.
 */
static __always_inline int is_stray(struct weir_context *ctx, struct packet *packet)
{
	struct weir_destination *server = stray_server(packet);
	long route;

	if (!server || is_refusal(packet))
		return 0;
	route = route_to(ctx, packet->flow.target, 0, SENDER_ROUTER);
	if (route == BPF_FIB_LKUP_RET_NOT_FWDED)
		return !is_nowhere(ctx, packet->flow.target);
	if (packet->ttl <= 1 || route == BPF_FIB_LKUP_RET_FWD_DISABLED)
		return 0;
#if defined(WEIR_TC)
	if (ttl_count_down(ctx, packet))
		return 0;
#endif
	address_copy(packet->flow.target, server->source);
	return 1;
}

#endif
