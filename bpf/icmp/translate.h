/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The program for ICMP: which connection an error is about, and what becomes of those that are about none that is known. TC only. The twins
 * are src/lvs/icmp-input.ts and src/lvs/output.ts.
 */
#ifndef WEIR_ICMP_TRANSLATE_H
#define WEIR_ICMP_TRANSLATE_H

#include "../connection/stateless.h"
#include "../forward/ttl.h"
#include "../lookup/lookup.h"
#include "../own/heard.h"
#include "../route/forwarded.h"
#include "quote.h"
#include "relate.h"

/*
 * With schedule_icmp an error about an unknown connection makes one, as if the quoted packet were its first. Without, it may be about one
 * that had no room in the table. Then the error is looked at again.
 */
static __always_inline int schedule_by_quote(struct weir_context *ctx, struct handover *handover, const struct weir_flow *flow)
{
	handover->error = handover->packet.flow;
	handover->packet.flow = *flow;
	handover->packet.event = EVENT_UNKNOWN;
	handover->packet.tcp_flags = 0;
	handover->packet.truncated = 0;
	handover->by_quote = 1;
	bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_START);
	return refuse(ctx, WEIR_REASON_INTERNAL);
}

/* Where errors are scheduled, what is forwarded is first looked at as one about what a client got: of those about requests no service knows. */
static __always_inline void explain_not_scheduled(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet,
						  __u32 now)
{
	if (EXPLAINS && !context_is_own(ctx) && (settings->schedule_icmp || was_full(settings, now)) && !explain_is_local(ctx, packet))
		explain_numbers(WEIR_STEP_SERVICE, 0, 0, 0);
}

/*
 * An error that belongs to no masqueraded packet. One about a request of direct routing or a tunnel goes to the client by the director's
 * own routes, and counts as a packet of the real server.
 */
static __always_inline int error_unrelated(struct weir_context *ctx, const struct weir_settings *settings,
					   const struct packet *packet, const struct quote *quote, const struct hop *hop, __u32 now)
{
	struct weir_connection *entry = unseen_request(settings, &quote->flow, now);

	/* The stack refuses one to a client to whom no route leads, before IPVS sees it. */
	if (!entry || (hop->own && !is_home(hop, entry) && address_equal(quote->flow.source, packet->flow.target)))
		return refuse(ctx, WEIR_REASON_ICMP_UNRELATED);
	if (!quote->follows)
		explain_not_scheduled(ctx, settings, packet, now);
	explain_connection(&quote->flow, entry, NULL, WEIR_ROLE_REPLY);
	count_reply(entry->destination, packet->length);
	icmp_note(ctx, packet->transport, entry->destination);
	count_reason(WEIR_REASON_ICMP_TO_CLIENT);
	return WEIR_VERDICT_PASS;
}

/*
 * About a packet that this host has sent, and of a protocol that tunnels use: the error may be about what is in it (tunnel_error.h).
 * Errors about tunnel packets of IPv6 are the stack's (recorded: wire/tun6-icmp-too-big).
 */
static __always_inline int may_be_tunnel_error(const struct packet *packet, const struct quote *quote)
{
	__u8 protocol = quote->flow.protocol;

	return FAMILY == AF_INET && !quote->later && !quote->follows && quote->flow.source[0] == packet->flow.target[0] &&
	       (protocol == IPPROTO_IPIP || protocol == IPPROTO_UDP || protocol == IPPROTO_GRE);
}

/* What the stack takes from the TTL before IPVS sees an error that it forwards (ip_vs_forward_icmp). */
static __always_inline int error_count_down(struct weir_context *ctx, struct packet *packet)
{
	if (ttl_count_down(ctx, packet))
		return -1;
	packet->ttl--;
	return 0;
}

/*
 * What ends before its header, or quotes what does with schedule_icmp, is dropped wherever it goes; but what the stack would not send on it
 * answers before IPVS sees it.
 */
static __always_inline int icmp_cut_off(struct weir_context *ctx, const struct weir_settings *settings, const struct packet *packet, struct hop *hop)
{
	__u32 reason;

	if (!ip_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_IP_CHECKSUM);
	stack_forwards(ctx, settings, packet, hop, &reason);
	return reason ? leave_to_stack(reason) : refuse(ctx, WEIR_REASON_TRUNCATED);
}

/* The program for ICMP. */
static __always_inline int translate_icmp(struct weir_context *ctx)
{
	struct weir_settings *settings = weir_settings_get();
	struct handover *handover = handover_get();
	__u32 now, end, reason = WEIR_REASON_NONE;
	struct weir_flow *reversed;
	struct quote quote = {};
	struct reply met = {};
	struct packet *packet;
	int forwarded = 0;
	struct hop *hop;
	__u8 type;

	if (!handover)
		return WEIR_VERDICT_PASS;
	packet = &handover->packet;
	/* Not on the stack, which IPv6 fills. */
	hop = &handover->hop;
	reversed = &handover->reversed;
	now = handover->now;
	end = sizeof(struct ethhdr) + packet->length;
	if (packet->transport + ICMP_HEADER > end)
		return icmp_cut_off(ctx, settings, packet, hop);
	if (context_load(ctx, packet->transport, &type, sizeof(type)) || !icmp_is_error(type))
		return refuse(ctx, WEIR_REASON_ICMP_QUERY);
	if (!ip_checksum_is_right(ctx, packet))
		return refuse(ctx, WEIR_REASON_IP_CHECKSUM);
	if (quote_read(ctx, packet->transport + ICMP_HEADER, end, &quote))
		return refuse(ctx, WEIR_REASON_ICMP_UNRELATED);
	if (handover->from == HANDED_BY_DIRECTOR && may_be_tunnel_error(packet, &quote))
		bpf_tail_call(ctx, &weir_programs, WEIR_PROGRAM_TUNNEL_ERROR);
	if (!quote.ports && settings->schedule_icmp && quote_has_ports(&quote))
		return icmp_cut_off(ctx, settings, packet, hop);
	if (!quote.ports)
		return refuse(ctx, WEIR_REASON_ICMP_UNRELATED);
	flow_reverse(&quote.flow, reversed);
	if (handover->from != HANDED_BY_START)
		single_find(settings, reversed, now, &met);
	if (!met.entry)
		met.face = met.entry = handover->from == HANDED_BY_START ? &handover->entry : live_entry(settings, reversed, now);
	if (met.entry && met.face->role == WEIR_ROLE_REPLY && !quote.follows)
		explain_not_scheduled(ctx, settings, packet, now);
	if (!met.entry || met.face->role == WEIR_ROLE_REQUEST)
		forwarded = stack_forwards(ctx, settings, packet, hop, &reason);
	if (reason)
		return leave_to_stack(reason);
	if (!met.entry && !quote.follows && (settings->schedule_icmp || was_full(settings, now)) && !unseen_request(settings, &quote.flow, now))
		return schedule_by_quote(ctx, handover, reversed);
	if (!met.entry)
		return error_unrelated(ctx, settings, packet, &quote, hop, now);
	if (forwarded && error_count_down(ctx, packet))
		return refuse(ctx, WEIR_REASON_REWRITE_FAILED);
	__builtin_memset(hop, 0, sizeof(*hop));
	hop->now = now;
	return error_related(ctx, settings, packet, &quote, reversed, &met, hop);
}

#endif
